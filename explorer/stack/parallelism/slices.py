"""Which part of a decoder's weights each of N ranks holds, where all compute every layer together.

    W_Q, W_K, W_V, W_gate, W_in    columns: whole heads, whole neurons (rows of the stored [out in])
    W_O, W_out                     rows, of the same heads and neurons
    embedding, unembedding         the rows of some tokens
    norms, a router                whole, on every rank

Columns first, then rows: between the two a rank needs nothing of the others, because a head or a neuron lies whole on
one. With fewer key-value heads than ranks, each lies on several, whose gradients of it are summed.

Shoeybi et al. 2019, Megatron-LM (arXiv 1909.08053).

Eight query heads, two key-value heads, over four ranks: rank 1 has queries 2 and 3, which read key-value head 0; rank 0
holds it too.

>>> config = DecoderConfig(1, 64, 8, 2, 8, 96, 50, 16)
>>> own = slices_of(config, rank=1, ranks=4)
>>> own.heads, own.kv_heads, own.neurons, own.tokens
(range(2, 4), range(0, 1), range(24, 48), range(13, 26))
>>> holders(config, 4)
((0, 1), (2, 3))
>>> fitting(config, most=8)
(1, 2, 4, 8)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.transformer.config import DecoderConfig


@dataclass(frozen=True)
class Slices:
    """What one rank holds."""

    heads: range
    kv_heads: range
    neurons: range
    """Of each expert, where there are experts."""
    tokens: range


def slices_of(config: DecoderConfig, rank: int, ranks: int) -> Slices:
    """Raises ValueError where heads or neurons do not divide, with the numbers of ranks that would fit."""
    if refused := refusal(config, ranks):
        raise ValueError(refused)
    kv = config.n_kv_heads
    kv_heads = _even(kv, rank, ranks) if kv >= ranks else range(rank * kv // ranks, rank * kv // ranks + 1)
    tokens = range(_begin(config.d_vocab, rank, ranks), _begin(config.d_vocab, rank + 1, ranks))
    return Slices(_even(config.n_heads, rank, ranks), kv_heads, _even(config.d_mlp, rank, ranks), tokens)


def refusal(config: DecoderConfig, ranks: int) -> str:
    """Why a decoder cannot be split so, and what would fit; empty where it can."""
    kv, wrong = config.n_kv_heads, list[str]()
    if config.n_heads % ranks:
        wrong.append(f"its {config.n_heads} query heads")
    if kv % ranks and ranks % kv:
        wrong.append(f"its {kv} key-value heads")
    if config.d_mlp % ranks:
        wrong.append(f"its {config.d_mlp} neurons")
    if not wrong:
        return ""
    fit = [str(each) for each in fitting(config, 8)]
    named = " or ".join(fit) if len(fit) < 3 else f"{', '.join(fit[:-1])} or {fit[-1]}"
    return f"{ranks} ranks cannot share {' and '.join(wrong)} evenly. {named} would fit."


def fitting(config: DecoderConfig, most: int) -> tuple[int, ...]:
    """Numbers of ranks up to `most` that can share it."""
    heads, kv, neurons = config.n_heads, config.n_kv_heads, config.d_mlp
    return tuple(
        n for n in range(1, most + 1) if not heads % n and not neurons % n and (kv % n == 0 or n % kv == 0)
    )  # fmt: skip


def holders(config: DecoderConfig, ranks: int) -> tuple[tuple[int, ...], ...]:
    """The ranks that hold the same key-value heads."""
    each = max(1, ranks // config.n_kv_heads)
    return tuple(tuple(range(first, first + each)) for first in range(0, ranks, each))


def local(config: DecoderConfig, own: Slices, rank: int) -> DecoderConfig:
    """The config of a decoder that is one rank's part. Positions that are added to the embedding are added once."""
    once = rank and config.positions in ("learned", "sinusoidal")
    return replace(
        config, n_heads=len(own.heads), n_kv_heads=len(own.kv_heads), d_mlp=len(own.neurons), d_vocab=len(own.tokens),
        positions="none" if once else config.positions,
    )  # fmt: skip


def place(name: str, config: DecoderConfig, own: Slices) -> tuple[int, Int[Tensor, " n"]] | None:
    """The axis along which a weight is cut, and the places of the whole that the rank holds; None: all of it."""
    *_, layer, kind = name.split(".")
    bias = kind == "bias"
    if layer in ("W_Q", "W_K", "W_V"):
        heads = own.heads if layer == "W_Q" else own.kv_heads
        return 0, torch.arange(heads.start * config.d_head, heads.stop * config.d_head)
    if layer == "W_O" and not bias:
        return 1, torch.arange(own.heads.start * config.d_head, own.heads.stop * config.d_head)
    if layer in ("W_gate", "W_in"):
        return 0, _places(own.neurons)
    if layer == "W_out" and not bias:
        return 1, _places(own.neurons)
    if layer in ("embed", "unembed"):
        return 0, _places(own.tokens)
    if layer in ("experts", "shared"):
        wide = config.d_mlp * (config.n_shared if layer == "shared" else 1)
        part = wide // (config.d_mlp // len(own.neurons))
        first = own.neurons.start // len(own.neurons) * part
        neurons = torch.arange(first, first + part)
        return (1, torch.cat([neurons, neurons + wide])) if kind == "gate_in" else (2, neurons)
    return None


def added_once(name: str) -> bool:
    """Whether it is a bias, or positions, of an output that the ranks sum: rank 0 alone has it."""
    return name.endswith(("W_O.bias", "W_out.bias", "positions.weight"))


def cut(weights: dict[str, Tensor], config: DecoderConfig, rank: int, ranks: int) -> dict[str, Tensor]:
    """One rank's part of a decoder's weights, or of a block's, in memory of its own."""
    own, found = slices_of(config, rank, ranks), dict[str, Tensor]()
    for name, weight in weights.items():
        if not (added_once(name) and rank):
            at = place(name, config, own)
            found[name] = weight.detach().clone() if at is None else weight.detach().index_select(*at)
    return found


def joined(parts: list[dict[str, Tensor]], config: DecoderConfig, like: dict[str, Tensor]) -> dict[str, Tensor]:
    """All ranks' parts put together; what lies on several is taken of the last.

    >>> config = DecoderConfig(1, 4, 2, 1, 2, 6, 10, 4)
    >>> whole = {"attn.W_O.weight": torch.randn(4, 4), "ln1.weight": torch.randn(4)}
    >>> back = joined([cut(whole, config, rank, 2) for rank in range(2)], config, whole)
    >>> all(torch.equal(back[name], whole[name]) for name in whole)
    True
    """
    made = {name: torch.full_like(weight, torch.nan) for name, weight in like.items()}
    for rank, part in enumerate(parts):
        own = slices_of(config, rank, len(parts))
        for name, weight in part.items():
            at = place(name, config, own)
            made[name] = weight if at is None else made[name].index_copy(*at, weight)
    return made


def _even(count: int, rank: int, ranks: int) -> range:
    return range(rank * count // ranks, (rank + 1) * count // ranks)


def _begin(count: int, rank: int, ranks: int) -> int:
    """Where the rank's part of a vocabulary begins: as even as can be, the first ranks having one more."""
    return rank * (count // ranks) + min(rank, count % ranks)


def _places(held: range) -> Int[Tensor, " n"]:
    return torch.arange(held.start, held.stop)
