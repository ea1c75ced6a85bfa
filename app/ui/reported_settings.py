"""The settings as a report tells them, and which of them name something of the person's."""

from __future__ import annotations

from app.sam.catalog import catalog
from app.ui.settings import Settings

_NAMING = frozenset({Settings.models_dir.name, Settings.mirror.name})


def reported(settings: Settings) -> dict[str, str]:
    """Returns the value of each setting, as it stands in the file."""
    return {each.name: str(each.type.write(settings.value(each.name))) for each in Settings.all()}


def places(settings: Settings) -> frozenset[str]:
    """Returns the settings whose value is a folder, an address, or a model of one's own."""
    own = settings.model not in {model.name for model in catalog()}
    return _NAMING | ({Settings.model.name} if own else frozenset())
