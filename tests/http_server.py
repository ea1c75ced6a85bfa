"""A real HTTP server on this computer, which can be told to misbehave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONTENT = bytes(range(256)) * 4096


@dataclass
class Server:
    """url serves content; what it saw is in ranges and paths."""

    url: str = ""
    content: bytes = CONTENT
    supports_range: bool = True
    content_type: str = "application/octet-stream"
    cuts: list[int] = field(default_factory=list)
    """The next answers end after so many bytes."""
    stalls: list[int] = field(default_factory=list)
    """The next answers stop after so many bytes, and the connection stays open."""
    drip: tuple[int, float] | None = None
    """So many bytes at once, so many seconds apart."""
    header_drip_s: float = 0.0
    """Between two letters of the answer's head."""
    is_silent: bool = False
    """No answer at all; the connection stays open."""
    holds: bool = False
    """The connection stays open behind the last byte."""
    statuses: list[int] = field(default_factory=list)
    """The next answers are these."""
    redirect: str = ""
    content_range: str = ""
    """Instead of the true one."""
    ranges: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    """Nobody waits any more."""


@contextmanager
def serving() -> Iterator[Server]:
    state = Server()
    handler = type("Handler", (_Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        state.url = f"http://127.0.0.1:{httpd.server_port}"
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield state
        finally:
            state.ended.set()
            httpd.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    state: Server

    def log_message(self, *_args):
        pass

    def handle(self):
        with suppress(BrokenPipeError, ConnectionResetError):  # who asked has gone
            super().handle()

    def do_GET(self):
        state, wanted = self.state, self.headers.get("Range")
        state.ranges.append(wanted)
        state.paths.append(self.path)
        if state.is_silent:
            state.ended.wait()
        elif state.redirect:
            self.answer(302, [("Location", state.redirect)], b"")
        elif state.statuses:
            self.answer(state.statuses.pop(0), [], b"")
        else:
            self.serve(int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.supports_range else 0)

    def serve(self, start):
        state = self.state
        if start >= len(state.content) > 0:
            return self.answer(416, [], b"")
        headers = [("Content-Type", state.content_type)]
        if start:
            true = f"bytes {start}-{len(state.content) - 1}/{len(state.content)}"
            headers.append(("Content-Range", state.content_range or true))
        return self.answer(206 if start else 200, headers, state.content[start:])

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.send_body(body)
        if self.state.holds:
            self.state.ended.wait()

    def flush_headers(self):
        if self.state.header_drip_s:
            self.send_slowly(b"".join(self._headers_buffer), 1, self.state.header_drip_s)
            self._headers_buffer = []
        super().flush_headers()

    def send_body(self, body):
        state = self.state
        stall = state.stalls.pop(0) if state.stalls else None
        sent = body[: state.cuts.pop(0)] if state.cuts else body[:stall]
        if state.drip:
            self.send_slowly(sent, *state.drip)
        else:
            self.wfile.write(sent)
        if stall is not None:
            state.ended.wait()

    def send_slowly(self, data, count, pause_s):
        for start in range(0, len(data), count):
            self.wfile.write(data[start : start + count])
            self.wfile.flush()
            if self.state.ended.wait(pause_s):
                return
