"""The shelf: read a model's card, find its weights, verify them, load them.

Importing this package imports no torch; `load` does when it is first called.
"""

from __future__ import annotations

import math
import os
import threading
from typing import TYPE_CHECKING

from cachetools import LRUCache

from explorer.fetching.progress import Progress, TerminalProgress, silent
from explorer.zoo.card import Card, companion_cards, find, shelf
from explorer.zoo.loading import fetch, is_cached
from explorer.zoo.made_names import is_made
from explorer.zoo.stamp import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from explorer.stack.systems.quantization.format import Packed
    from explorer.zoo.model import Dims, Model
    from explorer.zoo.vocabulary import Vocabulary

__all__ = [
    "DEFAULT", "Card", "Dims", "Model", "Progress", "TerminalProgress", "Vocabulary",
    "changed", "companion_cards", "fetch", "find", "forget", "is_cached", "load", "loaded", "shelf",
    "silent", "stamp_of",
]  # fmt: skip

DEFAULT = "smollm2-135m"
MAX_LOADED = 2
"""How many models are kept in memory; EXPLORER_MAX_LOADED overrides it."""

MADE_BYTES = 10**9
"""Bytes of models that are made here (`made_names`) and kept in memory; EXPLORER_SHELF_BYTES overrides it. The last one
is kept whatever it takes."""

# Without bounds of their own: those of the environment are read with each load.
_loaded: LRUCache[str, Model] = LRUCache(math.inf)
_made: LRUCache[str, Model] = LRUCache(math.inf, getsizeof=lambda model: model.nbytes)
#: of their files, when they were loaded
_stamps: dict[str, str] = {}
_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()
# transformers and TransformerLens set process-wide state while they load (logging, default dtype): one load at a time.
_one_load = threading.Lock()


def load(name: str = DEFAULT, progress: Progress | None = None) -> Model:
    """The model of that name, loaded once and shared by all threads; the least recently used go first. One whose files
    were replaced since is loaded anew.

    `name` is a name of the shelf, a local folder, a .gguf file, a hub repository "owner/name[@revision]", or a model
    that is made here (`made_names`): of a training a checkpoint, which must be here. Raises UntrainedError,
    UnknownModelError, SourceMissingError, WeightsDamagedError or UnsupportedModelError, each with a hint; never
    returns half a model. A failed load leaves nothing behind.
    """
    now = stamp(name) or (stamp_of(name) if is_made(name) else "")  # a checkpoint may be gone from the disk by now
    with _guard:
        if (model := _current(name, now)) is not None:
            return model
        lock = _locks.setdefault(name, threading.Lock())
    try:
        with lock:
            with _guard:
                if (model := _current(name, now)) is not None:
                    return model
            from explorer.zoo.loading import load_model

            with _one_load:
                model = load_model(name, progress or silent)
            with _guard:
                _kept(name)[name], _stamps[name] = model, now
                _shrink()
            return model
    finally:
        with _guard:
            if not lock.locked():
                _locks.pop(name, None)


def _kept(name: str) -> LRUCache[str, Model]:
    """Where the model of that name is kept."""
    return _made if is_made(name) else _loaded


def _shrink() -> None:
    """Let those go that were asked for longest ago, where there are too many, or too many bytes of made ones."""
    while len(_loaded) > max(1, int(os.environ.get("EXPLORER_MAX_LOADED") or MAX_LOADED)):
        _stamps.pop(_loaded.popitem()[0], None)
    while len(_made) > 1 and _made.currsize > int(os.environ.get("EXPLORER_SHELF_BYTES") or MADE_BYTES):
        _stamps.pop(_made.popitem()[0], None)


def _current(name: str, now: str) -> Model | None:
    """The loaded model, if its files are still those that it was loaded from."""
    found = _kept(name).get(name)
    return found if _stamps.get(name, now) == now else None


def stamp_of(name: str) -> str:
    """Of the files that the model in memory was loaded from; where there is none, of those that are there now."""
    with _guard:
        if name in _kept(name) and name in _stamps:
            return _stamps[name]
    return stamp(name)


def changed(
    model: Model, weights: Mapping[str, torch.Tensor], edits: tuple[str, ...], packed: Mapping[str, Packed]
) -> Model:
    """A copy of a loaded model on other weights, by the checkpoint's names; what is not changed is shared."""
    from explorer.zoo.loading import on_weights

    with _one_load:
        return on_weights(model, weights, edits, packed)


def loaded(name: str) -> Model | None:
    """The model of that name if it is in memory: nothing is loaded."""
    with _guard:
        return _kept(name).get(name)


def forget(name: str | None = None) -> None:
    """Drop a model, or all, from memory."""
    with _guard:
        if name is None:
            _loaded.clear()
            _made.clear()
        else:
            _kept(name).pop(name, None)


def __getattr__(name: str) -> object:
    if name in {"Dims", "Model"}:
        from explorer.zoo import model

        return getattr(model, name)
    if name == "Vocabulary":
        from explorer.zoo.vocabulary import Vocabulary

        return Vocabulary
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
