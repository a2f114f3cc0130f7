"""What a smaller cache costs over held-out texts of six kinds: the loss of every token, by policy, and bytes held.

All texts are one batch. A beginning is read at once, in full precision, into every cache; from there on each token is
fed alone, policy after policy, and the loss of the next one is kept. Every policy reads the same tokens, so that losses
are compared text by text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.experiments.inference.cache.kv_cache import Together
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.inference.cache.heavy_hitter_cache import HeavyHitterCache
from explorer.stack.inference.cache.quantized_cache import QuantizedCache
from explorer.stack.inference.cache.sliding_window_cache import SlidingWindowCache
from explorer.stack.transformer.kv_cache import ContiguousCache, KVCache
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING

if TYPE_CHECKING:
    from explorer.stack.transformer.config import DecoderConfig
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Tokens of a text, and those that are read at once.
LENGTH, START = 96, 40
SINKS = 4
#: Tokens or channels that share a scale, and newest tokens in 16 bits, of the caches in codes.
GROUP, RESIDUAL = 16, 8
#: Steps between two results.
EVERY = 4
#: The caches that all others are measured against.
FULL, HALF = "float32", "float16"

MakeCache = Callable[[int, int], KVCache]
"""(batch, capacity) -> cache."""


def caches(config: DecoderConfig, length: int, budget: int) -> dict[str, MakeCache]:
    """The policies by name, the full cache first. `budget`: tokens that a cache which evicts may hold.

    Only the full float32 cache takes 4 bytes a number: what others keep as it is, they keep in 16 bits. Heavy hitters
    are left out where a model's mask needs one position for all heads.
    """
    half, heavy, sinks = torch.half, budget // 2, min(SINKS, budget // 3)
    made: dict[str, MakeCache] = {
        FULL: lambda n, size: ContiguousCache(config, n, size),
        "bfloat16": lambda n, size: ContiguousCache(config, n, size, torch.bfloat16),
        HALF: lambda n, size: ContiguousCache(config, n, size, half),
        "int8": lambda n, size: QuantizedCache(config, n, size, 8, GROUP, RESIDUAL, half),
        "int4": lambda n, size: QuantizedCache(config, n, size, 4, GROUP, RESIDUAL, half),
        "window": lambda n, size: SlidingWindowCache(config, n, size, budget, 0, half),
        "sinks": lambda n, size: SlidingWindowCache(config, n, size, budget - sinks, sinks, half),
        "heavy": lambda n, size: HeavyHitterCache(config, n, size, budget - heavy, heavy, half),
    }
    if config.positions == "alibi" or length > min((w for w in config.windows if w is not None), default=length):
        del made["heavy"]
    return made


@dataclass(frozen=True, eq=False)
class PolicyLosses:
    """One policy, as far as it has been fed."""

    loss: Float[Tensor, "text step"]
    """Of the next token after each that was fed alone, in nats."""
    same: Bool[Tensor, "text step"]
    """Its likeliest token is the full cache's."""
    nbytes: float
    """A text takes now."""


@dataclass(frozen=True)
class CacheLosses:
    """All policies, as far as they have been fed."""

    policies: dict[str, PolicyLosses]
    steps: int
    of_steps: int


@torch.inference_mode()
def cache_losses(
    decoder: Decoder, ids: Int[Tensor, "text pos"], makers: dict[str, MakeCache], progress: Ticks = unheard
) -> Iterator[CacheLosses]:
    """Feed the texts to every cache. Yields after every few tokens."""
    batch, length = ids.shape
    start = min(START, length // 2)
    held = {name: make(batch, length) for name, make in makers.items()}
    losses: dict[str, list[Tensor]] = {name: [] for name in held}
    tops: dict[str, list[Tensor]] = {name: [] for name in held}
    steps, done = length - 1 - start, 0
    positions = torch.arange(length).expand(batch, -1)
    decoder(ids[:, :start], positions[:, :start], Together(held, held[FULL]), last_only=True)
    for step, at in enumerate(range(start, length - 1)):
        for name, cache in held.items():
            logits = decoder(ids[:, at : at + 1], positions[:, at : at + 1], cache, last_only=True)[:, -1]
            losses[name].append(F.cross_entropy(logits, ids[:, at + 1], reduction="none"))
            tops[name].append(logits.argmax(-1))
            done += 1
            progress(done, steps * len(held))
        if (step + 1) % EVERY == 0 or step + 1 == steps:
            full = torch.stack(tops[FULL], 1)
            made = {
                name: PolicyLosses(
                    torch.stack(losses[name], 1), torch.stack(tops[name], 1) == full, cache.nbytes / batch
                )
                for name, cache in held.items()
            }
            yield CacheLosses(made, step + 1, steps)


@torch.inference_mode()
def one_pass(model: Model, ids: Int[Tensor, "text pos"], start: int) -> Float[Tensor, "text step"]:
    """The same losses by the model as it was loaded: each text in one pass, no cache."""
    found = []
    for text in ids:
        with RUNNING:
            logits = here(model.bridge(text[None].to(model.device), return_type="logits")[0])
        found.append(F.cross_entropy(logits[start:-1].float(), text[start + 1 :], reduction="none"))
    return torch.stack(found)
