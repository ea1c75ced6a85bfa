"""The package on a clean Debian: installed, tried, used by a normal user, removed; what the user made stays.

It takes the package that `python3 dev.py package deb` left in dist/: to make one takes a quarter of an hour.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.screen import screen
from tests.packaging.debian_root import USER, debian_root, why_not

ROOT = Path(__file__).parents[2]
PACKAGES = sorted((ROOT / "dist").glob("maskwright_*_amd64.deb"))
PHOTOS = ROOT / "resources" / "samples"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.serial,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not PACKAGES, reason="there is no package in dist/ (python3 dev.py package deb)"),
]


@pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
def test_installed_used_and_removed_on_a_clean_debian(tmp_path):
    with debian_root(tmp_path / "root") as root:
        shutil.copy(PACKAGES[-1], root.folder / "tmp" / "maskwright.deb")
        refuses_a_small_disk(root)
        root.apt("install", "--no-install-recommends", "/tmp/maskwright.deb", "shared-mime-info", "fonts-dejavu-core")
        tried = root.run("maskwright", "--self-test", user=USER)
        print(tried.stdout, tried.stderr)
        assert tried.returncode == 0
        assert "with the fix of the WAL reset" in tried.stdout
        assert is_project_file(root)
        home = root.folder / "home" / USER
        shutil.copytree(PHOTOS, home / "Fotos äß 写真")
        use_window(root)
        before = files(home)
        assert any(name.endswith(".maskwright") for name in before)
        root.apt("purge", "maskwright")
        assert files(home) == before
        left = [path for path in (root.folder / "usr").rglob("*maskwright*") if "apt" not in path.parts]
        assert left == []


def refuses_a_small_disk(root):
    """dpkg says that there is no room, and takes back what it had unpacked until then."""
    place = "/usr/lib/maskwright"
    script = f"""
        mkdir {place} && mount -t tmpfs -o size=100m none {place}
        dpkg --unpack /tmp/maskwright.deb
        echo "status $?, left: $(find {place} -type f | wc -l) $(ls /usr/bin/maskwright 2>/dev/null)"
        umount {place} && rmdir {place}
    """
    done = root.run("sh", "-c", script)
    assert "No space left on device" in done.stderr
    assert "status 1, left: 0 \n" in done.stdout, done.stdout + done.stderr


def is_project_file(root):
    """Whether the desktop knows what *.maskwright is, and what opens it."""
    kinds = (root.folder / "usr/share/mime/globs2").read_text()
    entry = (root.folder / "usr/share/applications/maskwright.desktop").read_text()
    return "application/x-maskwright:*.maskwright" in kinds and "MimeType=application/x-maskwright;" in entry


def use_window(root):
    """A normal user opens a folder of photos, sees the window and closes it."""
    folder = f"/home/{USER}/Fotos äß 写真"
    root.run("chown", "-R", f"{USER}:{USER}", f"/home/{USER}")
    with screen() as xvfb:
        with root.start("maskwright", "open", folder, user=USER, display=xvfb.env["DISPLAY"]) as program:
            try:
                xvfb.window("Maskwright", timeout_s=90)
                xvfb.xdotool("sleep", 8)  # the model is there, and looks
                xvfb.xdotool("mousemove", 720, 450, "sleep", 2)
                print(xvfb.picture("debian"))
                xvfb.key("ctrl+q")
                said, _ = program.communicate(timeout=60)
            finally:
                program.kill()
        assert program.returncode == 0, said


def files(home):
    """Every file of a home by name with its size, without the traces that reading a database leaves."""
    return {str(path.relative_to(home)): path.stat().st_size for path in home.rglob("*") if path.is_file()}


@pytest.mark.skipif(not shutil.which("lintian"), reason="lintian is missing here (Debian: apt-get install lintian)")
def test_lintian_finds_no_error():
    command = ["lintian", "--fail-on", "error", "--allow-root", str(PACKAGES[-1])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout[-4000:])
    assert done.returncode == 0, [line for line in done.stdout.splitlines() if line.startswith("E:")]
