"""Positions as pictures: a head's pairs as clock hands, and position vectors by distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.figures.payload import Payload
from explorer.stack.embeddings.rope import RopeConfig, attention_factor, inv_freq, rotate, rotation
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.worst import worst
from explorer.tracing.trace import Trace

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Both positions of a score are moved by these.
SHIFTS = (1, 100, 1000, 4000)


def config_of(model: Model) -> DecoderConfig:
    """How the model is put together. Raises NotApplicableError where the explorer's own decoder does not know."""
    return DecoderConfig.from_hf(model.hf.config)


def rope_of(config: DecoderConfig, layer: int) -> RopeConfig:
    """The rotation of a layer. Raises NotApplicableError for a model that turns nothing."""
    rope = config.rope_of(layer)
    if rope is None:
        raise NotApplicableError(
            f"This model has {config.positions} positions and turns no queries and keys.",
            "Choose a model with rotary positions, such as SmolLM2.",
            offer="smollm2-135m",
        )
    return rope


def length_of(model: Model) -> tuple[int, bool]:
    """The length that the positions are held against, and whether the model was trained on it: what its card says, or
    else what its config allows."""
    trained = model.card.trained_length
    return (trained, True) if trained else (config_of(model).n_ctx, False)


# ---- one head's queries and keys ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hands:
    """One query and every key that it may read, before rotation, and what rotation makes of them."""

    first: int
    """Position of the first key."""
    q: Float[Tensor, " d_rotary"]
    k: Float[Tensor, "key d_rotary"]
    rest: Float[Tensor, " key"]
    """q.k of the coordinates that are not turned."""
    parts: Float[Tensor, "key half"]
    """What each pair adds to q.k; in float64."""
    attention: Float[Tensor, " key"]
    """The model's own weights."""
    attention_error: float
    """softmax of the scaled sums of `parts` against the model's own weights."""
    shift_error: float
    """How far q.k moves when query and key are moved together by `SHIFTS`, relative to |q||k|."""


def hands(trace: Trace, rope: RopeConfig, layer: int, head: int, position: int, window: int | None = None) -> Hands:
    """One query's pairs against those of every key that it sees: in a layer with a sliding window, those within it."""
    kv = head // (trace.dims.n_heads // trace.dims.n_kv_heads)
    table, d = trace.rotation(layer), rope.d_rotary
    first = 0 if window is None else max(0, position + 1 - window)
    q = table.undo(trace.rot_q[layer])[position, head]  # d_head
    k = table.undo(trace.rot_k[layer])[first : position + 1, kv]  # key d_head
    at = torch.arange(first, position + 1)
    parts = pair_parts(rope, q[:d], k[:, :d], position - at)
    rest = k[:, d:] @ q[d:]
    scores = (parts.sum(-1) + rest) * trace.readout.scaling[layer]
    if (cap := trace.readout.score_softcap) is not None:
        scores = (scores / cap).tanh() * cap
    attention = trace.pattern[layer, head, position, first : position + 1]
    return Hands(
        first=first,
        q=q[:d],
        k=k[:, :d],
        rest=rest,
        parts=parts,
        attention=attention,
        attention_error=float((scores.softmax(-1) - attention).abs().max()),
        shift_error=shift_error(rope, q, k, position, at),
    )


def turned(
    rope: RopeConfig, x: Float[Tensor, "pos d_head"], positions: Int[Tensor, " pos"]
) -> Float[Tensor, "pos d_head"]:
    """One head's queries or keys, each turned to its position by the stack's own rotation."""
    return rotate(x[None], *rotation(rope, positions), rope.layout)[0]


def pair_parts(
    rope: RopeConfig,
    q: Float[Tensor, " d_rotary"],
    k: Float[Tensor, "key d_rotary"],
    distance: Int[Tensor, " key"],
) -> Float[Tensor, "key half"]:
    """``|q_i||k_i| cos(angle between the hands of pair i + distance * w_i)``, float64, halves layout.

    >>> rope = RopeConfig(theta=100.0, d_head=2)
    >>> q, k = torch.tensor([3.0, 4.0]), torch.tensor([[3.0, 4.0], [4.0, -3.0]])
    >>> pair_parts(rope, q, k, torch.tensor([0, 0])).tolist()  # the same hand, then one at a right angle
    [[25.0], [0.0]]
    """
    q, k = q.double(), k.double()
    qx, qy = q.chunk(2, -1)  # half
    kx, ky = k.chunk(2, -1)  # key half
    angle = distance[:, None] * inv_freq(rope).double()  # key half
    # |q||k|cos(a - b) = q.k and |q||k|sin(a - b) = the pair's cross product
    dot, cross = qx * kx + qy * ky, qy * kx - qx * ky
    return (dot * angle.cos() - cross * angle.sin()) * attention_factor(rope) ** 2


def shift_error(
    rope: RopeConfig,
    q: Float[Tensor, " d_head"],
    k: Float[Tensor, "key d_head"],
    position: int,
    at: Int[Tensor, " key"],
) -> float:
    """Largest change of q.k when query and keys move together, relative to |q||k|; in float32, as the model counts."""

    def scores(shift: int) -> Tensor:
        query = turned(rope, q[None], torch.tensor([position + shift]))
        return turned(rope, k, at + shift) @ query[0]  # key

    size = float(k.norm(dim=-1).max() * q.norm())
    return worst(float((scores(s) - scores(0)).abs().max()) for s in SHIFTS) / max(size, 1e-30)


# ---- vectors of positions -------------------------------------------------------------------------------------------


def distances(longest: int, points: int = 160) -> Int[Tensor, " distance"]:
    """Whole distances from 0 to `longest`, close together at first and further and further apart.

    >>> distances(1000, 12).tolist()
    [0, 1, 2, 4, 7, 12, 23, 43, 81, 152, 285, 534, 1000]
    """
    steps = torch.logspace(0, math.log10(longest), points, dtype=torch.float64).round().long().unique()
    return torch.cat([torch.zeros(1, dtype=torch.long), steps])


def rope_similarity(speeds: Float[Tensor, " half"], at: Int[Tensor, " distance"]) -> Float[Tensor, " distance"]:
    """Mean over pairs of cos(distance * w): how alike two positions are to a rotation, and to sinusoidal vectors.

    >>> [round(float(s), 4) for s in rope_similarity(torch.tensor([1.0, 0.1]), torch.tensor([0, 1]))]
    [1.0, 0.7677]
    """
    return (at[:, None].double() * speeds.double()).cos().mean(-1)


def table_similarity(table: Float[Tensor, "pos d_model"], at: Int[Tensor, " distance"]) -> Float[Tensor, " distance"]:
    """Mean cosine of two rows of a table that are so far apart.

    >>> table_similarity(torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]), torch.tensor([0, 1, 2])).tolist()
    [1.0, 0.0, 1.0]
    """
    unit = torch.nn.functional.normalize(table.double(), dim=-1)
    means = [(unit[: len(unit) - d] * unit[d:]).sum(-1).mean() for d in at.tolist()]
    return torch.stack(means)


def distance_error(table: Float[Tensor, "pos d_model"]) -> float:
    """Dot products of rows equally far apart: the largest spread, relative to the largest product."""
    products = table.double() @ table.double().T  # pos pos
    spread = worst(float(line.max() - line.min()) for line in (products.diagonal(d) for d in range(len(table))))
    return spread / float(products.abs().max())


# ---- what the views are drawn from -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PositionsRotation(Payload):
    """One query's pairs."""

    position: int
    layer: int
    head: int
    kv: int
    first: int
    """Position of the first key."""
    q: Float[Tensor, " d_rotary"]
    k: Float[Tensor, "key d_rotary"]
    rest: Float[Tensor, " key"]
    attention: Float[Tensor, " key"]
    inv_freq: Float[Tensor, " half"]
    square: float
    """What turning multiplies every score by (YaRN)."""
    scale: float
    cap: float | None
    theta: float
    d_head: int
    d_rotary: int
    n_ctx: int
    trained: bool
    """Whether n_ctx is the length that the model was trained on; else its config's limit."""
    window: int | None


@dataclass(frozen=True, kw_only=True)
class RopeMap:
    """The model's own rotation."""

    theta: float
    d_rotary: int
    similarity: Float[Tensor, " distance"]


@dataclass(frozen=True, kw_only=True)
class LearnedMap:
    """The model's own table."""

    table: Float[Tensor, "pos d_model"]
    similarity: Float[Tensor, " kept"]


@dataclass(frozen=True, kw_only=True)
class AlibiMap:
    """Penalties at this model's number of heads."""

    slopes: Float[Tensor, " head"]
    bias: Float[Tensor, "head distance"]


@dataclass(frozen=True, kw_only=True)
class PositionsMaps(Payload):
    """The other answers."""

    positions: int
    d_model: int
    n_heads: int
    n_ctx: int
    kind: str
    speeds: Float[Tensor, " half"]
    row: Float[Tensor, " d_model"]
    """The last position's sinusoidal vector."""
    distance: Int[Tensor, " distance"]
    sinusoidal: Float[Tensor, " distance"]
    rope: RopeMap | None
    learned: LearnedMap | None
    alibi: AlibiMap
