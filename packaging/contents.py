"""What goes into the frozen program and what stays out, for packaging/pyinstaller.spec."""

from __future__ import annotations

import importlib.util
import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path, PurePosixPath

Entry = tuple[str, str, str]
"""Of PyInstaller's lists: where a file goes, where it is, what it is."""

EXCLUDED = [
    # windows of others, tests, and ways to install: none of it is asked
    "tkinter", "_tkinter", "turtle", "turtledemo", "idlelib", "lib2to3", "ensurepip", "venv", "test", "distutils",
    "nis", "pip", "setuptools", "pkg_resources", "wheel", "pytest", "IPython", "matplotlib", "pandas", "scipy",
    "skimage", "tensorboard", "triton", "torchvision", "torchaudio", "pillow_heif", "numpy.tests", "numpy.f2py",
    "PIL.ImageTk", "PIL.ImageQt", "openvino_telemetry", "tkinter.test", "sympy.testing",
    "networkx.tests",
]  # fmt: skip
"""Modules that stay out. pillow_heif brings x265, which is under the GPL and cannot be shipped with the rest."""

_OURS = ("app", "PIL", "msgspec", "typer", "rich", "safetensors", "pycocotools", "tifffile", "pydicom", "filelock",
         "openvino")  # fmt: skip
_STDLIB = ("concurrent", "email", "http", "importlib", "json", "logging", "sqlite3", "unittest", "urllib", "wsgiref",
           "xml", "xmlrpc", "zoneinfo", "asyncio", "collections", "ctypes", "curses", "dbm", "encodings", "html",
           "multiprocessing", "re", "tomllib")  # fmt: skip
"""Packages of the standard library that are taken whole: a plugin may ask what the program itself does not."""

_NO_FRONTENDS = tuple(f"openvino.{name}" for name in ("tools.benchmark", "frontend.jax", "frontend.onnx",
                                                      "frontend.paddle", "frontend.tensorflow"))  # fmt: skip
_OPENVINO = ("libopenvino.", "libopenvino_intel_cpu_plugin", "libopenvino_pytorch_frontend", "libopenvino_ir_frontend",
             "libtbb", "openvino.", "openvino_intel_cpu_plugin", "openvino_pytorch_frontend", "openvino_ir_frontend",
             "tbb", "libhwloc")  # fmt: skip
"""Reading a converted network and running it on the CPU; not: graphics, NPUs, the formats of other frameworks."""

_NOT_SHIPPED = re.compile(
    r"""(^|/)(tests?|testing)/(?!__init__\.py$) | \.(pyi|h|hpp|cuh|cpp|cmake|pc|lib|a|pxd|pyx|f90)$ |
        /py\.typed$ | ^torch/(include|bin/(?!torch_shm_manager)|share|test)/ | ^setuptools/ | (^|/)libQt6EglF\w+\. |
        ^PySide6/Qt/(qml|libexec|resources|metatypes|include|typesystems)/ |
        ^PySide6/Qt/plugins/(sqldrivers|qmltooling|qmllint|designer|networkinformation|egldeviceintegrations)/ |
        ^PySide6/Qt/plugins/platforms/libq(eglfs|linuxfb|vnc|minimalegl|vkkhrdisplay)\w*\. |
        ^PySide6/Qt/translations/(?!qtbase_)""",
    re.VERBOSE,
)

_SYSTEMS = re.compile(r"^(/usr)?/lib(64|32)?/")
_KEPT_OF_SYSTEM = re.compile(r"^lib(xcb-(cursor|icccm|image|keysyms|render-util|util|xkb)|xkbcommon|xkbcommon-x11|"
                             r"ssl|crypto|ffi|lzma|bz2|sqlite3|readline|ncursesw|panelw|tinfo|uuid|mpdec|"
                             r"python[23][\d.]*)\.so")  # fmt: skip
"""Of the libraries of the system where it is built only what other systems often lack: a copy of the rest (C++, glib,
X11, fonts) would be older or newer than the graphics drivers it meets."""


def modules() -> list[str]:
    """Returns what is imported by name alone: registries find their modules by looking through packages."""
    from PyInstaller.utils.hooks import collect_submodules

    plain = [name for name in sys.stdlib_module_names if importlib.util.find_spec(name.split(".")[0])]
    plain = [name for name in plain if name not in EXCLUDED and not name.startswith("_pyrepl")]
    return plain + [found for name in (*_STDLIB, *_OURS) for found in collect_submodules(name, filter=_is_shipped)]


def _is_shipped(name: str) -> bool:
    parts = name.split(".")
    return not ({"tests", "test", "idle_test"} & set(parts) or name in EXCLUDED or name.startswith(_NO_FRONTENDS))


def data(root: Path) -> list[tuple[str, str]]:
    """Returns (file, folder in the program): resources, licences, and what tells the versions of what is inside."""
    from PyInstaller.utils.hooks import copy_metadata

    listed = [(str(root / "resources"), "app/resources"), (str(root / "LICENSE"), "licenses")]
    notices = root / "build" / "THIRD_PARTY_NOTICES"
    listed += [(str(notices), "licenses")] if notices.exists() else []
    for name in sorted(distributions()):
        listed += copy_metadata(name)
    return listed


def distributions() -> set[str]:
    """Returns the names of all distributions that the program needs, its own first."""
    found: set[str] = set()
    waiting = ["maskwright"]
    while waiting:
        name = waiting.pop()
        try:
            version(name)
        except PackageNotFoundError:  # of another system, or an extra that is not installed
            continue
        if name.lower() in found:
            continue
        found.add(name.lower())
        waiting += [re.split(r"[ ;<>=!~\[(]", text, maxsplit=1)[0] for text in requires(name) or []]
    return {name for name in found if name.replace("-", "_") not in EXCLUDED and name not in EXCLUDED}


def openvino_libraries() -> list[tuple[str, str]]:
    """Returns (library, folder in the program) of OpenVINO, which loads its plugins by name."""
    spec = importlib.util.find_spec("openvino")
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parent / "libs"
    return [(str(file), "openvino/libs") for file in folder.iterdir() if file.name.startswith(_OPENVINO)]


def kept(entries: list[Entry]) -> list[Entry]:
    """Returns those of PyInstaller's entries that are shipped."""
    return [entry for entry in entries if _is_kept(PurePosixPath(entry[0].replace("\\", "/")), entry[1])]


def _is_kept(target: PurePosixPath, source: str) -> bool:
    if _NOT_SHIPPED.search(str(target)):
        return False
    if target.parts[:2] == ("openvino", "libs") and not target.name.startswith(_OPENVINO):
        return False
    return not _SYSTEMS.match(str(source)) or bool(_KEPT_OF_SYSTEM.match(target.name))


def with_sqlite(binaries: list[Entry], library: str | None) -> list[Entry]:
    """Returns the binaries with a library of SQLite in the place of the one that Python here was built with."""
    if not library:
        return binaries
    names = {"win32": "sqlite3.dll", "darwin": "libsqlite3.dylib"}
    name = names.get(sys.platform, "libsqlite3.so.0")
    others = [entry for entry in binaries if not re.match(r"(lib)?sqlite3\.(so|dll|\d*\.?dylib)", Path(entry[0]).name)]
    return [*others, (name, library, "BINARY")]


def icon(here: Path) -> str | None:
    """Returns the icon of the program's file, which is drawn where the system has such."""
    from icons import write_icns, write_ico

    makes = {"win32": ("maskwright.ico", write_ico), "darwin": ("maskwright.icns", write_icns)}.get(sys.platform)
    if makes is None:
        return None
    name, write = makes
    file = here.parent / "build" / name
    write(file)
    return str(file)
