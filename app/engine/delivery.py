"""Who gets which reply of the engine: a table from the kind of a reply to those who asked for it (observer pattern)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Handler: TypeAlias = Callable[[Any], object]
_Kind: TypeAlias = tuple[type, type | None]


class Delivery:
    """Delivers each reply to those who asked for its kind, in the order in which they did.

    Not thread-safe: `on` and `deliver` are called on one thread, in the window the GUI thread.
    """

    def __init__(self) -> None:
        self._handlers: defaultdict[_Kind, list[Handler]] = defaultdict(list)

    def on(self, kind: type, do: Handler, *, of: type | None = None) -> Callable[[], None]:
        """Calls `do` with every reply of that kind from now on. Returns what ends it.

        `of` narrows it to replies that name such a request, as Failed and JobProgress do: `on(Failed, do, of=Decode)`.
        """
        handlers = self._handlers[kind, of]
        handlers.append(do)
        return lambda: handlers.remove(do) if do in handlers else None

    def kinds(self) -> Sequence[tuple[type, type | None]]:
        """Returns the kinds of replies that somebody asked for, each with what it is narrowed to."""
        return [kind for kind, handlers in self._handlers.items() if handlers]

    def deliver(self, reply: object) -> bool:
        """Calls those who asked for this kind of reply. Returns False if nobody did."""
        request: object = getattr(reply, "request", None)
        kinds: list[_Kind] = [(type(reply), None)]
        if request is not None:
            kinds.insert(0, (type(reply), type(request)))
        handlers = [handler for kind in kinds for handler in self._handlers.get(kind, ())]
        for handler in handlers:
            handler(reply)
        return bool(handlers)
