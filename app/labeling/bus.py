"""How the parts of a session talk: requests to the engine, its replies, and events to those who listen."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.delivery import Delivery
from app.engine.requests import Submit
from app.labeling.events import Tell


@dataclass(frozen=True)
class Bus:
    """One for all parts of a session. Replies are delivered in the order in which the parts asked for them."""

    engine: Submit
    replies: Delivery
    tell: Tell
