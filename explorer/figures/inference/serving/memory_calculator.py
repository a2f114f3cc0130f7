"""What the memory calculator draws: each model's bytes by format, and real tensors beside the formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.experiments.inference.serving.memory_calculator import (
    Calibration,
    RunMeasured,
    WeighedCache,
    WeighedWeights,
)
from explorer.figures.inference.serving.serving_asked import ServingAsked
from explorer.figures.inference.serving.serving_ground import ServingGround
from explorer.figures.payload import Payload
from explorer.stack.architectures.published_models import PUBLISHED
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, kv_bytes, parameters
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.inference.serving.weight_schemes import SCHEMES, stored

#: Batch and length at which the page's own product is compared with the module's: past every window of the table.
PROVED = (3, 5_000)


@dataclass(frozen=True, kw_only=True)
class DecoderSizes:
    """A model's sizes, as the table shows them."""

    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_mlp: int
    d_vocab: int
    gated: bool
    tied: bool
    n_experts: int


@dataclass(frozen=True, kw_only=True)
class MemoryRow:
    """One model, counted: the page multiplies by batch and length, and holds its own count against this one."""

    name: str
    sizes: DecoderSizes
    total: int
    active: int
    """Of a mixture: what one token passes."""
    quoted: float | None
    """The total that its paper or card states, in billions."""
    bytes: Mapping[str, float]
    """Of the weights, by format."""
    kv_numbers: int
    """A token in one layer."""
    windows: tuple[tuple[int, int | None], ...]
    """(how many layers, how far back they look)."""
    proved: int
    """Bytes of its cache at `PROVED`, in 16 bits."""


@dataclass(frozen=True, kw_only=True)
class MemoryModels(Payload):
    """All models that can be chosen, and what the page counts another one's own numbers from."""

    models: tuple[MemoryRow, ...]
    own: MemoryRow | None
    """The visitor's own, where one is chosen: by numbers, or by a config."""
    asked: ServingAsked
    proved: tuple[int, int]
    ground: ServingGround


@dataclass(frozen=True, kw_only=True)
class MemoryCalibration(Payload):
    """A model's tensors beside the formula, and its row for the other views."""

    model: str
    here: MemoryRow
    weights: WeighedWeights
    caches: tuple[WeighedCache, ...]
    block: int
    run: RunMeasured | None
    config: str
    """The model's own config, for the other views; empty where it is too long for a link."""


def row(name: str, sizes: Sizes) -> MemoryRow:
    """One model, counted.

    >>> made = row("tiny", Sizes(2, 8, 2, 1, 4, 16, 32, tied=True))
    >>> made.total, made.bytes["bf16"], made.kv_numbers
    (1448, 2896.0, 8)
    """
    return MemoryRow(
        name=name,
        sizes=DecoderSizes(**{field: getattr(sizes, field) for field in DecoderSizes.__dataclass_fields__}),
        total=parameters(sizes).total,
        active=parameters(sizes, active=True).total,
        quoted=PUBLISHED[name].stated if name in PUBLISHED else None,
        bytes={name: sum(stored(sizes, name).values()) for name in SCHEMES},
        kv_numbers=sizes.cached,
        windows=tuple(sizes.window_groups()),
        proved=kv_bytes(sizes, *PROVED, FORMATS["bf16"]),
    )


def models(of: ServingAsked, sizes: Sizes | str, name: str, on: ServingGround) -> MemoryModels:
    """The real models, and the visitor's own, if it is one."""
    mine = of.model in ("own", "config") and isinstance(sizes, Sizes)
    return MemoryModels(
        models=tuple(row(each, known) for each, known in REAL_MODELS.items()),
        own=row(name, sizes) if mine and isinstance(sizes, Sizes) else None,
        asked=of,
        proved=PROVED,
        ground=on,
    )


def calibration(made: Calibration, model: str, sizes: Sizes, block: int, config: str) -> MemoryCalibration:
    return MemoryCalibration(
        model=model,
        here=row(model, sizes),
        weights=made.weights,
        caches=made.caches,
        block=block,
        run=made.run,
        config=config,
    )
