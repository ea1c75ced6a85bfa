"""Converts a checkpoint, once, to the files that OpenVINO compiles: in a process of its own, kept in the cache folder.

They lie in one folder, named after the model, that appears whole or not at all. Its manifest holds their hashes: a
folder that is damaged, or of another version, is made again.
"""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
import shutil
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import torch

from app.partial import temporary_folder
from app.private import make_folder
from app.problem import Problem
from app.sam.checkpoint import load_checkpoint
from app.sam.checksum import digest_of, sha256_of
from app.sam.family import Family
from app.sam.network import Graph, Part
from app.sam.runtime.choice import EXACT
from app.sam.runtime.compiled import DECODER, ENCODER
from app.sam.runtime.eager import rearranged
from app.text import say
from app.work import Work

FORM = 2
"""Raised when the converted networks change: those in the cache are then made again."""
_MANIFEST = "manifest.json"
_LOOK_S = 0.05
"""Between two looks at the other process: so long a cancel may wait."""
_STEPS = 4
"""Of a conversion: read, encoder, decoder, kept."""
_log = logging.getLogger(__name__)


class Converted:
    """The folder of one model's files."""

    def __init__(self, cache: Path, model_key: str) -> None:
        """Names the folder of a model's converted network. cache: of the converted networks of all models."""
        made_by = hashlib.sha256(f"{FORM} {version('openvino')} {version('torch')}".encode()).hexdigest()[:12]
        self._cache, self._model_key = cache, model_key
        self.folder = cache / f"{model_key}-{made_by}"

    @property
    def is_good(self) -> bool:
        """Whether every file is there and is what was written."""
        try:
            expected = msgspec.json.decode((self.folder / _MANIFEST).read_bytes(), type=dict[str, str])
            files = {path.name for path in self.folder.iterdir()} - {_MANIFEST}
            return files == set(expected) and all(sha256_of(self.folder / name) == expected[name] for name in files)
        except FileNotFoundError:
            return False
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            _log.warning("%s cannot be used: %s", self.folder, error)
            return False

    def discard(self) -> None:
        """Deletes what there is."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, graph: Graph, tell: Callable[[int], None]) -> None:
        """Converts and keeps; tells the steps that are done. Takes ten seconds or more. Problem without room."""
        try:
            make_folder(self._cache)
            with temporary_folder(self._cache) as folder:
                part = folder / "whole"
                make_folder(part)
                _convert(graph, part, tell)
                hashes = {path.name: digest_of(path) for path in part.iterdir()}
                (part / _MANIFEST).write_bytes(msgspec.json.encode(hashes))
                self.discard()
                with suppress(FileExistsError):  # another process was quicker
                    part.rename(self.folder)
        except OSError as error:
            raise Problem(
                say(
                    "The faster form of the model cannot be kept in {cache}: {reason}.",
                    cache=self._cache,
                    reason=error.strerror,
                )
            ) from error
        self._remove_older()
        tell(_STEPS)

    def _remove_older(self) -> None:
        """Removes the folders of this model that other versions made."""
        for path in self._cache.glob(f"{self._model_key}-*"):
            if path != self.folder:
                shutil.rmtree(path, ignore_errors=True)


def conversion(checkpoint: Path, family: Family, converted: Converted) -> Work[None]:
    """Waits for a process that converts: (steps done, all). Closing it ends that process. Problem when it fails."""
    context = multiprocessing.get_context("spawn")  # a fork would carry over the locks of torch's threads
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, checkpoint, family, converted), daemon=True)
    process.start()
    theirs.close()
    done, total = 0, _STEPS
    try:
        while done < total:
            if ours.poll(_LOOK_S):
                message = ours.recv()
                if isinstance(message, str):
                    raise Problem(message)
                done = message
            yield done, total
    except EOFError as error:
        raise Problem(say("The model could not be made faster: the process that did it ended.")) from error
    finally:
        process.kill()
        process.join()
        ours.close()


def _work(connection: Connection, checkpoint: Path, family: Family, converted: Converted) -> None:
    """Converts a checkpoint in the other process. It sends the numbers of steps done, or the sentence of a Problem,
    through the pipe."""
    with suppress(OSError, AttributeError):  # Windows has no nice
        os.nice(10)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # of torch.export, about code that is not ours
    try:
        _, network = load_checkpoint(checkpoint, family)
        connection.send(1)
        graph = rearranged(network, EXACT).graph()
        assert graph is not None
        converted.write(graph, connection.send)
    except Problem as problem:
        connection.send(str(problem))
    except Exception as error:
        connection.send(
            say("The model could not be made faster: {name}: {error}", name=type(error).__name__, error=error)
        )
        raise


@torch.no_grad()
def _convert(graph: Graph, folder: Path, tell: Callable[[int], None]) -> None:
    # torch.export runs the network on shapes only: a traced ViT-B takes a minute instead of ten seconds
    _save(graph.encoder(), folder / ENCODER)
    tell(2)
    _save(graph.decoder(), folder / DECODER)
    tell(3)


def _save(part: Part, file: Path) -> None:
    import openvino

    program = torch.export.export(part.module, part.inputs, dynamic_shapes=part.dynamic_shapes)
    openvino.save_model(openvino.convert_model(program), file, compress_to_fp16=False)
