"""The handlers of the model itself: load one, or forget it."""

from __future__ import annotations

from functools import partial

from app.engine.context import AbandonedError, EngineContext
from app.engine.progress import Throttle
from app.engine.replies import JobProgress, ModelLoaded, ModelUnloaded
from app.engine.requests import LoadModel, UnloadModel
from app.images.budget import give_back


def load(context: EngineContext, request: LoadModel) -> None:
    """Loads a model and uses it. One that fails leaves the model that was there."""
    predictor = context.load_predictor(request.name, partial(_progressed, context, request, Throttle()))
    context.use(predictor)
    give_back()
    context.deliver(ModelLoaded(request.name, predictor.model_key, predictor.device, predictor.preparation))


def unload(context: EngineContext, _request: UnloadModel) -> None:
    """Forgets the model; its embeddings stay, for the next time."""
    context.use(None)
    give_back()
    context.deliver(ModelUnloaded())


def _progressed(context: EngineContext, request: LoadModel, throttle: Throttle, fraction: float) -> None:
    with context.lock:
        if context.stopping or context.scheduler.model is not None:
            raise AbandonedError
    if throttle.is_due():
        context.deliver(JobProgress(request, fraction))
