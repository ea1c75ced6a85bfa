"""Run at the start of every Python that has this folder on PYTHONPATH, and of its children: what reaches for a network
or forks is written down in WATCHED_LOG, with the way to it, and fails. Audit hooks are asked before anything happens,
whoever imported what first."""

import os
import socket
import sys
import traceback

_LOCAL = getattr(socket, "AF_UNIX", None)
"""The screen and other processes of this computer."""
_FORKS = {"os.fork", "os.forkpty"}
_REQUESTS = ("urllib.", "http.client.", "ftplib.", "smtplib.")


def _is_forbidden(event: str, arguments: tuple) -> bool:
    if event in _FORKS or event.startswith(_REQUESTS):
        return True
    if not event.startswith("socket."):
        return False
    family = arguments[1] if event == "socket.__new__" else getattr(arguments[0] if arguments else None, "family", None)
    return _LOCAL is None or family != _LOCAL


def _watch(event: str, arguments: tuple) -> None:
    if _is_forbidden(event, arguments):
        with open(os.environ["WATCHED_LOG"], "a", encoding="utf-8") as log:  # noqa: PTH123  nothing is imported here
            log.write(f"{event} {arguments}\n{''.join(traceback.format_stack(limit=12))}\n")
        raise PermissionError(f"{event}: this test has no network.")


if "WATCHED_LOG" in os.environ:
    sys.addaudithook(_watch)
