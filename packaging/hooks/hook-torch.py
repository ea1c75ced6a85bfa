"""What PyInstaller takes of torch, in place of its own hook: what this program can come to run on a CPU.

The sources stay beside the compiled modules: torch.export, which turns checkpoints into what OpenVINO runs, reads them.
"""

import sys
from pathlib import Path

from PyInstaller.utils.hooks import collect_dynamic_libs, collect_submodules, get_package_paths

_NOT_RUN = (
    "torch.test",
    "torch.testing._internal",  # but for what is imported by other modules, and so found
    "torch.utils.tensorboard",
    "torch.utils.benchmark",
    "torch.utils.bottleneck",
    "torch.utils.model_dump",
    "torch.utils.hipify",
    "torch.include",
    "torch.bin",
    "torch.share",
)
_FOR_TESTS = ("libtorchbind_test", "libaoti_custom_ops", "libbackend_with_compiler", "libjitbackend_test")


def _is_run(name: str) -> bool:
    return not any(name == part or name.startswith(f"{part}.") for part in _NOT_RUN)


module_collection_mode = "pyz+py"
warn_on_missing_hiddenimports = False
hiddenimports = collect_submodules("torch", filter=_is_run, on_error="ignore")
excludedimports = [name for name in _NOT_RUN if not name.startswith("torch.testing")]
binaries = [
    (file, folder)
    for file, folder in collect_dynamic_libs("torch", search_patterns=["*.so", "*.so.*", "*.dll", "*.dylib"])
    if not any(name in file for name in _FOR_TESTS)
]
if sys.platform != "win32":  # torch looks for it as it is imported
    binaries += [(str(Path(get_package_paths("torch")[1], "bin", "torch_shm_manager*")), "torch/bin")]
# else PyInstaller makes links to them beside the program, and torch looks for its libraries there
bindepend_symlink_suppression = ["**/torch/lib/*.so*"]
