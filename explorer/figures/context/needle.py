"""The map of depth and length, and each cell's run."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.stack.context.needle import Cell, Haystack
from explorer.stack.transformer.config import DecoderConfig


@dataclass(frozen=True, kw_only=True)
class NeedleCell:
    length: int
    depth: float
    at: int
    tokens: int
    logp: Float[Tensor, " token"]
    likeliest: list[int]
    likeliest_logp: Float[Tensor, " token"]
    without: Float[Tensor, " token"]
    match: bool
    heads: Float[Tensor, "layer head"]
    profile: Float[Tensor, " bin"]
    lift: float
    nbytes: int


@dataclass(frozen=True, kw_only=True)
class NeedleMap(Payload):
    cells: list[NeedleCell]
    lengths: list[int]
    depths: list[float]
    answer: list[int]
    needle: str
    question: str
    trained: int
    is_trained: bool
    """Whether that is known; else it is the config's limit."""


def needle_map(
    cells: tuple[Cell, ...],
    hay: Haystack,
    lengths: list[int],
    depths: tuple[float, ...],
    words: tuple[str, str],
    trained: tuple[int, bool],
) -> NeedleMap:
    return NeedleMap(
        cells=[NeedleCell(**{**vars(cell), "likeliest": cell.likeliest.tolist()}, match=cell.match) for cell in cells],
        lengths=lengths,
        depths=list(depths),
        answer=list(hay.answer),
        needle=words[0].strip(),
        question=words[1].strip(),
        trained=trained[0],
        is_trained=trained[1],
    )


def formula_bytes(config: DecoderConfig, tokens: int) -> int:
    """Keys and values in float32, and the table of positions in 8 bytes each."""
    return 2 * config.n_layers * config.n_kv_heads * config.d_head * tokens * 4 + 8 * tokens
