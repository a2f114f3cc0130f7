"""What the cost panel draws: parameters by part, experts that batches visit, and decode steps against the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.experiments.architectures.moe_cost import Reading, Speed, slower
from explorer.figures.payload import Payload
from explorer.stack.architectures import moe_cost
from explorer.stack.architectures.moe_parameters import Shape, parameters
from explorer.stack.architectures.published_models import PUBLISHED
from explorer.stack.inference.serving.cards import CARDS
from explorer.stack.systems.accelerators import ACCELERATORS

#: Context at which the page's own sum is compared with the module's.
PROVED = 4096


@dataclass(frozen=True, kw_only=True)
class MoeRow:
    """One model, ready for the page, which multiplies by context, bits and memory."""

    name: str
    own: bool
    """Whether it is the run's model."""
    total: int
    active: int
    stated: float | None
    """Billions of parameters in all, as the maker states; quoted."""
    parts: dict[str, tuple[int, int]]
    """Stored, and used by a token."""
    n_experts: int
    k: int
    n_shared: int
    n_layers: int
    lookup: int
    attention: int
    """Of one layer: FLOPs against one cached token."""
    kv: int
    """Of one layer: numbers that a token leaves."""
    kv_heads: int
    """Parts that cards can cut the cache into; 1 of a latent."""
    windows: list[tuple[int, int | None]]
    """How many layers look how far back."""
    proved: int | None


@dataclass(frozen=True, kw_only=True)
class MoeGpu:
    """What the model may be stored on."""

    step: int
    """What links call it: GB as a card is sold, or in fact."""
    card: str | None
    """None: no card that is sold, but so much memory."""
    name: str
    memory: float
    """Bytes that a program can have."""
    sold: str
    """The same as its maker puts it; empty where it is no card."""


def _gpu(step: int, card: str | None = None) -> MoeGpu:
    if card is None:
        return MoeGpu(step=step, card=None, name="GPU", memory=step * 1e9, sold="")
    return MoeGpu(
        step=step, card=card, name=CARDS[card].title, memory=CARDS[card].memory, sold=ACCELERATORS[card].sold.said
    )


#: In the order of their memory.
GPUS = (
    _gpu(1), _gpu(8), _gpu(16), _gpu(24, "rtx4090"), _gpu(40, "a100_40"), _gpu(80, "h100"), _gpu(141, "h200"),
    _gpu(192, "mi300x"), _gpu(320), _gpu(640), _gpu(1128),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MoeSizes(Payload):
    rows: list[MoeRow]
    formats: Mapping[str, float]
    """Bytes of a number."""
    gpus: tuple[MoeGpu, ...]
    overhead: float
    """Bytes of a card that neither weights nor tokens take: an assumption."""
    proved_at: int


def row(shape: Shape, windows: Sequence[tuple[int, int | None]] | None = None, own: bool = False) -> MoeRow:
    """
    >>> from explorer.stack.architectures.moe_parameters import MIXTRAL_8X7B
    >>> made = row(MIXTRAL_8X7B)
    >>> made.total, made.active, made.parts["experts"]
    (46702792704, 12879925248, (45097156608, 11274289152))
    """
    count = parameters(shape)
    whole = {
        "embedding": count.embedding, "attention": count.attention, "router": count.router, "shared": count.shared,
        "dense": count.dense, "experts": count.experts, "norms": count.norms,
    }  # fmt: skip
    used = whole | {"experts": count.experts * shape.k // shape.n_experts}
    return MoeRow(
        name=shape.name,
        own=own,
        total=count.total,
        active=count.active,
        stated=PUBLISHED[shape.name].stated if shape.name in PUBLISHED else None,
        parts={part: (whole[part], used[part]) for part in whole if whole[part]},
        n_experts=shape.n_experts if count.experts else 0,
        k=shape.k,
        n_shared=shape.n_shared,
        n_layers=shape.n_layers,
        lookup=moe_cost.lookup(shape),
        attention=moe_cost.attention_flops(shape),
        kv=moe_cost.kv_numbers(shape),
        kv_heads=1 if shape.latent else shape.n_kv_heads,
        windows=[(layers, window) for layers, window in windows or [(shape.n_layers, None)]],
        proved=moe_cost.flops(shape, PROVED).total if windows is None else None,
    )


def stated_error(shape: Shape) -> float:
    """The counted total against the maker's own number, relative."""
    return abs(parameters(shape).total / 1e9 / PUBLISHED[shape.name].stated - 1)


@dataclass(frozen=True, kw_only=True)
class MoeReading(Payload):
    """Experts that batches read in one layer, size after size."""

    layer: int
    n_experts: int
    k: int
    tokens: int
    passages: int
    expert: int | None
    """Numbers in one expert's matrices; None where this architecture is not counted."""
    rows: list[Reading]
    own: list[int] | None
    """Different experts of this run's first 1, 2, 3, .. tokens, after interventions."""


@dataclass(frozen=True, kw_only=True)
class DecodeSpeed:
    """One decoder at one size of batch: the median of the rounds, and the quartiles."""

    name: str
    batch: int
    step_ms: float
    low_ms: float
    high_ms: float
    tokens: float
    """A second, all rows together."""
    slow: float
    fast: float


@dataclass(frozen=True, kw_only=True)
class MixtureRatio:
    """How many times as long the mixture's step takes as another decoder's, round by round."""

    other: str
    batch: int
    median: float
    low: float
    high: float
    clear: bool


@dataclass(frozen=True, kw_only=True)
class MoeSpeed(Payload):
    model: str
    n_experts: int
    k: int
    batches: list[int]
    prompt: int
    new: int
    rounds: int
    """That there will be."""
    done: int
    threads: int
    parameters: Mapping[str, int]
    read: list[float]
    """Experts that a batch reads in each layer, by the formula."""
    speeds: list[DecodeSpeed]
    ratios: list[MixtureRatio]


def decode_speeds(found: Sequence[Speed]) -> list[DecodeSpeed]:
    made = []
    for one in found:
        t = one.step
        made.append(
            DecodeSpeed(
                name=one.name,
                batch=one.batch,
                step_ms=1e3 * t.median,
                low_ms=1e3 * t.low,
                high_ms=1e3 * t.high,
                tokens=one.batch / t.median,
                slow=one.batch / t.high,
                fast=one.batch / t.low,
            )
        )
    return made


def ratios(found: Sequence[Speed], others: Sequence[str], batches: Sequence[int]) -> list[MixtureRatio]:
    """None of them is clear before the third round: two that agree may do so by luck."""
    made = []
    for other in others:
        for batch in batches:
            r = slower(found, other, batch)
            made.append(
                MixtureRatio(
                    other=other,
                    batch=batch,
                    median=r.median,
                    low=r.low,
                    high=r.high,
                    clear=r.clear and len(found[0].rounds) > 2,
                )
            )
    return made
