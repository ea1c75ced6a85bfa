"""The folder that an AppImage is made of, left in build/ by `python3 dev.py package`: what mounts it is all that an
AppImage has besides."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.packaging.frozen import FROZEN, surroundings

APPDIR = FROZEN.parents[2] / "Maskwright.AppDir"
_MAY_MOUNT = ["unshare", "--mount", "true"]
_MOUNTED = 'mount -t squashfs -o loop,ro "$1" "$2" || exit 77; exec "$2/AppRun" --self-test'
_CANNOT = 77

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not APPDIR.is_dir(), reason="there is no Maskwright.AppDir (python3 dev.py package appimage)"),
    pytest.mark.skipif(not shutil.which("mksquashfs"), reason="mksquashfs is missing (Debian: squashfs-tools)"),
]


def test_it_runs_as_a_mounted_image_in_which_nothing_can_be_written(tmp_path):
    if subprocess.run(_MAY_MOUNT, check=False, capture_output=True).returncode:
        pytest.skip("to mount takes the rights of root")
    image, mounted = tmp_path / "image", tmp_path / "mounted äß"
    mounted.mkdir()
    quick = ["-comp", "zstd", "-Xcompression-level", "1", "-quiet", "-no-progress"]
    subprocess.run(["mksquashfs", APPDIR.resolve(), image, *quick], check=True, capture_output=True)
    command = ["unshare", "--mount", "sh", "-c", _MOUNTED, "sh", image, mounted]
    env = surroundings(tmp_path, APPDIR=str(mounted))
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode == _CANNOT:
        pytest.skip("no image can be mounted here")
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(mounted) in done.stdout
    assert "PROBLEM" not in done.stdout
