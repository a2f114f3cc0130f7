"""What the views of the residual stream are drawn from: the lens, ranks through depth, a logit's parts, lengths."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.overview.measured import Measured, MovedNumber
from explorer.figures.payload import Payload
from explorer.tracing.derived.attribution import Attribution


@dataclass(frozen=True, kw_only=True)
class LensBefore:
    """The run without interventions, for the first `n` columns."""

    n: int
    ids: Int[Tensor, "depth n"]
    probs: Float[Tensor, "depth n"]
    moved: Float[Tensor, "depth n"]
    """How far each cell's stream is from the unchanged one, as a share of that one's length."""
    changed: int
    """Cells whose likeliest token is another one now."""


@dataclass(frozen=True, kw_only=True)
class LensPatch:
    """A patch on the stack: the stream after a block, at a position, is another run's."""

    text: str
    layer: int
    position: int


@dataclass(frozen=True, kw_only=True)
class LensTarget:
    """The target at the selected position, without and with the interventions."""

    id: int
    moved: MovedNumber


@dataclass(frozen=True, kw_only=True)
class LensSecond:
    """The second prompt's run, from which streams are taken: its lens, for `n` positions from `start` on."""

    text: str
    tokens: list[int]
    start: int
    n: int
    k: int
    depths: int
    ids: Int[Tensor, "depth pos k"]
    probs: Float[Tensor, "depth pos k"]


@dataclass(frozen=True, kw_only=True)
class ResidualLens(Payload):
    """The likeliest tokens at every depth, for `n` positions from `start` on."""

    start: int
    n: int
    k: int
    depths: int
    ids: Int[Tensor, "depth pos k"]
    probs: Float[Tensor, "depth pos k"]
    base: LensBefore | None
    target: LensTarget | None
    patches: list[LensPatch]
    pair: str | None
    """A prompt that differs from this one in a word."""
    second: LensSecond | None
    unfit: str
    """Why the second run that the link names cannot be patched from; nothing where it can."""


@dataclass(frozen=True, kw_only=True)
class ResidualRank(Payload):
    """The target and its likeliest rivals through depth."""

    position: int
    ids: list[int]
    depths: int
    vocab: int
    ranks: Int[Tensor, "token depth"]
    probs: Float[Tensor, "token depth"]
    first: int | None
    """The first depth at which the target leads."""
    stays: int | None
    """From here on it leads."""


@dataclass(frozen=True, kw_only=True)
class EditShare:
    """What an intervention on the stream adds to the logit."""

    layer: int
    share: float


@dataclass(frozen=True, kw_only=True)
class LogitShares:
    """The parts of a logit, or of a lead."""

    embed: float
    attn: Float[Tensor, " layer"]
    mlp: Float[Tensor, " layer"]
    edits: list[EditShare]
    constant: float
    logit: float
    measured: Measured
    """What the parts add up to."""

    @classmethod
    def of(cls, found: Attribution) -> LogitShares:
        edits = [EditShare(layer=layer, share=float(share)) for layer, share in enumerate(found.edits) if share != 0]
        return cls(
            embed=found.embed, attn=found.attn, mlp=found.mlp, edits=edits, constant=found.constant,
            logit=found.logit, measured=Measured.of(found),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ResidualWaterfall(LogitShares, Payload):
    """Every write into the stream, toward one token."""

    position: int
    target: int


@dataclass(frozen=True, kw_only=True)
class Norms:
    """Lengths of the stream and of what is written into it."""

    stream: Float[Tensor, "depth pos"]
    attn: Float[Tensor, "layer pos"]
    mlp: Float[Tensor, "layer pos"]


@dataclass(frozen=True, kw_only=True)
class ResidualNorms(Norms, Payload):
    """Lengths of the stream and of what is written into it."""
