"""The log: what stands in a line, what an exception leaves there, and what becomes of it where it cannot be written."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from app.paths import logs_dir
from app.support import log
from app.support.bug_report import bare
from app.support.log import Word, kept_log, log_exception, log_file
from app.text import say

_log = logging.getLogger("app.tests")


def lines() -> list[str]:
    return log_file().read_text(encoding="utf-8").splitlines()


def test_words_and_names_stand_apart():
    with kept_log():
        _log.warning("%s has %d pages: %s", Path("/home/anna/the cat.tif"), 7, say("{name} is new.", name="cat"))
        _log.warning("%s could not be read", OSError(13, "Permission denied", "/home/anna/b.png"))
        _log.info("%s begins", Word("1.0"))
    first, second, third = lines()
    assert bare(first).endswith("WARNING app.tests: … has 7 pages: {name} is new.")
    assert first.endswith('["/home/anna/the cat.tif", "cat is new."]')
    assert bare(second).endswith("PermissionError could not be read")
    assert "b.png" in second
    assert third == bare(third)


def test_of_a_library_no_word_is_trusted():
    with kept_log():
        logging.getLogger("a_library").warning("/home/anna/a.png is strange")
    [line] = lines()
    assert "anna" in line
    assert "anna" not in bare(line)
    assert "a_library" in bare(line)


def test_an_exception_tells_where_it_was_and_its_words_are_names():
    def fails():
        raise ValueError("the cat\nis out")

    with kept_log():
        try:
            fails()
        except ValueError as error:
            log_exception(error)
    text = "\n".join(bare(line) for line in lines())
    assert "test_log.py" in text
    assert "in fails" in text
    assert "ValueError:" in text
    assert "cat" not in text
    assert str(Path.cwd()) not in log_file().read_text()
    assert '["the cat\\nis out"]' in log_file().read_text()


def test_what_caused_it_is_told_before_it():
    with kept_log():
        try:
            try:
                {}["a"]
            except KeyError as error:
                raise RuntimeError("b") from error
        except RuntimeError as error:
            log_exception(error)
    text = log_file().read_text()
    assert text.index("KeyError:") < text.index("RuntimeError:")


def test_a_thread_that_fails_is_written_down():
    def fails():
        raise ValueError("in a thread")

    with kept_log():
        thread = threading.Thread(target=fails, name="worker")
        thread.start()
        thread.join()
    assert any(bare(line).endswith("the thread worker ended") for line in lines())
    assert "ValueError:" in log_file().read_text()


def test_it_rotates_and_takes_bounded_room(monkeypatch):
    monkeypatch.setattr(log, "MOST_BYTES", 2000)
    with kept_log():
        for number in range(500):
            _log.info("line %d", number)
    files = sorted(logs_dir().iterdir())
    assert len(files) == 1 + log.KEPT
    assert all(file.stat().st_size <= 2000 for file in files)
    assert lines()[-1].endswith("line 499")


def test_it_is_its_owners_alone():
    with kept_log():
        _log.info("a line")
    assert log_file().stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("way", ["a file for the folder", "a folder for the file", "a link to nowhere"])
def test_without_a_place_nothing_is_logged_and_nothing_fails(way):
    if way == "a file for the folder":
        logs_dir().parent.mkdir(parents=True)
        logs_dir().write_text("mine")
    else:
        logs_dir().mkdir(parents=True)
        if way == "a folder for the file":
            log_file().mkdir()
        else:
            log_file().symlink_to(logs_dir() / "nowhere" / "at all")
    with kept_log():
        _log.warning("a line")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_a_full_disk_costs_the_line_and_no_more(capsys):
    logs_dir().mkdir(parents=True)
    log_file().symlink_to("/dev/full")
    with kept_log():
        _log.info("a line")
    assert "Traceback" not in capsys.readouterr().err
