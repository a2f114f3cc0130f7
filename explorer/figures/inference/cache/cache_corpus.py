"""Perplexity over held-out texts against the bytes of a cache, policy by policy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.inference.cache.cache_corpus import FULL, HALF, CacheLosses, PolicyLosses
from explorer.experiments.inference.decoding.held_out_texts import OverTexts, over_texts
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class AddedLoss:
    """Loss added, in nats a token: the differences text by text, and what they tell."""

    over: OverTexts
    verdict: Literal["more", "less", "within", "same", "unknown"]
    """Above nought, below it, within the spread of the texts, no difference at all; unknown of one text."""


@dataclass(frozen=True, kw_only=True)
class PolicyPerplexity:
    """One policy over all texts."""

    name: str
    label: str
    bytes: float
    """That a text's cache takes after the last token fed."""
    perplexity: float
    full: AddedLoss
    """Against the full cache in float32."""
    half: AddedLoss
    """Against the full cache in float16."""
    same: float
    """Share of steps whose likeliest token is the full cache's."""
    kinds: tuple[float, ...]
    """Loss added against float32, by kind."""


@dataclass(frozen=True, kw_only=True)
class CachePerplexity(Payload):
    """All policies, as far as they have been fed."""

    policies: tuple[PolicyPerplexity, ...]
    kinds: tuple[str, ...]
    texts: int
    texts_each: int
    start: int
    length: int
    steps: int
    of_steps: int
    budget: int
    group: int
    residual: int
    absent: str


def perplexities(made: CacheLosses, labels: Mapping[str, str], of: Sequence[str]) -> tuple[PolicyPerplexity, ...]:
    """`of`: the kind of each text."""
    full, half = (made.policies[name].loss for name in (FULL, HALF))
    return tuple(_policy(name, labels[name], each, full, half, of) for name, each in made.policies.items())


def _policy(
    name: str, label: str, made: PolicyLosses, full: Float[Tensor, "text step"], half: Float[Tensor, "text step"],
    of: Sequence[str],
) -> PolicyPerplexity:  # fmt: skip
    by_text = (made.loss - full).double().mean(1)
    kinds = [by_text[[at for at, kind in enumerate(of) if kind == each]] for each in dict.fromkeys(of)]
    return PolicyPerplexity(
        name=name,
        label=label,
        bytes=made.nbytes,
        perplexity=math.exp(float(made.loss.double().mean())),
        full=added(made.loss, full),
        half=added(made.loss, half),
        same=float(made.same.double().mean()),
        kinds=tuple(float(each.mean()) for each in kinds),
    )


def added(loss: Float[Tensor, "text step"], other: Float[Tensor, "text step"]) -> AddedLoss:
    """
    >>> import torch
    >>> made = added(torch.tensor([[1.0, 2.0], [3.0, 3.0]]), torch.tensor([[1.0, 1.0], [2.0, 2.0]]))
    >>> made.over.mean, made.verdict
    (0.75, 'within')
    """
    differences = (loss - other).double().mean(1)
    over = over_texts(differences.tolist())
    if not differences.any():
        return AddedLoss(over=over, verdict="same")
    if over.low is None or over.high is None:
        return AddedLoss(over=over, verdict="unknown")
    return AddedLoss(over=over, verdict="more" if over.low > 0 else "less" if over.high < 0 else "within")
