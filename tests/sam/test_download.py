"""Against a real HTTP server on this computer, which can be told to misbehave."""

import hashlib
import socket
import sys
import threading
import time

import pytest

from app.paths import models_dir
from app.problem import Problem
from app.sam.catalog import Model
from app.sam.download import download
from app.sam.patience import Flow, Patience
from tests.http_server import CONTENT, serving

NO_PAUSE = Patience(pauses_s=(0.0, 0.0))


@pytest.fixture
def server():
    with serving() as state:
        yield state


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
    assert download(model_at(server.url), patience=NO_PAUSE).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=400000-", "bytes=600000-"]


def test_a_busy_server_is_asked_again(server):
    server.statuses = [503, 429]
    assert download(model_at(server.url), patience=NO_PAUSE).read_bytes() == CONTENT
    assert len(server.ranges) == 3


def test_a_missing_file_is_not_asked_for_again(server):
    server.statuses = [404, 404]
    with pytest.raises(Problem, match=r"127.0.0.1.*answered 404"):
        download(model_at(server.url), patience=NO_PAUSE)
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
        download(model_at("http://127.0.0.1:9/toy.pth"), patience=Patience(pauses_s=()))
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


class Cancelled(Exception):  # noqa: N818
    pass


class Download:
    """On a thread of its own, as the window has it."""

    def __init__(self, url: str, patience: Patience | None = None):
        self.told: list[int] = []
        self.outcome: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(url, patience), daemon=True)
        self._thread.start()

    def _work(self, url: str, patience: Patience | None) -> None:
        def tell(here: int, _total: int) -> None:
            self.told.append(here)
            if self._stop.is_set():
                raise Cancelled

        try:
            download(model_at(url), tell, patience=patience)
        except (Problem, Cancelled) as error:
            self.outcome = error

    def wait_for(self, condition) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, f"it never came true; told {self.told[-5:]}, {self.outcome}"
            time.sleep(0.01)

    def cancelled_within_s(self) -> float:
        began = time.monotonic()
        self._stop.set()
        self._thread.join(20)
        assert isinstance(self.outcome, Cancelled), self.outcome
        return time.monotonic() - began


DRIP = (1, 1.0)
"""A byte a second."""


@pytest.mark.serial
def test_progress_is_shown_while_bytes_drip(server):
    server.drip = (100, 0.1)
    running = Download(server.url)
    running.wait_for(lambda: {100, 200, 300} <= set(running.told))
    assert running.cancelled_within_s() < 1
    assert part().stat().st_size >= 300
    server.drip = None
    assert download(model_at(server.url)).read_bytes() == CONTENT


@pytest.mark.serial
@pytest.mark.parametrize(
    ("trouble", "value"),
    [("drip", DRIP), ("stalls", [1000]), ("header_drip_s", 0.1), ("is_silent", True), ("statuses", [503] * 3)],
)
def test_a_download_is_cancelled_within_a_second_whatever_the_server_does(server, trouble, value):
    setattr(server, trouble, value)
    running = Download(server.url)
    running.wait_for(lambda: server.paths)
    time.sleep(0.3)
    assert running.cancelled_within_s() < 1


@pytest.mark.serial
@pytest.mark.skipif(sys.platform != "linux", reason="other systems take connections nobody accepts, or refuse them")
def test_a_download_is_cancelled_within_a_second_while_it_connects():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:  # beyond the first ones Linux lets them wait
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        running = Download(f"http://127.0.0.1:{full.getsockname()[1]}/toy.pth")
        time.sleep(0.5)
        assert running.cancelled_within_s() < 1
        for each in waiting:
            each.close()


def test_checking_what_came_can_be_cancelled(server):
    server.content = CONTENT * 3
    whole = len(server.content)
    times = 0

    def cancel(here, total):
        nonlocal times
        times += here == total
        if times == 3:  # the last byte, and two megabytes of the hash
            raise Cancelled

    with pytest.raises(Cancelled):
        download(model_at(server.url, server.content), cancel)
    assert part().stat().st_size == whole
    assert download(model_at(server.url, server.content)).read_bytes() == server.content
    assert len(server.ranges) == 1


def test_a_download_that_would_take_for_ever_is_one_sentence_and_goes_on_later(server):
    server.drip = (20, 0.1)
    with pytest.raises(Problem) as problem:
        download(model_at(server.url), patience=Patience(look_s=1.0))
    assert str(problem.value) == (
        f"Download stopped: {server.url.removeprefix('http://')} sends less than 1,000 bytes a second. "
        "What came is kept: the next try goes on there."
    )
    kept = part().stat().st_size
    assert 20 <= kept < 2000
    server.drip = None
    assert download(model_at(server.url)).read_bytes() == CONTENT
    assert server.ranges == [None, f"bytes={kept}-"]


@pytest.mark.slow
def test_a_byte_a_second_is_borne_for_half_a_minute(server):
    server.drip = DRIP
    began = time.monotonic()
    with pytest.raises(Problem, match="less than 1,000 bytes a second"):
        download(model_at(server.url))
    assert 29 < time.monotonic() - began < 35


def test_a_slow_download_that_moves_is_let_go_on(server):
    server.content, server.drip = CONTENT[:10_000], (400, 0.05)
    model = model_at(server.url, server.content)
    assert download(model, patience=Patience(look_s=0.2)).read_bytes() == server.content


def test_a_computer_that_slept_did_not_wait():
    flow = Flow(Patience())
    flow.came(0, 8 * 3600.0)
    assert not flow.is_silent
    assert not flow.is_too_slow


def test_a_silent_connection_is_taken_up_again(server):
    server.stalls = [400_000]
    patience = Patience(pauses_s=(0.0,), silence_s=0.5)
    assert download(model_at(server.url), patience=patience).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=400000-"]


@pytest.mark.parametrize(("trouble", "value"), [("header_drip_s", 0.05), ("is_silent", True), ("stalls", [10] * 3)])
def test_a_server_that_gives_next_to_nothing_is_no_connection(server, trouble, value):
    """However often it says a little."""
    setattr(server, trouble, value)
    with pytest.raises(Problem, match="no connection"):
        download(model_at(server.url), patience=Patience(pauses_s=(0.0, 0.0), answer_s=0.5, silence_s=0.3))
    assert len(server.paths) == 3


def test_a_server_that_keeps_the_connection_open_is_not_waited_for(server):
    server.holds = True
    began = time.monotonic()
    assert download(model_at(server.url)).read_bytes() == CONTENT
    assert time.monotonic() - began < 5


BROKEN_MIRRORS = {
    "models.example.org/x": "only http and https addresses are fetched",
    "localhost:8000": "only http and https addresses are fetched",
    "file:///etc": "only http and https addresses are fetched",
    "//example.org/models": "only http and https addresses are fetched",
    "http://": "it names no server",
    "http:///models": "it names no server",
    "http://:8000": "it names no server",
    "http://[::1": "cannot exist",
    "http://[zz]/": "cannot exist",
    "http://127.0.0.1:port": "cannot exist",
    "http://127.0.0.1:99999": "cannot exist",
    "http://127.0.0.1:-1": "cannot exist",
    "http://a..b/": "cannot exist",
    f"http://{'a' * 70}.invalid/": "cannot exist",
    "http://\u2100.invalid/": "cannot exist",
    "http://ho st/": "a space in it",
    "http://127.0.0.1:9/a b": "a space in it",
    "http://127.0.0.1:9\n/x": "a sign that cannot be seen",
    "http://127.0.0.1:9/\x07": "a sign that cannot be seen",
    "http://127.0.0.1:9/\udcff": "a sign that cannot be seen",
    "http://127.0.0.1:9/models?key=1": r"with \? or #",
    "http://127.0.0.1:9/models#all": r"with \? or #",
}


@pytest.mark.parametrize("mirror", BROKEN_MIRRORS)
def test_a_mirror_that_is_no_address_is_one_sentence(mirror, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_MIRROR", mirror)
    with pytest.raises(Problem, match=rf"^MASKWRIGHT_MIRROR is .*{BROKEN_MIRRORS[mirror]}.*Write it like") as problem:
        download(model_at("http://127.0.0.1:9/toy.pth"))
    assert str(problem.value).isprintable()
    assert not models_dir().exists()


def test_a_password_in_the_mirror_is_neither_sent_nor_shown(monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_MIRROR", "http://me:secret@127.0.0.1:9/models")
    with pytest.raises(Problem, match="names and passwords are not sent") as problem:
        download(model_at("http://127.0.0.1:9/toy.pth"))
    assert "secret" not in str(problem.value)


def test_a_folder_of_the_mirror_may_have_any_name(server, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_MIRROR", f" {server.url}/mod\xe8les%20\u732b/ ")
    model = model_at("http://127.0.0.1:9/toy.pth")
    assert download(model).read_bytes() == CONTENT
    assert server.paths == [f"/mod%C3%A8les%20%E7%8C%AB/{model.sha256}"]


@pytest.mark.parametrize("place", ["http://[::1/x", "http://127.0.0.1:99999/x", "http://a..b/x"])
def test_a_redirect_to_no_address_is_one_sentence(server, place):
    server.redirect = place
    with pytest.raises(Problem, match="cannot exist"):
        download(model_at(server.url))


@pytest.mark.parametrize("proxy", ["http://[::1", "http://127.0.0.1:port", "http:/nothing", "http://a..b:80"])
def test_a_proxy_that_is_no_address_is_one_sentence(monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy")
    with pytest.raises(Problem, match="Download failed: "):
        download(model_at("http://models.invalid/toy.pth"), patience=NO_PAUSE)


@pytest.mark.parametrize("told", [f"bytes {'9' * 5000}-/1", "bytes -", "nonsense", "bytes \xb2-3/4"])
def test_a_part_that_begins_nowhere_is_fetched_again(server, told):
    put_part(CONTENT[:1000])
    server.content_range = told
    assert download(model_at(server.url), patience=NO_PAUSE).read_bytes() == CONTENT
