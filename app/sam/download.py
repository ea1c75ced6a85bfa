"""Fetches the file of a model: goes on where it stopped, and keeps nothing that is not the file of the catalogue.

Where from, app.sam.address tells. Proxies come from the usual variables (https_proxy, no_proxy).
"""

from __future__ import annotations

import errno
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeAlias
from urllib.parse import urlsplit

from app import private
from app.problem import Problem
from app.sam import checksum
from app.sam.address import HttpRedirects, url_of
from app.sam.arriving import Response, arriving
from app.sam.catalog import Model, path_of, readable
from app.sam.patience import Flow, Patience
from app.text import say

OnBytes = Callable[[int, int], None]
"""Told (bytes here, bytes in all), several times a second, also while nothing comes. What it raises cancels: what was
fetched stays, and the next try goes on there."""

_TIMEOUT_S = 30.0
"""Of the socket: so long the thread that was left behind by a cancel may stay."""
_LOOK_S = 0.1
_BROKEN_PROXY = say("Download failed: the proxy that this computer names (https_proxy, http_proxy) is no address.")
_RETRIED = {408, 425, 429, 500, 502, 503, 504}
_DIGITS = 20
"""Of a number in a header: more are none."""
_Arriving: TypeAlias = Generator[Response | bytes | None, None, None]


class _BrokenConnectionError(Exception):
    """The connection broke, or the server is busy: worth another try."""


def download(model: Model, on_bytes: OnBytes | None = None, *, patience: Patience | None = None) -> Path:
    """The verified file in models_dir(); a damaged one is replaced. Problem in one sentence when it cannot be had."""
    tell = on_bytes or (lambda _here, _total: None)
    target = path_of(model)
    if target.is_file() and _is_whole(model, target, tell):
        return target
    if not model.supported or not model.url or not model.sha256:
        raise Problem(
            say("{model} cannot be downloaded: this version cannot run it, or it needs no download.", model=model.title)
        )
    url = url_of(model)
    part = target.with_name(f"{target.name}.part")
    try:
        private.make_folder(target.parent)
        _Download(model, url, part, tell, patience or Patience()).fetch()
        _verify(model, part, tell)
        part.replace(target)
    except OSError as error:
        raise Problem(_disk_sentence(model, target.parent, error)) from error
    return target


class _Download:
    """A download of one file, over as many connections as it takes."""

    def __init__(self, model: Model, url: str, part: Path, tell: OnBytes, patience: Patience) -> None:
        self._model, self._url, self._part, self._patience = model, url, part, patience
        self._tell = partial(_told, tell, model)

    def fetch(self) -> None:
        """Until part has all bytes; tries again while that may help."""
        pauses = iter(self._patience.pauses_s)
        while True:
            before = _size(self._part)
            try:
                if before < self._model.bytes:
                    self._receive(before)
                return
            except _BrokenConnectionError as error:
                if _size(self._part) - before >= self._patience.least_bytes:
                    pauses = iter(self._patience.pauses_s)  # it moves, if slowly
                pause = next(pauses, None)
                if pause is None:
                    raise Problem(_no_connection(self._part.parent)) from error
                self._wait(pause)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._tell(_size(self._part))
            time.sleep(min(left, _LOOK_S))

    def _receive(self, offset: int) -> None:
        headers = {"User-Agent": "maskwright", "Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        self._tell(offset)
        with closing(arriving(partial(_ask, urllib.request.Request(self._url, headers=headers)))) as pieces:
            response = self._answer(pieces, offset)
            _refuse_pages(response, self._model)
            resumed = response.status == 206 and _starts_at(response) == offset
            if response.status == 206 and not resumed:
                self._part.unlink(missing_ok=True)
                raise _BrokenConnectionError
            with open(self._part, "ab" if resumed else "wb", opener=private.opener) as file:
                self._copy(pieces, file)
        if _size(self._part) < self._model.bytes:
            raise _BrokenConnectionError  # the connection closed early and politely

    def _answer(self, pieces: _Arriving, offset: int) -> Response:
        end = time.monotonic() + self._patience.answer_s
        while not isinstance(item := self._next(pieces), Response):
            self._tell(offset)
            if time.monotonic() > end:
                raise _BrokenConnectionError
        return item

    def _copy(self, pieces: _Arriving, file: BinaryIO) -> None:
        here, flow = file.tell(), Flow(self._patience)
        self._tell(here)
        while (piece := self._waited(pieces, flow)) != b"":
            here += len(piece or b"")
            if here > self._model.bytes:
                raise _wrong(self._model, self._part)
            file.write(piece or b"")
            self._tell(here)

    def _waited(self, pieces: _Arriving, flow: Flow) -> bytes | None:
        began = time.monotonic()
        piece = self._next(pieces)
        assert not isinstance(piece, Response)  # it comes first, and once
        if piece == b"":
            return piece
        flow.came(len(piece or b""), time.monotonic() - began)
        if flow.is_too_slow:
            raise Problem(_too_slow(self._url, self._patience))
        if flow.is_silent:
            raise _BrokenConnectionError
        return piece

    def _next(self, pieces: _Arriving) -> Response | bytes | None:
        """Returns what arrives next: first the response, then pieces of the file, None when nothing came within a
        moment, b"" at the end."""
        try:
            return next(pieces, b"")
        except urllib.error.HTTPError as error:
            raise self._refused(error) from error
        except (http.client.InvalidURL, ValueError, OverflowError) as error:  # the address was looked at before
            raise Problem(_BROKEN_PROXY) from error
        except (OSError, http.client.HTTPException) as error:
            raise _BrokenConnectionError from error

    def _refused(self, error: urllib.error.HTTPError) -> Exception:
        if error.code == 416:  # our part is longer than theirs
            self._part.unlink(missing_ok=True)
            return _BrokenConnectionError()
        if error.code in _RETRIED:
            return _BrokenConnectionError()
        return Problem(
            say("Download failed: {netloc} answered {code}.", netloc=urlsplit(self._url).netloc, code=error.code)
        )


def _ask(request: urllib.request.Request) -> Response:
    """On a thread of its own."""
    try:
        return urllib.request.build_opener(HttpRedirects).open(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()  # its number is enough
        raise


def _told(tell: OnBytes, model: Model, here: int) -> None:
    tell(here, model.bytes)


def _refuse_pages(response: Response, model: Model) -> None:
    if response.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
        place = urlsplit(response.url).netloc
        raise Problem(
            say(
                "Download failed: {place} sent a web page instead of {file}; perhaps this network asks for a login.",
                place=place,
                file=model.file,
            )
        )


def _starts_at(response: Response) -> int | None:
    """Returns the first byte that a response holds, which is 100 in "Content-Range: bytes 100-199/200"."""
    first = response.headers.get("Content-Range", "").removeprefix("bytes ").split("-")[0]
    return int(first) if first.isdecimal() and len(first) < _DIGITS else None


def _verify(model: Model, part: Path, tell: OnBytes) -> None:
    checksum.forget(part)
    if not _is_whole(model, part, tell):
        raise _wrong(model, part)


def _is_whole(model: Model, path: Path, tell: OnBytes) -> bool:
    """ViT-H takes seconds: tell may cancel them too."""
    if _size(path) != model.bytes:
        return False
    return checksum.sha256_of(path, lambda _fraction: tell(model.bytes, model.bytes)) == model.sha256


def _wrong(model: Model, part: Path) -> Problem:
    """The next try must not go on from these bytes."""
    part.unlink(missing_ok=True)
    return Problem(say("Download failed: what came is not {file}. It was thrown away; try again.", file=model.file))


def _no_connection(folder: Path) -> str:
    return say("Download failed: no connection. Put the file here: {folder}, or choose Import.", folder=folder)


def _too_slow(url: str, patience: Patience) -> str:
    rate = say("less than {least_rate} a second", least_rate=readable(patience.least_rate))
    return say(
        "Download stopped: {netloc} sends {rate}. What came is kept: the next try goes on there.",
        netloc=urlsplit(url).netloc,
        rate=rate,
    )


def _disk_sentence(model: Model, folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return say(
            "Download failed: the disk is full; {model} needs {bytes} in {folder}.",
            model=model.title,
            bytes=readable(model.bytes),
            folder=folder,
        )
    return say("Download failed: {folder} cannot be written: {reason}.", folder=folder, reason=error.strerror)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
