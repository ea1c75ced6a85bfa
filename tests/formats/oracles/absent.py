"""What the oracles import and we ask nothing of (plots, notebooks, downloads, video): it is not installed, and anything
that is done with it is nothing."""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from unittest.mock import MagicMock

NAMES = {
    "IPython", "av", "bbox_visualizer", "click", "fire", "ipywidgets", "jupyter_bbox_widget", "matplotlib", "requests",
    "rich", "scipy", "sklearn",
}  # fmt: skip


class _Absent(MetaPathFinder, Loader):
    def find_spec(self, name, _path=None, _target=None):
        return ModuleSpec(name, self, is_package=True) if name.split(".")[0] in NAMES else None

    def create_module(self, spec):
        module = MagicMock()
        module.__path__, module.__spec__ = [], spec
        return module

    def exec_module(self, module):
        pass


sys.meta_path.append(_Absent())
