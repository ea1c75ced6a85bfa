"""Builds what is given to people: `python3 dev.py package [WHAT...]`, in an environment that holds the program.

WHAT: frozen, tarball, deb, appimage, installer, python (sdist and wheel); all of them when none is named. What others
are made of is made too.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import sizes
from freeze import FROZEN, freeze
from version import ROOT, version

BUILD, DIST = ROOT / "build", ROOT / "dist"
WHAT = ("frozen", "tarball", "deb", "appimage", "installer", "python")


def main() -> int:
    """Builds, prints the sizes, and returns 1 when they are larger than they may be."""
    parser = argparse.ArgumentParser(prog="dev.py package", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", nargs="*", choices=[*WHAT, []], metavar="WHAT", help=", ".join(WHAT))
    parser.add_argument("--level", type=int, default=3, help="of xz for the .tar.xz, 0 to 9")
    parser.add_argument("--again", action="store_true", help="take the frozen program of the last time")
    options = parser.parse_args()
    wanted = options.what or [what for what in WHAT if what != "frozen"]
    if "python" in wanted:
        build_distributions()
    if wanted == ["python"]:
        return 0
    if not (options.again and FROZEN.is_dir()):
        freeze()
    archive = None
    if sys.platform == "linux":
        archive = linux_artefacts(wanted, level=options.level)
    if "installer" in wanted:
        compile_windows_installer()
    print(sizes.artefacts(DIST), sizes.told(FROZEN, archive), sep="\n\n")
    return 0 if archive is None or sizes.is_small_enough(FROZEN, archive) else 1


def build_distributions() -> None:
    """Makes what pipx installs: the sdist, and of it the wheel."""
    command = [sys.executable, "-P", "-m", "build", "--outdir", str(DIST), str(ROOT)]  # -P: there is a folder `build`
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    made = (f"maskwright-{version()}.tar.gz", f"maskwright-{version()}-py3-none-any.whl")
    print(*(DIST / name for name in made), sep="\n", flush=True)


def linux_artefacts(wanted: list[str], *, level: int) -> Path | None:
    """Builds what Linux gets, and returns the path of the .tar.xz if it is wanted."""
    from linux.appimage import write_appimage
    from linux.deb import write_deb
    from linux.tarball import write_tarball

    if "deb" in wanted:
        print(write_deb(FROZEN, BUILD / "deb", DIST), flush=True)
    if "appimage" in wanted:
        image = write_appimage(FROZEN, BUILD / "Maskwright.AppDir", DIST)
        print(image or "build/Maskwright.AppDir (appimagetool, which makes the AppImage, is missing here)", flush=True)
    archive = write_tarball(FROZEN, BUILD / "tarball", DIST, level=level) if "tarball" in wanted else None
    print(archive or "", flush=True)
    return archive


def compile_windows_installer() -> None:
    """Compiles installer.nsi: for what was frozen on Windows, elsewhere for a stand-in, to see that it compiles."""
    if not (ROOT / "installer.nsi").exists() or shutil.which("makensis") is None:
        print("The installer for Windows is left out: makensis is missing here (Debian: apt-get install nsis).")
        return
    from windows_installer import compile_installer

    if sys.platform == "win32":
        print(compile_installer(FROZEN, DIST))
        return
    with tempfile.TemporaryDirectory() as folder:
        payload = Path(folder) / "payload"
        payload.mkdir()
        (payload / "maskwright.exe").write_bytes(b"MZ")
        compile_installer(payload, Path(folder))
        print("installer.nsi compiles (with a stand-in for the program: that is frozen on Windows)")


if __name__ == "__main__":
    sys.exit(main())
