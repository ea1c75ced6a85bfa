"""Builds SQLite as the library that the frozen program loads: `python packaging/sqlite.py`.

The SQLite of the system that builds may be years old, and one before 3.51.3 can damage a file in WAL mode when two
processes write at once. The source is the amalgamation that the npm package better-sqlite3 carries (SQLite is in the
public domain); whoever has no network puts that sqlite3.c into build/sqlite/.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from version import ROOT

PACKAGE = "better-sqlite3@13.2.0"
SOURCE = "package/deps/sqlite3/sqlite3.c"
VERSION = "3.54.1"
SHA256 = "75a4760a7b9727a4c4c877aec92eacf39e52a8f2921ce00bd33be6d3a8e8e254"
FOLDER = ROOT / "build" / "sqlite"
OPTIONS = (
    "SQLITE_THREADSAFE=1", "SQLITE_SECURE_DELETE", "SQLITE_USE_URI", "SQLITE_MAX_VARIABLE_NUMBER=250000",
    "SQLITE_ENABLE_COLUMN_METADATA", "SQLITE_ENABLE_DBSTAT_VTAB", "SQLITE_ENABLE_FTS5", "SQLITE_ENABLE_RTREE",
    "SQLITE_ENABLE_MATH_FUNCTIONS", "SQLITE_ENABLE_UPDATE_DELETE_LIMIT", "SQLITE_ENABLE_LOAD_EXTENSION",
)  # fmt: skip
"""Debian's, as far as a module of Python can notice them."""


def build() -> Path:
    """Returns the path of the library in build/sqlite, which is made unless it is there.

    Raises:
        SystemExit: The source or a compiler cannot be had here; the message says what to do.
    """
    library = FOLDER / {"win32": "sqlite3.dll", "darwin": "libsqlite3.dylib"}.get(sys.platform, "libsqlite3.so.0")
    stamp = FOLDER / "built"
    wanted = " ".join([SHA256, *OPTIONS])
    if library.exists() and stamp.exists() and stamp.read_text() == wanted:
        return library
    FOLDER.mkdir(parents=True, exist_ok=True)
    source = fetched()
    print(f"compiling SQLite {VERSION}", flush=True)
    command = _command(source, library)
    if shutil.which(command[0]) is None:
        sys.exit(f"SQLite cannot be built: there is no {command[0]}. A C compiler is needed.")
    subprocess.run(command, check=True, cwd=FOLDER)
    stamp.write_text(wanted)
    return library


def fetched() -> Path:
    """Returns the path of sqlite3.c, which is fetched with npm unless it is there, and is what we know."""
    source = FOLDER / "sqlite3.c"
    if not (source.exists() and _is_known(source)):
        npm = shutil.which("npm")
        if npm is None:
            sys.exit(f"SQLite's source comes with npm, which is missing. Put sqlite3.c of {PACKAGE} into {FOLDER}.")
        print(f"npm pack {PACKAGE}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [npm, "pack", "--silent", PACKAGE, "--pack-destination", folder], check=True, stdout=subprocess.DEVNULL
            )
            [packed] = Path(folder).glob("*.tgz")
            with tarfile.open(packed) as archive:
                member = archive.extractfile(SOURCE)
                assert member is not None
                source.write_bytes(member.read())
    if not _is_known(source):
        source.unlink()
        sys.exit(f"The sqlite3.c of {PACKAGE} is not the one that was looked at. Nothing was built.")
    return source


def _is_known(source: Path) -> bool:
    return hashlib.sha256(source.read_bytes()).hexdigest() == SHA256


def _command(source: Path, library: Path) -> list[str]:
    defines = [f"-D{option}" for option in OPTIONS]
    if sys.platform == "win32":
        exported = "-DSQLITE_API=__declspec(dllexport)"
        return ["cl", "/nologo", "/O2", "/MD", "/LD", *defines, exported, str(source), f"/Fe{library}"]
    compiler = os.environ.get("CC", "cc")
    if sys.platform == "darwin":
        own = ["-dynamiclib", "-install_name", f"@rpath/{library.name}"]
    else:
        own = ["-shared", f"-Wl,-soname,{library.name}", "-Wl,-z,relro,-z,now", "-s", "-lm"]
    return [compiler, "-O2", "-fPIC", *defines, str(source), *own, "-o", str(library)]


if __name__ == "__main__":
    print(build())
