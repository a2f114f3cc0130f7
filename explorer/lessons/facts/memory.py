"""Of memory: what a model's weights and cache take, by the calculator's formula."""

from __future__ import annotations

from explorer.figures.architectures.moe_cost import MoeSizes
from explorer.figures.inference.cache.kv_cache import CacheBlocks
from explorer.figures.transformer.grouped_query import GroupedCost
from explorer.lessons.fact import fact
from explorer.lessons.shown import drawn
from explorer.panels.scene import Scene
from explorer.stack.inference.serving import memory_calculator as calculator
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.systems.quantization.formats import named
from explorer.stack.systems.quantization.memory_table import packed_bits

GB = 1e9


def _format(name: str) -> calculator.Format:
    if name not in calculator.FORMATS:
        raise LookupError(f"no format “{name}”; known are {', '.join(calculator.FORMATS)}")
    return calculator.FORMATS[name]


def _sizes(name: str) -> Sizes:
    if name not in REAL_MODELS:
        raise LookupError(f"no model “{name}”; known are {', '.join(REAL_MODELS)}")
    return REAL_MODELS[name]


@fact("number")
def weights_gb(scene: Scene, model: str, format: str = "bf16") -> float:  # noqa: A002, ARG001
    """Gigabytes of a real model's weights, as in the memory calculator."""
    return calculator.weight_bytes(_sizes(model), _format(format)) / GB


@fact("number")
def cache_gb(scene: Scene, model: str, length: int, batch: int = 1, format: str = "bf16") -> float:  # noqa: A002, ARG001
    """Gigabytes of a real model's cache of keys and values."""
    return calculator.kv_bytes(_sizes(model), batch, length, _format(format)) / GB


@fact("count")
def largest_batch(scene: Scene, model: str, length: int, memory_gb: int) -> int:  # noqa: ARG001
    """Sequences that fit beside a real model's weights, all in bf16."""
    sizes, number = _sizes(model), calculator.FORMATS["bf16"]
    return calculator.largest_batch(sizes, length, memory_gb * GB, number, number)


@fact("bytes")
def cache_bytes(scene: Scene, tokens: int = 0) -> int:
    """Bytes that this run's cache has written after so many tokens, counted in its tensors; 0 for all of them."""
    counted = drawn(scene, "kv_cache", "blocks", CacheBlocks).bytes
    return int(counted[tokens - 1])


@fact("bytes")
def bytes_per_token(scene: Scene, kv_heads: int = 0) -> int:
    """Bytes that a token leaves in the cache in fp32, with this model's key-value heads or with others."""
    cost = drawn(scene, "grouped_query", "cost", GroupedCost)
    return int(cost.bytes["fp32"][cost.groups.index(kv_heads or cost.n_kv_heads)])


@fact("count")
def total_parameters(scene: Scene) -> int:
    """Parameters of this mixture of experts."""
    return next(row.total for row in drawn(scene, "moe_cost", "sizes", MoeSizes).rows if row.own)


@fact("count")
def active_parameters(scene: Scene) -> int:
    """Those of them that a token uses."""
    return next(row.active for row in drawn(scene, "moe_cost", "sizes", MoeSizes).rows if row.own)


@fact("number")
def bits_per_weight(scene: Scene, format: str) -> float:  # noqa: A002, ARG001
    """Bits that a weight format takes for each weight of a row of 8,192, scales included."""
    return packed_bits(named(format), 8192)
