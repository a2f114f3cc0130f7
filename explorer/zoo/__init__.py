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
from explorer.zoo.placement import Placement, in_force
from explorer.zoo.stamp import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from explorer.stack.systems.quantization.format import Packed
    from explorer.zoo.model import Dims, Model
    from explorer.zoo.vocabulary import Vocabulary

__all__ = [
    "DEFAULT", "Card", "Dims", "Model", "Placement", "Progress", "TerminalProgress", "Vocabulary",
    "changed", "companion_cards", "fetch", "find", "forget", "in_force", "is_cached", "load", "loaded",
    "shelf", "silent", "stamp_of",
]  # fmt: skip

Name = tuple[str, Placement]
DEFAULT = "smollm2-135m"
MAX_LOADED = 2
"""How many models are kept in memory; EXPLORER_MAX_LOADED overrides it."""

MADE_BYTES = 10**9
"""Bytes of models that are made here (`made_names`) and kept in memory; EXPLORER_SHELF_BYTES overrides it. The last one
is kept whatever it takes."""

# Without bounds of their own: those of the environment are read with each load.
_loaded: LRUCache[Name, Model] = LRUCache(math.inf)
_made: LRUCache[Name, Model] = LRUCache(math.inf, getsizeof=lambda model: model.nbytes)
#: of their files, when they were loaded
_stamps: dict[Name, str] = {}
_locks: dict[Name, threading.Lock] = {}
_guard = threading.Lock()
# transformers and TransformerLens set process-wide state while they load (logging, default dtype): one load at a time.
_one_load = threading.Lock()


def load(
    name: str = DEFAULT, progress: Progress | None = None, *, device: str | None = None, dtype: str | None = None
) -> Model:
    """The model of that name, loaded once and shared by all threads; the least recently used go first. One whose files
    were replaced since is loaded anew.

    `name` is a name of the shelf, a local folder, a .gguf file, a hub repository "owner/name[@revision]", or a model
    that is made here (`made_names`): of a training a checkpoint, which must be here. Raises UntrainedError,
    UnknownModelError, SourceMissingError, WeightsDamagedError or UnsupportedModelError, each with a hint; never
    returns half a model. A failed load leaves nothing behind.

    device, dtype: where its weights lie and in which format; what EXPLORER_DEVICE and EXPLORER_DTYPE say, if not given
    (see placement.py). Raises NotApplicableError for a device that torch does not see.
    """
    placement = Placement.read(device=device, dtype=dtype).found()
    now = stamp(name) or (stamp_of(name) if is_made(name) else "")  # a checkpoint may be gone from the disk by now
    known = name, placement
    with _guard:
        if (model := _current(known, now)) is not None:
            return model
        lock = _locks.setdefault(known, threading.Lock())
    try:
        with lock:
            with _guard:
                if (model := _current(known, now)) is not None:
                    return model
            from explorer.zoo.loading import load_model

            with _one_load:
                model = load_model(name, progress or silent, placement)
            with _guard:
                _kept(name)[known], _stamps[known] = model, now
                _shrink()
            return model
    finally:
        with _guard:
            if not lock.locked():
                _locks.pop(known, None)


def _kept(name: str) -> LRUCache[Name, Model]:
    """Where the model of that name is kept."""
    return _made if is_made(name) else _loaded


def _shrink() -> None:
    """Let those go that were asked for longest ago, where there are too many, or too many bytes of made ones."""
    while len(_loaded) > max(1, int(os.environ.get("EXPLORER_MAX_LOADED") or MAX_LOADED)):
        _stamps.pop(_loaded.popitem()[0], None)
    while len(_made) > 1 and _made.currsize > int(os.environ.get("EXPLORER_SHELF_BYTES") or MADE_BYTES):
        _stamps.pop(_made.popitem()[0], None)


def _current(known: Name, now: str) -> Model | None:
    """The loaded model, if its files are still those that it was loaded from."""
    found = _kept(known[0]).get(known)
    return found if _stamps.get(known, now) == now else None


def stamp_of(name: str) -> str:
    """Of the files that the model in memory was loaded from; where there is none, of those that are there now."""
    known = name, in_force()
    with _guard:
        if known in _kept(name) and known in _stamps:
            return _stamps[known]
    return stamp(name)


def changed(
    model: Model, weights: Mapping[str, torch.Tensor], edits: tuple[str, ...], packed: Mapping[str, Packed]
) -> Model:
    """A copy of a loaded model on other weights, by the checkpoint's names; what is not changed is shared."""
    from explorer.zoo.loading import on_weights

    with _one_load:
        return on_weights(model, weights, edits, packed)


def loaded(name: str, placement: Placement | None = None) -> Model | None:
    """The model of that name if it is in memory where the environment says, or on `placement`: nothing is loaded."""
    known = name, placement or in_force()
    with _guard:
        return _kept(name).get(known)


def forget(name: str | None = None) -> None:
    """Drop a model, or all, from memory."""
    with _guard:
        for kept in (_loaded, _made):
            for known in [each for each in kept if name in (None, each[0])]:
                del kept[known]


def __getattr__(name: str) -> object:
    if name in {"Dims", "Model"}:
        from explorer.zoo import model

        return getattr(model, name)
    if name == "Vocabulary":
        from explorer.zoo.vocabulary import Vocabulary

        return Vocabulary
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
