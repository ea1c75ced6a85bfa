"""The terminal: the same floors as the window, without a window.

Exit status 0; 2 when the command was typed wrongly; 1 when it failed, with one sentence on stderr. What a terminal
cannot print, or nobody reads, changes nothing about it (app/cli/terminal.py). Whatever is heavy
(Qt, torch, SQLite) is imported inside the command that needs it: `maskwright --help` answers at once.
"""

from __future__ import annotations

from app import text


def main() -> None:
    """Runs the command line and ends the process. The language of the system is in force before all else is imported,
    so that the constants of modules are in it."""
    text.use("")
    from app.cli.program import main as run

    run()
