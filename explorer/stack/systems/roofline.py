"""The roofline: whether a pass of the model waits for arithmetic or for memory.

A pass computes so many floating-point operations and must bring so many bytes from memory; their quotient is its
arithmetic intensity. A machine with a peak of P operations and B bytes a second cannot be faster than

    attainable FLOP/s = min(P, intensity · B)        (Williams, Waterman & Patterson, CACM 52(4), 2009)

Left of the ridge, intensity P / B, memory decides; right of it, arithmetic. For a decoder that reads n new tokens of
each of `batch` sequences behind `past` cached ones (Pope et al. 2022, arXiv 2211.05102, count alike):

    FLOPs = 2 · batch · n · (weights in the blocks' matrices)          each weight: one multiplication, one addition
          + 2 · batch · (rows that get logits) · d_model · d_vocab
          + 4 · batch · n · (past + n) · n_layers · n_heads · d_head   q k^T and pattern v, masked pairs computed too
    bytes = all weights once + (embedding rows, where the table is not the unembedding)
          + keys and values: past + n read and n written

Of a mixture of experts a token passes k of n, and T tokens that choose evenly and each for itself bring
n (1 - (1 - k/n)^T) of them from memory.

Prefill shares one reading of the weights among all its tokens, decode pays it for each: that is the whole difference.
Activations that stay in the processor's caches are left out.

Worked example: Llama-3-8B in 16 bits on 312 TFLOP/s and 2 TB/s. One decoded token behind 1,000 needs 7.6 ms, all of
it waiting for memory; a prompt of 1,000 tokens 46 ms, all arithmetic: 164 times less a token.

>>> llama = DecoderConfig(n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_mlp=14336,
...                       d_vocab=128256, n_ctx=8192, tied=False)
>>> decode, prefill = work(llama, new=1, past=1000, bytes_each=2), work(llama, new=1000, bytes_each=2)
>>> round(decode.intensity, 2), round(prefill.intensity)
(1.03, 948)
>>> machine = Machine(flops=312e12, bandwidth=2e12)
>>> machine.ridge, machine.bound(decode), machine.bound(prefill)
(156.0, 'memory', 'arithmetic')
>>> [round(1e3 * machine.seconds(w), 1) for w in (decode, prefill)]
[7.6, 46.4]
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch

from explorer.stack.transformer.config import DecoderConfig


@dataclass(frozen=True)
class Work:
    """What one pass has to do, by part."""

    tokens: int
    """New tokens, all sequences together."""
    block_flops: int
    unembed_flops: int
    attention_flops: int
    weight_bytes: float | int
    cache_bytes: float | int

    @property
    def flops(self) -> int:
        return self.block_flops + self.unembed_flops + self.attention_flops

    @property
    def bytes(self) -> float | int:
        return self.weight_bytes + self.cache_bytes

    @property
    def intensity(self) -> float:
        """FLOPs a byte."""
        return self.flops / self.bytes


def block_matrices(config: DecoderConfig) -> int:
    """Weights in the matrices of all blocks that one token passes.

    >>> block_matrices(DecoderConfig(30, 576, 9, 3, 64, 1536, 49152, 2048))
    106168320
    """
    attention = 2 * config.d_model * config.d_head * (config.n_heads + config.n_kv_heads)
    router = config.d_model * config.n_experts
    return config.n_layers * (attention + router + max(1, config.k) * one_feed_forward(config))


def one_feed_forward(config: DecoderConfig) -> int:
    """Weights of a block's feed-forward layer, or of one of its experts."""
    return (3 if config.gated else 2) * config.d_model * config.d_mlp


def experts_read(n: int, k: int, tokens: int) -> float:
    """How many of n experts at least one of so many tokens visits, if they choose evenly and each for itself.

    >>> [round(experts_read(8, 2, tokens), 2) for tokens in (1, 2, 8, 64)]
    [2.0, 3.5, 7.2, 8.0]
    """
    return n * (1 - (1 - k / n) ** tokens)


def work(
    config: DecoderConfig,
    new: int,
    past: int = 0,
    batch: int = 1,
    *,
    last_only: bool = True,
    bytes_each: float | int = 4,
    cache_bytes_each: float | int | None = None,
) -> Work:
    """FLOPs and bytes of one pass. `bytes_each`: bytes of a weight, and of a cached number unless that is given.

    Norms, activations, softmax and the addition of biases are left out: less than a hundredth of the matrices.
    """
    if new < 1 or past < 0 or batch < 1:
        raise ValueError("a pass reads at least one new token of one sequence")
    tokens, rows = batch * new, batch if last_only else batch * new
    matrices, unembed = block_matrices(config), config.d_model * config.d_vocab
    pairs = new * (past + new)
    kv = 2 * config.n_layers * config.n_kv_heads * config.d_head  # numbers a token
    more = experts_read(config.n_experts, config.k, tokens) - config.k if config.n_experts else 0
    others = config.n_layers * more * one_feed_forward(config)  # experts that a token beside the first one brings
    embedding_rows = 0 if config.tied else tokens * config.d_model
    return Work(
        tokens=tokens,
        block_flops=2 * tokens * matrices,
        unembed_flops=2 * rows * unembed,
        attention_flops=4 * batch * pairs * config.n_layers * config.n_heads * config.d_head,
        weight_bytes=(matrices + others + unembed + embedding_rows) * bytes_each,
        cache_bytes=batch * kv * (past + 2 * new) * (bytes_each if cache_bytes_each is None else cache_bytes_each),
    )


@runtime_checkable
class Load(Protocol):
    """What is computed and moved: a pass, or a kernel."""

    @property
    def flops(self) -> int: ...

    @property
    def bytes(self) -> float | int: ...

    @property
    def intensity(self) -> float: ...


#: What decides of a measured time: the limit that explains it, or neither (calls, and what is not counted).
Limit = Literal["memory", "arithmetic", "neither"]
#: share of a measured time from which on a limit explains it
EXPLAINS = 0.5


@dataclass(frozen=True)
class Machine:
    """The two peaks."""

    flops: float
    """Operations a second."""
    bandwidth: float
    """Bytes a second."""

    @property
    def ridge(self) -> float:
        """The intensity from which arithmetic, no longer memory, is the limit."""
        return self.flops / self.bandwidth

    def attainable(self, intensity: float) -> float:
        """The roof: operations a second that a pass of this intensity can reach."""
        return min(self.flops, intensity * self.bandwidth)

    def bound(self, of: Load) -> Literal["memory", "arithmetic"]:
        return "memory" if of.intensity < self.ridge else "arithmetic"

    def seconds(self, of: Load) -> float:
        """The least time that the pass can take."""
        return max(of.flops / self.flops, of.bytes / self.bandwidth)

    def decides(self, of: Load, taken: float) -> Limit:
        """What a measured time is made of: the limit that explains at least half of it, or neither.

        >>> machine = Machine(flops=100.0, bandwidth=10.0)
        >>> one = Work(1, block_flops=50, unembed_flops=0, attention_flops=0, weight_bytes=20, cache_bytes=0)
        >>> machine.seconds(one), machine.decides(one, taken=3.9), machine.decides(one, taken=4.1)
        (2.0, 'memory', 'neither')
        """
        return self.bound(of) if self.seconds(of) >= EXPLAINS * taken else "neither"


@torch.inference_mode()
def probes(rounds: int, side: int = 1024, megabytes: int = 192) -> list[Machine]:
    """Measure this machine in turns: a float32 matrix product, and one reading of a block larger than the caches.

    What each round reached, after one that warms up. A round takes some 30 ms on one core; nothing is allocated in it.
    """
    a, b, product = torch.ones(side, side), torch.ones(side, side), torch.empty(side, side)
    block, total = torch.ones(megabytes * 1_000_000 // 4), torch.empty(())
    made = []
    for _ in range(rounds + 1):
        multiply = _seconds(lambda: torch.mm(a, b, out=product))
        read = _seconds(lambda: torch.sum(block, dim=(), out=total))
        made.append(Machine(2 * side**3 / multiply, block.nbytes / read))
    return made[1:]


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
