"""Mixing: how often a batch draws from each source, and how many epochs that makes of it.

A source of n_i tokens is drawn with the weight

    p_i = n_i^(1/T) / Σ_j n_j^(1/T)

T = 1 draws in proportion to size, larger T lifts small sources, and as T grows all become alike (Devlin 2018 for
multilingual BERT; Arivazhagan et al. 2019, arXiv 1907.05019). D tokens in all are D p_i / n_i epochs of source i; up to
4 epochs repeated tokens are worth nearly as much as new ones (Muennighoff et al. 2023, arXiv 2305.16264), so that
`capped` gives what is beyond that to the others.

>>> [round(p, 3) for p in weights([900, 90, 10])], [round(p, 3) for p in weights([900, 90, 10], temperature=2)]
([0.9, 0.09, 0.01], [0.703, 0.222, 0.074])
>>> [round(each, 2) for each in epochs([900, 90, 10], weights([900, 90, 10], temperature=2), tokens=1000)]
[0.78, 2.47, 7.41]
>>> shares = capped([900, 90, 10], [0.7, 0.2, 0.1], 1000, most=4)
>>> [round(each, 2) for each in epochs([900, 90, 10], shares, tokens=1000)]
[0.83, 2.37, 4.0]
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def weights(sizes: Sequence[int], temperature: float | int = 1.0) -> list[float]:
    """The probability of each source."""
    if temperature <= 0:
        raise ValueError("a temperature above 0")
    raised = np.asarray(sizes, float) ** (1 / temperature)
    return (raised / raised.sum()).tolist()


def epochs(sizes: Sequence[int], shares: Sequence[float], tokens: int) -> list[float]:
    """How often each source is read when that many tokens are drawn."""
    return [tokens * share / size for size, share in zip(sizes, shares, strict=True)]


def capped(sizes: Sequence[int], shares: Sequence[float], tokens: int, most: float | int) -> list[float]:
    """The shares with no source read more than `most` times; the rest of its share goes to the others.

    Raises ValueError where all sources together do not have that many tokens.
    """
    room = np.asarray(sizes, float) * most / tokens
    if room.sum() < 1 - 1e-12:
        raise ValueError(f"{most:g} epochs of all sources are fewer than {tokens:,} tokens")
    wanted, full = np.asarray(shares, float), np.zeros(len(sizes), bool)
    found = wanted.copy()
    while (over := (found > room + 1e-12) & ~full).any():
        full |= over
        free = wanted * ~full
        rest = 1 - room[full].sum()
        found = np.where(full, room, free / free.sum() * rest if free.sum() else room)
    return found.tolist()


def drawn(shares: Sequence[float], rows: int, seed: int, step: int) -> list[int]:
    """The source of each row of a batch: a function of seed and step alone."""
    return np.random.default_rng((seed, step)).choice(len(shares), size=rows, p=shares).tolist()
