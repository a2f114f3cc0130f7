"""A token's neighbours in a model's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.embeddings import vocabulary
from explorer.stack.embeddings.similarity import cosines, nearest
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: neighbours, bars of the histogram, rows that numpy multiplies at once
NEAR, BINS, CHUNK = 14, 80, 8192
Table = Literal["W_E", "W_U"]


@dataclass(frozen=True, eq=False)
class Near:
    """The rows of one table that are nearest to a token's."""

    table: Table
    ids: list[int]
    cosines: Float[Tensor, " near"]
    counts: Int[Tensor, " bin"]
    """Of all cosines, from -1 to 1."""
    norm: float
    longer: int
    """Rows that are longer."""


def _rows(model: Model, table: Table) -> tuple[Float[Tensor, "d_vocab d_model"], Float[Tensor, " d_vocab"]]:
    """A table and the lengths of its rows."""
    found = vocabulary.tables(model)
    return (found.W_E, found.norms_E) if table == "W_E" else (found.W_U, found.norms_U)


def near(model: Model, token: int) -> list[Near]:
    """In the table that reads the token, and in the one that says it, where they are two."""
    names: tuple[Table, ...] = ("W_E",) if vocabulary.tables(model).one else ("W_E", "W_U")
    return [_near(model, token, name) for name in names]


def _near(model: Model, token: int, name: Table) -> Near:
    table, norms = _rows(model, name)
    found = nearest(table, table[token], NEAR, [token], norms)
    counts = torch.histc(cosines(table, table[token], norms).clamp(-1, 1), BINS, -1, 1).int()
    longer = int((norms > norms[token]).sum())
    return Near(name, found.ids.tolist(), found.cosines, counts, float(norms[token]), longer)


def cosine(model: Model, table: Table, one: int, other: int) -> float:
    """Of two tokens' rows."""
    rows, norms = _rows(model, table)
    return float(cosines(rows[[other]], rows[one], norms[[other]]))


def against_numpy(model: Model, token: int, found: list[Near]) -> float:
    """How far the cosines lie from those of numpy in float64."""
    return worst(_against_numpy(_rows(model, each.table)[0], token, each.cosines) for each in found)


def _against_numpy(table: Tensor, row: int, found: Float[Tensor, " near"]) -> float:
    """The nearest rows found anew: cos = 1 - |u - v|^2 / 2 for u and v of length 1, in float64, part by part."""
    rows = table.numpy()
    v = rows[row].astype(np.float64)
    v /= max(float(np.sqrt((v * v).sum())), 1e-30)
    best: list[float] = []
    for at in range(0, len(rows), CHUNK):
        u = rows[at : at + CHUNK].astype(np.float64)
        u /= np.maximum(np.sqrt(np.einsum("rd,rd->r", u, u)), 1e-30)[:, None]
        u -= v
        close = 1 - np.einsum("rd,rd->r", u, u) / 2
        if at <= row < at + CHUNK:
            close[row - at] = -np.inf
        best = sorted([*best, *np.partition(close, -min(NEAR, len(close)))[-NEAR:]], reverse=True)[:NEAR]
    return float(np.abs(np.array(best[: len(found)]) - found.double().numpy()).max())


def same_vectors(one: Model, other: Model) -> bool:
    """Whether both models' tables hold the same numbers."""
    mine, theirs = vocabulary.tables(one), vocabulary.tables(other)
    return torch.equal(mine.W_E, theirs.W_E) and torch.equal(mine.W_U, theirs.W_U)
