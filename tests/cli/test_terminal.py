"""No command fails because a terminal cannot print a name, or because nobody reads."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from app.cli import main
from app.cli.output import progress
from app.cli.program import Commands, program
from app.cli.terminal import Output, finish, prepare

NAMES = {"images": [{"id": 1, "file_name": "猫.png", "width": 451, "height": 300},
                    {"id": 2, "file_name": "犬.png", "width": 64, "height": 48}],
         "categories": [{"id": 1, "name": "ネコ"}],
         "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0,
                          "segmentation": [[10, 10, 30, 10, 30, 20, 10, 20]]},
                         {"id": 2, "image_id": 2, "category_id": 1, "iscrowd": 0,
                          "segmentation": [[10, 10, 30, 10, 30, 20, 10, 20]]}]}  # fmt: skip

COMMANDS = {
    "open": ["/нет/猫"],
    "new": ["IN/новый.maskwright", "IN/фото"],
    "scan": ["IN/проект.maskwright"],
    "info": ["IN/проект.maskwright"],
    "segment": ["IN/нет/猫.png", "--point", "1,1"],
    "auto": ["IN/нет/猫.png", "--out", "IN/вых"],
    "evaluate": ["--images", "IN/фото", "--annotations", "IN/нет/猫.json"],
    "embed": ["IN/проект.maskwright", "--model", "猫"],
    "import": ["IN/проект.maskwright", "IN/имена.json"],
    "export": ["IN/проект.maskwright", "IN/вых-labelme", "--format", "labelme"],
    "compact": ["IN/проект.maskwright"],
    "formats": [],
    "keys": [],
    "repair": ["IN/проект.maskwright", "--out", "IN/猫.maskwright"],
    "restore": ["IN/проект.maskwright", "IN/нет/猫"],
    "trust": ["IN/проект.maskwright"],
    "check": ["IN/проект.maskwright"],
    "history": ["IN/проект.maskwright", "--image", "猫.png"],
    "diff": ["IN/проект.maskwright", "IN/имена.json"],
    "models": ["import", "IN/нет/猫.pth"],
    "doctor": [],
    "report": ["IN/отчёт.txt"],
}
"""Each with a name that no narrow terminal can print."""
HEAVY = ("keys", "doctor", "report")
"""They load what a window needs."""
WITHOUT_NAMES = ("formats", "keys", "doctor", "models", "export", "compact", "check", "history")
"""They print none when all is well."""


@pytest.fixture
def place(photos, tmp_path, monkeypatch):
    """A folder with a project whose photos and classes have such names."""
    (tmp_path / "имена.json").write_text(json.dumps(NAMES), encoding="utf-8")
    assert ended("new", tmp_path / "проект.maskwright", photos, monkeypatch=monkeypatch)[0] == 0
    ended("import", tmp_path / "проект.maskwright", tmp_path / "имена.json", monkeypatch=monkeypatch)
    (photos / "кошки" / "chelsea.png").unlink()
    return tmp_path


def ended(*words, monkeypatch, encoding="utf-8") -> tuple[int, str, str]:
    """The exit status of the whole program, and what it wrote, with streams of that encoding."""
    streams = [io.BytesIO(), io.BytesIO()]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "argv", ["maskwright", *map(str, words)])
        for name, stream in zip(("stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, io.TextIOWrapper(stream, encoding=encoding, write_through=True))
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = (stream.getvalue().decode(encoding) for stream in streams)
        return status, out, err


def test_every_command_is_tried():
    commands = typer.main.get_command(program)
    assert isinstance(commands, Commands)
    typed = {name for name, command in commands.commands.items() if not command.hidden}  # doctor tries the others
    assert typed <= COMMANDS.keys()


@pytest.mark.parametrize("command", [pytest.param(c, marks=[pytest.mark.slow] if c in HEAVY else []) for c in COMMANDS])
def test_a_narrow_terminal_changes_no_exit_status(place, monkeypatch, command):
    words = [word.replace("IN/", f"{place}/") for word in COMMANDS[command]]
    ends = {}
    for encoding in ("utf-8", "cp1252", "ascii"):
        for file in (*place.glob("новый*"), *place.glob("猫*")):
            file.unlink()
        status, out, err = ended(command, *words, monkeypatch=monkeypatch, encoding=encoding)
        assert "Traceback" not in err
        assert "\\u" in out + err or encoding == "utf-8" or command in WITHOUT_NAMES
        ends[encoding] = status
    assert len(set(ends.values())) == 1, ends


@pytest.mark.parametrize("words", [["--help"], ["import", "--help"], ["猫"], ["import", "--猫"], ["--version"]])
def test_help_and_usage_errors_are_printed_too(monkeypatch, words):
    wide, narrow = (ended(*words, monkeypatch=monkeypatch, encoding=encoding) for encoding in ("utf-8", "ascii"))
    assert (narrow[0], bool(narrow[1]), bool(narrow[2])) == (wide[0], bool(wide[1]), bool(wide[2]))


def test_json_is_the_same_everywhere(place, monkeypatch):
    words = ["import", place / "проект.maskwright", place / "имена.json", "--json"]
    wide, narrow = (ended(*words, monkeypatch=monkeypatch, encoding=encoding) for encoding in ("utf-8", "ascii"))
    assert json.loads(narrow[1]) == json.loads(wide[1])
    assert any("犬" in sentence for sentence in json.loads(narrow[1])["problems"])


def test_names_that_are_no_text_are_printed(monkeypatch, tmp_path):
    status, _, err = ended("info", tmp_path / os.fsdecode(b"caf\xe9.maskwright"), monkeypatch=monkeypatch)
    assert status == 1
    assert "\\udce9" in err


# --- real processes --------------------------------------------------------------------------------------------------


def shell(script, **environment):
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {script}"],
        capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PY": sys.executable, **environment},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a script of bash")
@pytest.mark.parametrize(
    "script",
    ["$PY -m app formats | head -1", "$PY -m app formats | true", "$PY -m app formats >&-", "$PY -m app formats 2>&-",
     "$PY -m app formats >&- 2>&-", "$PY -m app --help | true", "$PY -m app formats --json | head -c 5"],
)  # fmt: skip
def test_a_pipe_that_ends_and_a_closed_stream_change_nothing(script):
    code, _, err = shell(script)
    assert (code, err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write to")
def test_a_full_disk_is_told():
    code, _, err = shell("$PY -m app formats > /dev/full")
    assert code == 1
    assert err.startswith("The output cannot be written: ")
    assert err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a script of bash")
@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252:strict"},
                                         {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])  # fmt: skip
def test_the_environment_may_say_that_the_terminal_is_narrow(environment, tmp_path):
    code, _, err = shell(f"$PY -m app info {tmp_path}/猫.maskwright", **environment)
    assert (code, "Traceback" in err) == (1, False)
    assert "\\u" in err


def test_streams_are_prepared_once(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.StringIO())
        patch.setattr(sys, "stderr", None)
        prepare()
        first = sys.stdout
        prepare()
        print("猫", file=sys.stderr)
        finish()
        assert isinstance(first, Output)
        assert sys.stdout is first
        assert not first.isatty()
        sys.stderr.close()


def test_a_bar_is_drawn_on_a_narrow_terminal(monkeypatch):
    class Terminal(io.TextIOWrapper):
        def isatty(self):
            return True

    written = io.BytesIO()
    terminal = Terminal(written, encoding="ascii", write_through=True)  # which closes it when nobody has it any more
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        prepare()
        with progress("猫") as advance:
            advance(1, 2)
    assert b"\\u732b" in written.getvalue()
