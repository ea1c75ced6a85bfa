"""Makes the compiled form of the bundled models, in resources/models: python -m app.learning.shipping.

To be done whenever their weights change, or app.sam.runtime.converted.FORM; tests/sam/test_shipped.py tells when it was
forgotten."""

from __future__ import annotations

import shutil

from app.paths import resource
from app.sam.catalog import Model, catalog, path_of
from app.sam.families import FAMILIES, model_key
from app.sam.runtime.conversion import convert
from app.sam.runtime.converted import shipped


def ship(model: Model) -> None:
    """Converts a model of the catalogue and removes what was made of its weights before."""
    key = model_key(FAMILIES[model.family], model.sha256)
    for old in resource("models").glob(f"{model.family}-*/"):
        if old.name != key:
            shutil.rmtree(old)
    # in half precision, as the weights are in the checkpoint: 10 MB
    convert(path_of(model), FAMILIES[model.family], shipped(key), lambda _done: None, half=True)


def main() -> None:
    """The command line."""
    for model in catalog():
        if model.bundled:
            ship(model)


if __name__ == "__main__":
    main()
