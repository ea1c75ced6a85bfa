"""For each format of the registry and both directions: paths that lead out of the folder, links that do, and files of a
few bytes that would become gigabytes."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import product
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

from app.formats.registry import formats
from app.problem import Problem
from app.project.records import ImageRecord
from app.project.safety import wal
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_every_format import every, fill, pixels_of
from tests.project.hostile import chunk, deflated
from tests.project.test_images import bomb

OUTSIDE = [
    "../../x.png", "../cat.png", "/etc/cat.png", "sub/../../../cat.png", "C:\\x.png", "C:cat.png", "..\\..\\cat.png",
    "\\\\host\\share\\cat.png", "//host/share/cat.png", "~/cat.png", "cat.png/../../cat.png", "\0cat.png", "", ".",
    "..", "/", "x" * 5000, "a/" * 3000 + "cat.png", "#page=2", "cat.png#page=9999999", "nul", "con.png",
    "cat.png:stream",
]  # fmt: skip
"""Names of images as they may stand in a file."""
_OPENED: list[str] | None = None


def _note(event: str, arguments: tuple) -> None:
    if _OPENED is not None and event in ("open", "os.mkdir", "os.rename", "os.remove", "sqlite3.connect"):
        names = [os.fsdecode(a) for a in arguments[: 2 if event == "os.rename" else 1] if isinstance(a, str | bytes)]
        _OPENED.extend(unquote(urlsplit(name).path) if name.startswith("file:") else name for name in names)


sys.addaudithook(_note)


@contextmanager
def nothing_outside(*folders: Path, but: tuple[Path, ...] = ()) -> Iterator[None]:
    """No file or folder is touched but below these (and those of Python itself). but: these alone, nothing below."""
    global _OPENED
    _OPENED = []
    try:
        yield
    finally:
        touched, _OPENED = [Path(name).resolve() for name in _OPENED if "\0" not in name], None
    allowed = [folder.resolve() for folder in (*folders, Path(sys.prefix), Path(sys.base_prefix), Path("/proc"))]
    ours = Path(__file__).resolve().parents[2]
    allowed += [ours / "app", ours / "resources"]
    touched = [path for path in touched if path not in but]
    assert [p for p in touched if not any(p.is_relative_to(folder) for folder in allowed)] == []


def files_of(out: Path) -> list[Path]:
    return [out] if out.is_file() else sorted(path for path in out.rglob("*") if path.is_file())


@pytest.fixture
def exported(make_project, tmp_path):
    """By a format: its files, of two objects on cat.png; and a project that lacks them."""
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    fill(one, [pixels_of("block"), pixels_of("below")])
    (tmp_path / "in").mkdir()

    def export(each):
        out = tmp_path / "in" / f"out{each.suffix}"
        drained(each.export_file(one, out))
        return out, other

    return export


@every(formats())
def test_an_import_opens_nothing_by_a_name_in_a_file(each, exported):
    out, project = exported(each)
    before = {file: file.read_bytes() for file in files_of(out) if file.suffix in (".json", ".xml", ".yaml", ".txt")}
    for name in OUTSIDE:
        for file, data in before.items():
            said = json.dumps(name)[1:-1].encode() if file.suffix == ".json" else name.encode()
            file.write_bytes(data.replace(b"cat.png", said).replace(b": images", b": " + said))
        with nothing_outside(out.parent, project.root, project.path.parent), suppress(Problem):
            drained(each.import_file(project, out))
    assert {a.image_id for a in project.annotation_table.all()} <= {record.id for record in project.images()}


def names_of_owner(project: Path) -> tuple[Path, ...]:
    """What says whose the log is, and the folder that is told to keep it."""
    owner = wal.owner_file(project)
    return owner, owner.with_name(f"{owner.name}.part"), project.parent


@pytest.mark.skipif(sys.platform == "win32", reason="making a link takes rights there")
@every([each for each in formats() if not each.suffix])
def test_an_import_follows_no_link_out_of_its_folder(each, exported, tmp_path):
    """One file after the other is a link to the same bytes elsewhere, then each folder is."""
    out, project = exported(each)
    (tmp_path / "elsewhere").mkdir()
    for number, path in enumerate(sorted(out.rglob("*"), reverse=True)):
        moved = path.rename(tmp_path / "elsewhere" / f"{number}{path.suffix}")
        path.symlink_to(moved)
        with nothing_outside(out, project.root, project.path, but=names_of_owner(project.path)), suppress(Problem):
            drained(each.import_file(project, out))
        path.unlink()
        moved.rename(path)
    assert drained(each.import_file(project, out)).problems == []


@pytest.mark.skipif(sys.platform == "win32", reason="making a link takes rights there")
@every([each for each in formats() if not each.suffix])
def test_a_folder_that_is_a_link_itself_is_imported(each, exported, tmp_path):
    """People keep their data elsewhere; and links inside it are their own."""
    out, project = exported(each)
    (tmp_path / "link").symlink_to(out)
    file = files_of(out)[-1]
    renamed = file.rename(file.with_name(f".{file.name}"))
    file.symlink_to(renamed.name)
    report = drained(each.import_file(project, tmp_path / "link"))
    assert report.annotations == 2


@every(formats())
def test_an_export_writes_nothing_by_the_name_of_an_image(each, make_project, tmp_path):
    """A project file of a stranger may have any path for an image."""
    project = make_project("cat.png")
    (tmp_path / "to").mkdir()
    with project.step("Fill") as step:
        for name in OUTSIDE:
            if len(name) < 255:  # where names may not be that long, the export says so
                step.add(ImageRecord(0, name, width=WIDTH, height=HEIGHT))
    fill(project, [pixels_of("block")] * len(project.images()))
    with nothing_outside(tmp_path / "to", project.root, project.path.parent):
        before = sorted(tmp_path.iterdir())
        report = drained(each.export_file(project, tmp_path / "to" / f"out{each.suffix}"))
        assert report.annotations >= 1
        assert sorted(tmp_path.iterdir()) == before


# --- bombs -----------------------------------------------------------------------------------------------------------


@cache
def small_bomb(width: int, height: int) -> bytes:
    """A whole PNG of zeros, one bit a pixel."""
    packed = deflated(height * (1 + (width + 7) // 8))
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([1, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@cache
def text_bomb() -> bytes:
    """A good PNG whose comment unpacks to half a gigabyte."""
    stream = io.BytesIO()
    Image.new("L", (WIDTH, HEIGHT), 1).save(stream, "PNG")
    data = stream.getvalue()
    return data[:33] + chunk(b"zTXt", b"a\0\0" + deflated(1 << 29)) + data[33:]


PNG_BOMBS = {
    "claims": lambda: bomb(2**31 - 1, 2**31 - 1), "30000 x 30000": lambda: small_bomb(30_000, 30_000),
    "the size of the image": lambda: bomb(WIDTH, HEIGHT), "text": text_bomb,
}  # fmt: skip


@contextmanager
def little_memory(case: str = "") -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 300 << 20, case
    finally:
        tracemalloc.stop()


def with_pngs(out: Path, data: bytes) -> int:
    """Puts the bytes in the place of each PNG, also where it stands in a JSON. Returns how many there are."""
    replaced = 0
    for file in files_of(out):
        if file.suffix == ".png":
            file.write_bytes(data)
            replaced += 1
        elif file.suffix == ".json" and b'"iVBOR' in file.read_bytes():
            content = json.loads(file.read_bytes())
            for shape in content["shapes"]:
                shape["mask"] = base64.b64encode(data).decode()
            file.write_text(json.dumps(content))
            replaced += 1
    return replaced


@every(formats())
def test_a_png_of_a_few_bytes_takes_no_gigabytes(each, exported):
    """Where the image is gone, the file tells its size."""
    out, project = exported(each)
    for image_is_there, kind in product((True, False), PNG_BOMBS):
        if not with_pngs(out, PNG_BOMBS[kind]()):
            pytest.skip("the format has no PNG")
        if not image_is_there:
            (project.root / "cat.png").unlink(missing_ok=True)
            width, height = (30_000, 30_000) if "30000" in kind else (WIDTH, HEIGHT)
            project.file.db.execute("UPDATE image SET width = ?, height = ?", (width, height))
            project.refresh()
        with little_memory(f"{kind}, the image is {'there' if image_is_there else 'gone'}"), suppress(Problem):
            drained(each.import_file(project, out))
        if project.undo_label:
            project.undo()


SIZES_SAID = re.compile(r"""((?:width|height)(?:"?[:=] ?"?|>))(\d+)""", re.IGNORECASE)


@every(formats())
def test_an_image_that_is_gone_is_as_large_as_the_file_says_up_to_the_limit(each, exported):
    out, project = exported(each)
    (project.root / "cat.png").unlink()
    before = {file: file.read_text() for file in files_of(out) if file.suffix in (".json", ".xml")}
    if not any(SIZES_SAID.search(text) for text in before.values()):
        pytest.skip("the format says no sizes")
    for side in (2**63, 2**31 - 1, 10**9, 30_000, 0, -5):
        for file, text in before.items():
            file.write_text(SIZES_SAID.sub(rf"\g<1>{side}", text))
        with little_memory(), suppress(Problem):
            assert drained(each.import_file(project, out)).annotations == 0


@every(formats())
@pytest.mark.parametrize("kind", ["deep", "wide", "counts", "entities", "aliases"])
def test_text_that_grows_is_refused_or_left_out(each, kind, exported):
    check_growth(each, kind, *exported(each), items=2000)


@pytest.mark.slow  # to count the memory takes ten times as long as to read
@every(formats())
def test_a_list_of_many_things_that_are_no_objects_is_left_out(each, exported):
    check_growth(each, "wide", *exported(each), items=50_000)


def check_growth(each, kind, out, project, items):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(12))
    aliases = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]\n" for n in range(12))
    for file in files_of(out):
        data = file.read_bytes()
        match kind, file.suffix:
            case "deep", ".json":
                data = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
            case "deep", ".xml":
                data = b"<annotations>" + b"<image>" * 100_000
            case "wide", ".json":
                data = data.replace(b"[", b"[" + b"[]," * items, 1)
            case "counts", ".json":
                data = data.replace(b'"counts":"', b'"counts":"' + b"~~~~~~0" * 100_000)
            case "entities", ".xml":
                data = f"<!DOCTYPE a [{entities}]><annotations>&e11;</annotations>".encode()
            case "aliases", ".yaml":
                data = f"{aliases}names: *a11\n".encode()
            case _:
                continue
        file.write_bytes(data)
    with little_memory(), suppress(Problem):
        drained(each.import_file(project, out))
