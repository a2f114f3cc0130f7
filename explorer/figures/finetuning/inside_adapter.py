"""A trained adapter from within."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from explorer.experiments.finetuning import inside_adapter as experiment
from explorer.experiments.finetuning.worn import Worn
from explorer.figures.payload import Payload
from explorer.stack.finetuning.spectrum import effective_rank

#: Cells of a picture along one axis, at most.
CELLS = 96


@dataclass(frozen=True, kw_only=True)
class AdapterPicture(Payload):
    """A matrix in cells, each the root mean square of the numbers in it."""

    name: str
    shape: tuple[int, int]
    cells: Float[ndarray, "row column"]
    norm: float


@dataclass(frozen=True, kw_only=True)
class AdapterMatrix(Payload):
    """One matrix and its update."""

    adapter: str
    offered: tuple[str, ...]
    layer: str
    block: int
    blocks: int
    r: int
    scale: float
    pictures: tuple[AdapterPicture, ...]
    values: Float[ndarray, " r"]
    """Singular values of the update."""
    base: Float[ndarray, " all"]
    tuned: Float[ndarray, " top"]
    effective_rank: float
    cosines: Float[ndarray, "r top"]
    """Of the update's left directions to the matrix's first."""
    nearest: Float[ndarray, " top"]
    """Of each first direction of the sum, the largest cosine to any of the matrix's."""
    bound: float
    chance: float
    """What a direction at random has within the first ones: their share of all."""


@dataclass(frozen=True, kw_only=True)
class AdapterSize(Payload):
    """The update of one matrix."""

    block: int
    role: str
    base: float
    update: float
    effective_rank: float


@dataclass(frozen=True, kw_only=True)
class AdapterDepth(Payload):
    """All of them."""

    adapter: str
    offered: tuple[str, ...]
    r: int
    blocks: int
    sizes: tuple[AdapterSize, ...]


@dataclass(frozen=True, kw_only=True)
class AdapterKept(Payload):
    """Some directions of every update."""

    kept: tuple[int, ...]
    losses: tuple[float, ...]
    """Of each item, nats a token."""


@dataclass(frozen=True, kw_only=True)
class AdapterRanks(Payload):
    """Losses with directions taken out."""

    adapter: str
    offered: tuple[str, ...]
    task: str
    r: int
    first: tuple[AdapterKept, ...]
    without: tuple[AdapterKept, ...]


@dataclass(frozen=True, kw_only=True)
class AdapterHeads(Payload):
    """By how much each head's output moved, by its norm before."""

    adapter: str
    offered: tuple[str, ...]
    task: str
    tokens: int
    moved: Float[ndarray, "layer head"]


def binned(of: Float[Tensor, "row column"]) -> Float[Tensor, "cell_row cell_column"]:
    """Root mean squares of blocks, at most `CELLS` along each axis.

    >>> binned(torch.tensor([[3.0, 4.0]])).tolist()
    [[3.0, 4.0]]
    >>> binned(torch.ones(576, 4)).shape
    torch.Size([96, 4])
    """
    sizes = (min(CELLS, of.shape[0]), min(CELLS, of.shape[1]))
    return torch.nn.functional.adaptive_avg_pool2d(of.float().square()[None], sizes)[0].sqrt()


def matrix(
    made: experiment.Matrix, worn: Worn, offered: tuple[str, ...], layer: str, blocks: int, bound: float
) -> AdapterMatrix:
    """The view's data."""
    parts = {"W": made.W, "A": made.A, "B": made.B, "s B A": made.delta}
    return AdapterMatrix(
        adapter=worn.name,
        offered=offered,
        layer=layer,
        block=int(layer.split(".")[1]),
        blocks=blocks,
        r=len(made.values),
        scale=worn.scale,
        pictures=tuple(
            AdapterPicture(
                name=name, shape=(each.shape[0], each.shape[1]), cells=_plain(binned(each)), norm=float(each.norm())
            )
            for name, each in parts.items()
        ),
        values=_plain(made.values),
        base=_plain(made.base),
        tuned=_plain(made.tuned),
        effective_rank=effective_rank(made.values),
        cosines=_plain(made.cosines),
        nearest=_plain(made.nearest),
        bound=bound,
        chance=made.cosines.shape[1] / made.W.shape[0],
    )


def depth(sizes: list[experiment.Size], worn: Worn, offered: tuple[str, ...], blocks: int) -> AdapterDepth:
    return AdapterDepth(
        adapter=worn.name,
        offered=offered,
        r=worn.r,
        blocks=blocks,
        sizes=tuple(
            AdapterSize(
                block=each.block,
                role=each.role,
                base=each.base,
                update=each.update,
                effective_rank=each.effective_rank,
            )
            for each in sizes
        ),
    )


def ranks(made: experiment.Ranks, worn: Worn, offered: tuple[str, ...], task: str) -> AdapterRanks:
    def of(group: tuple[experiment.Kept, ...]) -> tuple[AdapterKept, ...]:
        return tuple(AdapterKept(kept=each.kept, losses=each.losses) for each in group)

    return AdapterRanks(
        adapter=worn.name, offered=offered, task=task, r=worn.r, first=of(made.first), without=of(made.without)
    )


def heads(made: experiment.Heads, worn: Worn, offered: tuple[str, ...], task: str, tokens: int) -> AdapterHeads:
    return AdapterHeads(adapter=worn.name, offered=offered, task=task, tokens=tokens, moved=_plain(made.moved))


def _plain(values: Tensor) -> ndarray:
    return values.detach().float().numpy()
