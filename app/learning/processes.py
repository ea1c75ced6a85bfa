"""Processes that share the machine's processors among them."""

from __future__ import annotations

import os

import cv2
import torch


def use_one_thread() -> None:
    """Keeps this process to one processor: there is a process for each of the others."""
    os.environ["OMP_NUM_THREADS"] = "1"  # app.sam.runtime.compiled gives OpenVINO as many
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
