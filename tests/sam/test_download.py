"""Against a real HTTP server on this computer, which can be told to misbehave."""

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.paths import models_dir
from app.problem import Problem
from app.sam.catalog import Model
from app.sam.download import download

CONTENT = bytes(range(256)) * 4096
NO_PAUSE = (0.0, 0.0)


@dataclass
class Server:
    """url serves content; what it saw is in ranges and paths."""

    url: str = ""
    content: bytes = CONTENT
    supports_range: bool = True
    content_type: str = "application/octet-stream"
    cuts: list[int] = field(default_factory=list)
    """The next answers end after so many bytes."""
    statuses: list[int] = field(default_factory=list)
    """The next answers are these."""
    redirect: str = ""
    ranges: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def server():
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_args):
            pass

        def do_GET(self):
            wanted = self.headers.get("Range")
            state.ranges.append(wanted)
            state.paths.append(self.path)
            if state.redirect:
                return self.answer(302, [("Location", state.redirect)], b"")
            if state.statuses:
                return self.answer(state.statuses.pop(0), [], b"")
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.supports_range else 0
            if start >= len(state.content) > 0:
                return self.answer(416, [], b"")
            headers = [("Content-Type", state.content_type)]
            if start:
                last = len(state.content) - 1
                headers.append(("Content-Range", f"bytes {start}-{last}/{len(state.content)}"))
            return self.answer(206 if start else 200, headers, state.content[start:])

        def answer(self, status, headers, body):
            self.send_response(status)
            for name, value in [*headers, ("Content-Length", str(len(body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: state.cuts.pop(0)] if state.cuts and body else body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        state.url = f"http://127.0.0.1:{httpd.server_port}"
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        httpd.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    monkeypatch.delenv("MASKWRIGHT_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def model_at(url: str, content: bytes = CONTENT) -> Model:
    return Model(
        name="toy", title="Toy", file="toy.pth", url=url, bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
    )


def part():
    return models_dir() / "toy.pth.part"


def put_part(content: bytes) -> None:
    part().parent.mkdir(parents=True)
    part().write_bytes(content)


def test_the_file_comes_whole_and_progress_is_told(server):
    told = []
    path = download(model_at(f"{server.url}/toy.pth"), lambda here, total: told.append((here, total)))
    assert path == models_dir() / "toy.pth"
    assert path.read_bytes() == CONTENT
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert told == sorted(told)
    assert not part().exists()


def test_a_stopped_download_goes_on_where_it_was(server):
    put_part(CONTENT[:300_000])
    told = []
    path = download(model_at(server.url), lambda here, _total: told.append(here))
    assert path.read_bytes() == CONTENT
    assert server.ranges == ["bytes=300000-"]
    assert told[0] == 300_000


def test_a_server_without_ranges_starts_again(server):
    server.supports_range = False
    put_part(b"x" * 300_000)
    assert download(model_at(server.url)).read_bytes() == CONTENT


def test_a_cut_connection_is_taken_up_again(server):
    server.cuts = [400_000, 200_000]
    assert download(model_at(server.url), pauses_s=NO_PAUSE).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=400000-", "bytes=600000-"]


def test_a_busy_server_is_asked_again(server):
    server.statuses = [503, 429]
    assert download(model_at(server.url), pauses_s=NO_PAUSE).read_bytes() == CONTENT
    assert len(server.ranges) == 3


def test_a_missing_file_is_not_asked_for_again(server):
    server.statuses = [404, 404]
    with pytest.raises(Problem, match=r"127.0.0.1.*answered 404"):
        download(model_at(server.url), pauses_s=NO_PAUSE)
    assert len(server.ranges) == 1


def test_wrong_content_is_thrown_away(server):
    server.content = CONTENT[:-1] + b"!"
    with pytest.raises(Problem, match=r"is not toy.pth"):
        download(model_at(server.url))
    assert list(models_dir().iterdir()) == []


def test_a_damaged_part_is_thrown_away_and_the_next_try_succeeds(server):
    put_part(b"!" + CONTENT[1:300_000])
    with pytest.raises(Problem, match="try again"):
        download(model_at(server.url))
    assert download(model_at(server.url)).read_bytes() == CONTENT


def test_a_server_that_never_ends_cannot_fill_the_disk(server):
    server.content = CONTENT + b"more"
    with pytest.raises(Problem, match=r"is not toy.pth"):
        download(model_at(server.url))
    assert list(models_dir().iterdir()) == []


def test_a_part_longer_than_the_file_is_thrown_away(server):
    put_part(CONTENT + b"more")
    with pytest.raises(Problem, match="try again"):
        download(model_at(server.url))
    assert download(model_at(server.url)).read_bytes() == CONTENT


def test_a_web_page_is_refused(server):
    server.content, server.content_type = b"<html>Please log in", "text/html; charset=utf-8"
    with pytest.raises(Problem, match=r"sent a web page instead of toy.pth"):
        download(model_at(server.url))
    assert not part().exists()


def test_a_page_in_the_middle_leaves_the_part_alone(server):
    put_part(CONTENT[:1000])
    server.supports_range, server.content_type = False, "text/html"
    with pytest.raises(Problem, match="web page"):
        download(model_at(server.url))
    assert part().read_bytes() == CONTENT[:1000]


def test_no_connection_says_where_to_put_the_file():
    with pytest.raises(Problem) as problem:
        download(model_at("http://127.0.0.1:9/toy.pth"), pauses_s=())
    assert str(problem.value) == (
        f"Download failed: no connection. Put the file here: {models_dir()}, or choose Import."
    )


def test_cancelling_keeps_what_came_and_the_next_try_goes_on(server):
    class CancelledError(Exception):
        pass

    def cancel_late(here, _total):
        if here > 500_000:
            raise CancelledError

    with pytest.raises(CancelledError):
        download(model_at(server.url), cancel_late)
    kept = part().stat().st_size
    assert kept > 500_000
    assert download(model_at(server.url)).read_bytes() == CONTENT
    assert server.ranges[-1] == f"bytes={kept}-"


def test_the_mirror_is_asked_by_hash(server, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_MIRROR", f"{server.url}/models/")
    model = model_at("http://127.0.0.1:9/toy.pth")
    assert download(model).read_bytes() == CONTENT
    assert server.paths == [f"/models/{model.sha256}"]


def test_a_proxy_of_the_environment_is_used(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy")
    assert download(model_at("http://models.invalid/toy.pth")).read_bytes() == CONTENT
    assert server.paths == ["http://models.invalid/toy.pth"]


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/toy.pth", "file:///etc/passwd"])
def test_only_http_is_spoken(server, url, monkeypatch):
    with pytest.raises(Problem, match="only http and https"):
        download(model_at(url))
    monkeypatch.setenv("MASKWRIGHT_MIRROR", url)
    with pytest.raises(Problem, match="only http and https"):
        download(model_at(server.url))


def test_a_redirect_away_from_http_is_refused(server):
    server.redirect = "ftp://127.0.0.1/toy.pth"
    with pytest.raises(Problem, match="only http and https"):
        download(model_at(server.url))


def test_a_folder_that_cannot_be_made_is_said(server):
    models_dir().parent.mkdir()
    models_dir().write_text("a file where the folder should be")
    with pytest.raises(Problem, match="cannot be written"):
        download(model_at(server.url))


def test_a_full_disk_is_said(server):
    """/dev/full is a real file whose writes end with ENOSPC."""
    models_dir().mkdir(parents=True)
    part().symlink_to("/dev/full")
    with pytest.raises(Problem, match="the disk is full; Toy needs 1 MB"):
        download(model_at(server.url))


def test_what_is_here_is_not_fetched_again_and_a_damaged_file_is(server):
    model = model_at(server.url)
    path = download(model)
    download(model)
    assert len(server.ranges) == 1
    path.write_bytes(CONTENT[:-1] + b"!")
    assert download(model).read_bytes() == CONTENT
