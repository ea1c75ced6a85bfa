"""What can be said of the app of macOS without a Mac: property lists, icon, layout of the disk image, scripts."""

from __future__ import annotations

import plistlib
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from icons import write
from PIL import Image

MACOS = Path(__file__).parents[2] / "packaging" / "macos"
SCRIPTS = sorted(MACOS.glob("*.sh"))


def test_the_app_says_what_it_opens():
    told = runpy.run_path(str(MACOS / "bundle.py"))["info"]("0.2.0rc1", "0.2.0")
    assert plistlib.loads(plistlib.dumps(told)) == told
    assert (told["CFBundleShortVersionString"], told["CFBundleVersion"]) == ("0.2.0rc1", "0.2.0")
    assert told["CFBundleExecutable"] == "maskwright"
    project, folder = told["CFBundleDocumentTypes"]
    (declared,) = told["UTExportedTypeDeclarations"]
    assert project["LSItemContentTypes"] == [declared["UTTypeIdentifier"]]
    assert declared["UTTypeTagSpecification"]["public.filename-extension"] == ["maskwright"]
    assert (project["LSHandlerRank"], folder["LSHandlerRank"]) == ("Owner", "Alternate")


def test_the_hardened_runtime_lets_only_code_run_that_is_made_or_replaced():
    allowed = plistlib.loads((MACOS / "entitlements.plist").read_bytes())
    short = {name.removeprefix("com.apple.security.cs.") for name, value in allowed.items() if value is True}
    assert short == {"allow-jit", "allow-unsigned-executable-memory", "disable-library-validation"}
    assert len(allowed) == 3


def test_the_icon_has_all_sizes(tmp_path):
    write(tmp_path / "maskwright.icns")
    write(tmp_path / "maskwright.ico")
    with Image.open(tmp_path / "maskwright.icns") as icon:
        assert {width * scale for width, _, scale in icon.info["sizes"]} >= {32, 64, 256, 512, 1024}
    with Image.open(tmp_path / "maskwright.ico") as icon:
        assert icon.info["sizes"] >= {(16, 16), (32, 32), (48, 48), (256, 256)}
        drawn = icon.convert("RGBA")
        assert drawn.getpixel((0, 0))[3] == 0  # round corners
        assert drawn.getpixel((128, 10)) == (22, 33, 46, 255)


def test_a_png_takes_its_size_from_its_name(tmp_path):
    write(tmp_path / "maskwright-48.png")
    with Image.open(tmp_path / "maskwright-48.png") as icon:
        assert icon.size == (48, 48)


def test_the_disk_image_holds_the_app_and_where_it_goes():
    told = runpy.run_path(str(MACOS / "dmg.py"), {"defines": {"app": "dist/Maskwright.app"}})
    assert told["files"] == ["dist/Maskwright.app"]
    assert set(told["icon_locations"]) == {"Maskwright.app", *told["symlinks"]}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no bash")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_the_scripts_are_well_formed(script):
    subprocess.run(["bash", "-n", script], check=True)
    assert script.stat().st_mode & 0o111
    if shutil.which("shellcheck"):
        assert subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False).stdout == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no bash")
@pytest.mark.parametrize("identity", ["", "Developer ID Application: Zoë (TEAM)"])
def test_an_app_is_signed_from_the_inside_out(tmp_path, identity):
    """With programs in the place of Apple's that note what they are asked."""
    app = tmp_path / "Mask wright.app"
    for name in ("MacOS/maskwright", "Frameworks/Qt.framework/Versions/A/Qt", "Frameworks/lib a.dylib",
                 "Resources/x.so", "Resources/text.txt"):  # fmt: skip
        (app / "Contents" / name).parent.mkdir(parents=True, exist_ok=True)
        (app / "Contents" / name).touch()
    codesign = tmp_path / "bin" / "codesign"
    codesign.parent.mkdir()
    codesign.write_text('#!/bin/sh\nfor word; do printf "%s|" "$word"; done >> "$NOTES"; echo >> "$NOTES"\n')
    codesign.chmod(0o755)
    env = {"PATH": f"{codesign.parent}:/usr/bin:/bin", "NOTES": str(tmp_path / "notes")}
    env |= {"MASKWRIGHT_SIGN_IDENTITY": identity} if identity else {}
    subprocess.run([MACOS / "sign.sh", app], check=True, env=env)
    libraries, framework, program, whole, verified = (tmp_path / "notes").read_text().splitlines()
    assert "lib a.dylib|" in libraries
    assert "x.so|" in libraries
    assert "entitlements" not in libraries + framework
    assert framework.endswith("Qt.framework|")
    assert "entitlements.plist|" in program
    assert program.endswith("MacOS/maskwright|")
    assert whole.endswith("Mask wright.app|")
    assert verified.startswith("--verify|--strict|")
    for line in (libraries, framework, program, whole):
        assert f"--options|runtime|--sign|{identity or '-'}|" in line
        assert ("--timestamp" in line) == bool(identity)
        assert "--deep" not in line
