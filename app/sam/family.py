"""What makes a family of models: one record, in one file of app/sam/families. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.sam.presets import Presets

if TYPE_CHECKING:
    from app.sam.network import NetworkModule
    from app.sam.preprocess import Input


def square(side: int) -> Input:
    """The input of SAM: a square of side x side pixels."""
    from app.sam.preprocess import Square

    return Square(side)


def same(key: str) -> str | None:
    """The keys of the checkpoint are those of the network."""
    return key


@dataclass(frozen=True)
class Family:
    """One architecture at one size, or one that is known by its checkpoints but cannot be run here."""

    name: str
    """As in the catalogue: starter, mobile_sam, vit_b, ... Part of the model key."""
    title: str
    """For people."""
    build: Callable[[], NetworkModule] | None
    """Makes the network with weights of no meaning; imports torch. None: this version cannot run the family. It is
    pickled by name, since networks are converted in another process: a function of a module, or a partial of one."""
    signature: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    """Keys and shapes of a checkpoint that no other family has."""
    prefix: str = ""
    """A key that begins so is in the checkpoint, and in none of another family; "" for no such demand."""
    rename: Callable[[str], str | None] = same
    """From a key of the checkpoint to that of the network; None drops it."""
    input: Callable[[], Input] | None = None
    """Tells how an image becomes the input of the network; None: only the network knows, and torch always runs it."""
    presets: Presets = field(default_factory=Presets)
    """Of everything mode."""
    earlier: tuple[Family, ...] = ()
    """What went by this name before: other architectures, whose files are still to be run."""

    def fits(self, state: Mapping[str, Any]) -> bool:
        """True if a checkpoint looks like this family, now or earlier. state: tensors by key; only keys and shapes are
        looked at."""
        return any(kind._is_kind_of(state) for kind in (self, *self.earlier))

    def kind_of(self, state: Mapping[str, Any]) -> Family:
        """The architecture of a checkpoint: the first that it looks like, the present one before earlier ones."""
        return next((kind for kind in (self, *self.earlier) if kind._is_kind_of(state)), self)

    def _is_kind_of(self, state: Mapping[str, Any]) -> bool:
        if not self.prefix and not self.signature:  # of a plugin: it would be taken for everything
            return False
        if self.prefix and not any(key.startswith(self.prefix) for key in state):
            return False
        return all(key in state and tuple(state[key].shape) == shape for key, shape in self.signature.items())
