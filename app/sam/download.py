"""Fetches the file of a model: goes on where it stopped, and keeps nothing that is not the file of the catalogue.

MASKWRIGHT_MIRROR=ENDPOINT asks ENDPOINT/<sha256> instead of the official place: a content-addressed mirror that needs
no index. Proxies come from the usual variables (https_proxy, no_proxy). Only http and https are spoken.
"""

from __future__ import annotations

import errno
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from app import private
from app.problem import Problem
from app.sam import checksum
from app.sam.catalog import Model, path_of, readable

OnBytes = Callable[[int, int], None]
"""Told (bytes here, bytes in all). What it raises cancels: what was fetched stays, and the next try goes on there."""

_CHUNK = 1 << 18
_PAUSES_S = (1.0, 3.0)
"""Before the second and the third try."""
_TIMEOUT_S = 30.0
_RETRIED = {408, 425, 429, 500, 502, 503, 504}


class _BrokenConnectionError(Exception):
    """The connection broke, or the server is busy: worth another try."""


def download(model: Model, on_bytes: OnBytes | None = None, *, pauses_s: tuple[float, ...] = _PAUSES_S) -> Path:
    """The verified file in models_dir(); a damaged one is replaced. Problem in one sentence when it cannot be had."""
    target = path_of(model)
    if target.is_file() and _is_whole(model, target):
        return target
    if not model.supported or not model.url or not model.sha256:
        raise Problem(f"{model.title} cannot be downloaded: this version cannot run it, or it needs no download.")
    part = target.with_name(f"{target.name}.part")
    tell = on_bytes or (lambda _here, _total: None)
    try:
        private.make_folder(target.parent)
        _fetch(model, part, tell, pauses_s)
        _verify(model, part)
        part.replace(target)
    except OSError as error:
        raise Problem(_disk_sentence(model, target.parent, error)) from error
    return target


def url_of(model: Model) -> str:
    """The official place, or the mirror's. Problem when it is not http."""
    mirror = os.environ.get("MASKWRIGHT_MIRROR", "").rstrip("/")
    url = f"{mirror}/{model.sha256}" if mirror else model.url
    _require_http(url)
    return url


def _require_http(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise Problem(f"{url}: only http and https addresses are fetched.")


class _HttpRedirects(urllib.request.HTTPRedirectHandler):
    """urllib would follow a redirect to ftp as well."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        _require_http(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(model: Model, part: Path, tell: OnBytes, pauses_s: tuple[float, ...]) -> None:
    """Until part has all bytes; tries again while that may help."""
    pauses = iter(pauses_s)
    while True:
        before = _size(part)
        try:
            if before < model.bytes:
                _receive(model, part, tell)
            return
        except _BrokenConnectionError as error:
            if _size(part) > before:
                pauses = iter(pauses_s)  # it moves, if slowly
            pause = next(pauses, None)
            if pause is None:
                raise Problem(_no_connection(part.parent)) from error
            time.sleep(pause)


def _receive(model: Model, part: Path, tell: OnBytes) -> None:
    offset = _size(part)
    headers = {"User-Agent": "maskwright", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    with _opened(urllib.request.Request(url_of(model), headers=headers), part) as response:
        _refuse_pages(response, model)
        resumed = response.status == 206 and _starts_at(response) == offset
        if response.status == 206 and not resumed:
            part.unlink(missing_ok=True)
            raise _BrokenConnectionError
        with open(part, "ab" if resumed else "wb", opener=private.opener) as file:
            _copy(response, file, model, tell)
    if _size(part) < model.bytes:
        raise _BrokenConnectionError  # the connection closed early and politely


def _opened(request: urllib.request.Request, part: Path) -> http.client.HTTPResponse:
    try:
        return urllib.request.build_opener(_HttpRedirects).open(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # our part is longer than theirs
            part.unlink(missing_ok=True)
            raise _BrokenConnectionError from error
        if error.code in _RETRIED:
            raise _BrokenConnectionError from error
        raise Problem(f"Download failed: {urlsplit(request.full_url).netloc} answered {error.code}.") from error
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenConnectionError from error


def _copy(response: http.client.HTTPResponse, file: BinaryIO, model: Model, tell: OnBytes) -> None:
    here = file.tell()
    tell(here, model.bytes)
    while chunk := _read(response):
        here += len(chunk)
        if here > model.bytes:
            raise _wrong(model, Path(file.name))
        file.write(chunk)
        tell(here, model.bytes)


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenConnectionError from error


def _refuse_pages(response: http.client.HTTPResponse, model: Model) -> None:
    if response.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
        place = urlsplit(response.url).netloc
        raise Problem(
            f"Download failed: {place} sent a web page instead of {model.file}; perhaps this network asks for a login."
        )


def _starts_at(response: http.client.HTTPResponse) -> int | None:
    """Of "Content-Range: bytes 100-199/200"."""
    first = response.headers.get("Content-Range", "").removeprefix("bytes ").split("-")[0]
    return int(first) if first.isdecimal() else None


def _verify(model: Model, part: Path) -> None:
    checksum.forget(part)
    if not _is_whole(model, part):
        raise _wrong(model, part)


def _is_whole(model: Model, path: Path) -> bool:
    return _size(path) == model.bytes and checksum.sha256_of(path) == model.sha256


def _wrong(model: Model, part: Path) -> Problem:
    """The next try must not go on from these bytes."""
    part.unlink(missing_ok=True)
    return Problem(f"Download failed: what came is not {model.file}. It was thrown away; try again.")


def _no_connection(folder: Path) -> str:
    return f"Download failed: no connection. Put the file here: {folder}, or choose Import."


def _disk_sentence(model: Model, folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"Download failed: the disk is full; {model.title} needs {readable(model.bytes)} in {folder}."
    return f"Download failed: {folder} cannot be written: {error.strerror}."


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
