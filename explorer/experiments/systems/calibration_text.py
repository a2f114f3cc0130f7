"""The text that weights are calibrated with: the project's passages of six kinds, which no model trained here has read.

A block's inputs are kept while its model is: several views ask for the same.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import passages
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems.unchanged_weights import against
from explorer.stack.systems.quantization.calibration import Inputs, collected
from explorer.stack.systems.quantization.matrices import Matrix, matrices

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Tokens of a window, windows that are read at once, and how many there are.
WINDOW, AT_ONCE, WINDOWS = 128, 4, 16


@dataclass(frozen=True, eq=False)
class Reading:
    """What one block's matrices read."""

    ids: Int[Tensor, " token"]
    """In the order of the rows."""
    inputs: dict[str, Inputs]
    """By matrix; the rows are kept."""


_KNOWN: WeakKeyDictionary[Model, dict[int, Reading]] = WeakKeyDictionary()


def windows(model: Model, count: int = WINDOWS, width: int = WINDOW) -> list[Int[Tensor, "batch pos"]]:
    """So many windows, `AT_ONCE` together: passages of all kinds in turn, one after the other."""
    width = min(width, model.dims.n_ctx)
    kinds = passages.read()
    turns = itertools.chain.from_iterable(zip(*(each.excerpts for each in kinds), strict=False))
    ids: list[int] = []
    for excerpt in turns:
        if len(ids) >= count * width:
            break
        ids += model.vocabulary.encode(excerpt.text)
    full = min(count, len(ids) // width)
    return list(torch.tensor(ids[: full * width]).view(full, width).split(AT_ONCE))


def importances(model: Model, progress: Ticks = unheard) -> dict[str, Float[Tensor, " in"]]:
    """How much an error in each input of a matrix counts: its mean square on this text (llama.cpp's imatrix)."""
    found = collected(model.decoder, windows(model), products=False, progress=progress)
    return {name: each.mean_square.float() for name, each in found.items()}


def reading(model: Model, layer: int, progress: Ticks = unheard) -> Reading:
    """The block's inputs on this text. Of a model the last few blocks that were asked for are kept."""
    known = _KNOWN.setdefault(model, {})
    if layer not in known:
        texts = windows(model)
        inputs = collected(model.decoder, texts, [layer], keep=True, progress=progress)
        while len(known) > 2:
            known.pop(next(iter(known)))
        known[layer] = Reading(torch.cat([each.flatten() for each in texts]), inputs)
    return known[layer]


def of_block(model: Model, layer: int, expert: int | None = None) -> list[Matrix]:
    """The block's matrices; of a mixture one expert's."""
    chosen = expert or 0
    return [each for each in matrices(model.decoder) if each.layer == layer and each.expert in (None, chosen)]


def baseline(model: Model) -> str:
    """What a loss is measured against: the weights as they were stored."""
    return against("Losses", model.card)
