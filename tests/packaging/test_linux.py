"""What a Linux desktop is told of the program, and what goes into it."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app import __version__
from app.cli.program import program

ROOT = Path(__file__).parents[2]
LINUX = ROOT / "packaging" / "linux"
KIND = "application/x-maskwright"


def entry(file):
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(file, encoding="utf-8")
    return parser["Desktop Entry"]


def test_menu_entry_kind_of_file_and_catalogue_tell_the_same():
    from linux.share import filled

    menu = entry(LINUX / "maskwright.desktop")
    [kind] = ElementTree.parse(LINUX / "maskwright.xml").getroot()
    catalogue = ElementTree.fromstring(filled(LINUX / "metainfo.xml"))
    assert menu["MimeType"] == f"{KIND};"
    assert kind.attrib["type"] == KIND
    assert [glob.attrib["pattern"] for glob in kind if glob.tag.endswith("glob")] == ["*.maskwright"]
    assert catalogue.findtext("provides/mediatype") == KIND
    assert catalogue.findtext("launchable") == "maskwright.desktop"
    assert 'setDesktopFileName("maskwright")' in (ROOT / "app" / "ui" / "start.py").read_text()
    assert catalogue.find("releases/release").attrib["version"] == __version__


def test_every_package_says_the_same_of_who_it_is_from(monkeypatch):
    from identity import APPLICATION, DOMAIN, PROJECT
    from linux.deb import maintainer
    from linux.share import filled
    from macos.bundle import info

    for name in ("DEBFULLNAME", "DEBEMAIL"):
        monkeypatch.delenv(name, raising=False)
    host = maintainer().removesuffix(">").partition("@")[2]
    assert ".".join(reversed(host.split("."))) == DOMAIN
    assert ElementTree.fromstring(filled(LINUX / "metainfo.xml")).findtext("id") == APPLICATION
    told = info("0.2.0", "0.2.0")
    assert told["CFBundleIdentifier"] == APPLICATION
    assert told["UTExportedTypeDeclarations"][0]["UTTypeIdentifier"] == PROJECT
    assert "@" not in str(told)


@pytest.mark.skipif(not shutil.which("appstreamcli"), reason="appstreamcli is missing here")
def test_the_entry_of_the_catalogue_is_valid(tmp_path):
    from identity import APPLICATION
    from linux.share import filled

    file = tmp_path / f"{APPLICATION}.metainfo.xml"
    file.write_text(filled(LINUX / "metainfo.xml"))
    done = subprocess.run(["appstreamcli", "validate", "--no-net", file], capture_output=True, text=True, check=False)
    assert [line for line in done.stdout.splitlines() if line.startswith(("E:", "W:"))] == []


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="desktop-file-validate is missing here")
def test_the_menu_entry_is_valid():
    subprocess.run(["desktop-file-validate", LINUX / "maskwright.desktop"], check=True)


def test_the_man_page_names_only_what_there_is():
    known = {command.name for command in program.registered_commands} | {"models", "formats"}
    page = (LINUX / "maskwright.1").read_text()
    commands = page.partition(".SH COMMANDS")[2].partition(".SH OPTIONS")[0]
    named = re.findall(r"^\.TP\n\.BI? (\w+)", commands, re.MULTILINE)
    assert len(named) > 8
    assert set(named) <= known


@pytest.mark.skipif(sys.platform != "linux", reason="a menu of Linux")
@pytest.mark.parametrize("name", ["maskwright-1", "Maskwright äß 写真", "100% of $it"])
def test_an_unpacked_archive_is_put_into_the_menu_and_taken_out(tmp_path, name):
    folder, home = tmp_path / name, tmp_path / "home"
    (folder / "share" / "icons" / "hicolor" / "scalable" / "apps").mkdir(parents=True)
    (folder / "share" / "icons" / "hicolor" / "scalable" / "apps" / "maskwright.svg").write_text("<svg/>")
    for file, place in (("maskwright.desktop", "applications"), ("maskwright.xml", "mime/packages")):
        (folder / "share" / place).mkdir(parents=True)
        shutil.copy(LINUX / file, folder / "share" / place)
    shutil.copy(LINUX / "menu.sh", folder)
    others = home / "data" / "applications" / "other.desktop"
    others.parent.mkdir(parents=True)
    others.write_text("")
    told = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    subprocess.run([folder / "menu.sh"], check=True, env=told)
    menu = entry(home / "data" / "applications" / "maskwright.desktop")
    assert menu["TryExec"] == f"{folder}/maskwright"
    assert unquoted(menu["Exec"]) == f"{folder}/maskwright"
    assert menu["Exec"].endswith('" open %f')
    subprocess.run([folder / "menu.sh", "--remove"], check=True, env=told)
    left = [path for path in home.rglob("*") if path.is_file() and "maskwright" in path.name]
    assert left == []
    assert others.exists()


def unquoted(line):
    """The program of a line Exec, read as the specification of menu entries says: first the escapes of the file, then
    those within the quotes, then %%."""
    quoted = line[: line.rindex('"') + 1].replace("\\\\", "\\")
    return re.sub(r"\\(.)", r"\1", quoted[1:-1]).replace("%%", "%")


@pytest.mark.parametrize(
    ("target", "source", "is_kept"),
    [
        ("torch/lib/libtorch_cpu.so", "/venv/torch/lib/libtorch_cpu.so", True),
        ("torch/include/ATen/ATen.h", "/venv/torch/include/ATen/ATen.h", False),
        ("torch/testing/_comparison.py", "/venv/torch/testing/_comparison.py", False),
        ("openvino/libs/libopenvino_intel_cpu_plugin.so", "/venv/libopenvino_intel_cpu_plugin.so", True),
        ("openvino/libs/libopenvino_intel_gpu_plugin.so", "/venv/libopenvino_intel_gpu_plugin.so", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "/venv/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", "/venv/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", "/venv/libqeglfs.so", False),
        ("PySide6/Qt/translations/qtbase_de.qm", "/venv/qtbase_de.qm", True),
        ("PySide6/Qt/translations/designer_de.qm", "/venv/designer_de.qm", False),
        ("libxcb-cursor.so.0", "/usr/lib/x86_64-linux-gnu/libxcb-cursor.so.0", True),
        ("libstdc++.so.6", "/lib/x86_64-linux-gnu/libstdc++.so.6", False),
        ("libX11.so.6", "/usr/lib/x86_64-linux-gnu/libX11.so.6", False),
        ("app/resources/models/starter.safetensors", "/src/resources/models/starter.safetensors", True),
    ],
)
def test_what_goes_into_the_program(target, source, is_kept):
    from contents import kept

    assert bool(kept([(target, source, "BINARY")])) is is_kept


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such links")
def test_no_link_leads_to_a_library_that_is_not_shipped(tmp_path):
    from freeze import tidy

    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "liba.so").write_bytes(b"")
    (tmp_path / "liba.so").symlink_to("libs/liba.so")
    (tmp_path / "libb.so").symlink_to("libs/libb.so")
    (tmp_path / "all").symlink_to("libs")
    tidy(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"libs", "liba.so", "all"}


def test_the_fixed_sqlite_takes_the_place_of_the_other_one():
    from contents import with_sqlite
    from sqlite import VERSION

    from app.project.sqlite_version import has_wal_reset_fix

    before = [("libsqlite3.so.0", "/usr/lib/libsqlite3.so.0", "BINARY"), ("libz.so.1", "/usr/lib/libz.so.1", "BINARY")]
    after = with_sqlite(before, "/build/libsqlite3.so.0")
    assert [source for target, source, _ in after if "sqlite" in target] == ["/build/libsqlite3.so.0"]
    assert before[1] in after
    assert has_wal_reset_fix(tuple(map(int, VERSION.split("."))))


def test_the_report_of_sizes_names_the_largest_parts(tmp_path):
    from sizes import parts, told

    inside = tmp_path / "_internal" / "torch" / "lib"
    inside.mkdir(parents=True)
    (inside / "libtorch_cpu.so").write_bytes(b"0" * 3_000_000)
    (inside / "libtorch_python.so").write_bytes(b"0" * 1_000_000)
    (tmp_path / "maskwright").write_bytes(b"0" * 2_000_000)
    (tmp_path / "_internal" / "link.so").symlink_to("torch/lib/libtorch_cpu.so")
    assert parts(tmp_path) == [("libtorch_cpu.so", 3.0), ("maskwright", 2.0), ("torch", 1.0)]
    assert "6.0 MB" in told(tmp_path)


def test_every_library_that_is_left_to_the_system_is_in_a_package_that_is_asked_for():
    from contents import kept
    from linux.deb import DEPENDS

    import dev

    left = [name for name in dev.APT_PACKAGES if kept([(f"{name}.1", f"/usr/lib/{name}.1", "BINARY")]) == []]
    asked = " ".join(DEPENDS)
    assert [dev.APT_PACKAGES[name] for name in left if dev.APT_PACKAGES[name] not in asked] == []


def test_plugins_of_the_person_come_last(tmp_path, monkeypatch):
    import entry as start

    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "path", ["/shipped"])
    start.add_plugins()
    assert sys.path == ["/shipped"]
    (tmp_path / "data" / "plugins").mkdir(parents=True)
    start.add_plugins()
    assert sys.path == ["/shipped", str(tmp_path / "data" / "plugins")]


def test_the_frozen_program_tells_where_what_reads_other_pictures_goes(tmp_path, monkeypatch):
    from app.images.file_types import HEIC, install_command

    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    assert HEIC.advice == "pip install 'maskwright[heic]'"
    assert install_command("python-gdcm") == "pip install python-gdcm"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert install_command("python-gdcm").endswith(f"'{tmp_path / 'data' / 'plugins'}' python-gdcm")
    assert HEIC.advice.endswith(f"-m pip install --target '{tmp_path / 'data' / 'plugins'}' pillow_heif")
