"""Where files lie: what we ship, and the folders of the user. Nothing is ever written beside the program."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

import platformdirs

_APP = Path(__file__).resolve().parent
_chosen_models_dir: Path | None = None


def is_frozen() -> bool:
    """Returns whether this is the program as installers bring it: with a Python of its own, and without pip."""
    return bool(getattr(sys, "frozen", False))


def resource(name: str) -> Path:
    """A shipped file or folder, by its path below resources/. Installed wheels carry it inside the package."""
    return _resources() / name


@cache
def _resources() -> Path:
    installed = _APP / "resources"
    return installed if installed.is_dir() else _APP.parent / "resources"


def data_dir() -> Path:
    """Models and the sample project. MASKWRIGHT_HOME puts all folders below one place (tests, a USB stick)."""
    return _user_dir("data", platformdirs.user_data_path("maskwright", appauthor=False))


def cache_dir() -> Path:
    """Returns the folder for what may be deleted at any time."""
    return _user_dir("cache", platformdirs.user_cache_path("maskwright", appauthor=False))


def embeddings_dir() -> Path:
    """What encoders made of images. May be deleted at any time, or filled with embeddings made elsewhere."""
    return cache_dir() / "embeddings"


def overviews_dir() -> Path:
    """Huge images made small. May be deleted at any time."""
    return cache_dir() / "overviews"


def compiled_dir() -> Path:
    """What OpenVINO made of checkpoints. May be deleted at any time."""
    return cache_dir() / "openvino"


def logs_dir() -> Path:
    """Returns the folder of the program's log."""
    return data_dir() / "logs"


def config_dir() -> Path:
    """Returns the folder for the person's settings."""
    return _user_dir("config", platformdirs.user_config_path("maskwright", appauthor=False))


def models_dir() -> Path:
    """Checkpoints that were downloaded or imported."""
    return _chosen_models_dir or data_dir() / "models"


def plugins_dir() -> Path:
    """Returns where `pip install --target` puts plugins for a program that was installed without a Python."""
    return data_dir() / "plugins"


def use_models_dir(folder: Path | None) -> None:
    """Makes another folder that of the models, for this process; None for the one among the user's data."""
    global _chosen_models_dir
    _chosen_models_dir = folder


def is_own(path: Path) -> bool:
    """Whether it is one of the user's own folders, or lies below one."""
    return any(path.is_relative_to(own) for own in (data_dir(), cache_dir(), config_dir()))


def _user_dir(kind: str, standard: Path) -> Path:
    home = os.environ.get("MASKWRIGHT_HOME")
    return Path(home) / kind if home else standard
