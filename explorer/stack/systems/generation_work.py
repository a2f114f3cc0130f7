"""What a whole generation computes and reads, with a KV cache and without one.

A prompt of P tokens is continued by N. With a cache the prompt is one pass of P tokens, and each new token but the last
is fed alone: P + N - 1 token passes. Without one the whole text is read anew for each new token:

    token passes = P + (P + 1) + ... + (P + N - 1) = N P + N (N - 1) / 2          O(N^2)
    query-key pairs = P^2 + (P + 1)^2 + ... + (P + N - 1)^2                       O(N^3)

against O(N) and O(N^2) with a cache. Work of one pass: `roofline.work`, after Pope et al. 2022 (arXiv 2211.05102).

Worked example: a prompt of 1,000 and an answer of 500.

>>> tiny = DecoderConfig(n_layers=1, d_model=2, n_heads=1, n_kv_heads=1, d_head=2, d_mlp=4, d_vocab=8, n_ctx=2048)
>>> cached(tiny, 1000, 500).token_passes, uncached(tiny, 1000, 500).token_passes
(1499, 624750)
>>> uncached(tiny, 1000, 500).passes
500
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from explorer.stack.systems.roofline import Work, work
from explorer.stack.transformer.config import DecoderConfig


@dataclass(frozen=True)
class GenerationWork:
    """A generation's sums over its passes."""

    passes: int
    token_passes: int
    """Tokens that went through the blocks, each as often as it did."""
    matrix_flops: float
    """Of the blocks' matrices and the unembedding. 8,000 tokens without a cache are more than 2^53."""
    attention_flops: float
    """Of queries with keys and weights with values, masked pairs computed too."""
    weight_bytes: float
    """Read from memory."""
    cache_bytes: float
    """Keys and values read and written; without a cache they live within a pass."""


def cached(config: DecoderConfig, prompt: int, new: int, bytes_each: int = 4) -> GenerationWork:
    """With a cache. Raises ValueError where there is no prompt or no answer."""
    steps = (work(config, 1, prompt + at, bytes_each=bytes_each) for at in range(new - 1))
    return _summed((work(config, prompt, bytes_each=bytes_each), *steps), held=True)


def uncached(config: DecoderConfig, prompt: int, new: int, bytes_each: int = 4) -> GenerationWork:
    """The whole text anew for each token. Raises ValueError where there is no prompt."""
    return _summed([work(config, prompt + at, bytes_each=bytes_each) for at in range(new)], held=False)


def _summed(passes: Iterable[Work], *, held: bool) -> GenerationWork:
    made = list(passes)
    return GenerationWork(
        len(made),
        sum(each.tokens for each in made),
        float(sum(each.block_flops + each.unembed_flops for each in made)),
        float(sum(each.attention_flops for each in made)),
        float(sum(each.weight_bytes for each in made)),
        float(sum(each.cache_bytes for each in made)) if held else 0.0,
    )
