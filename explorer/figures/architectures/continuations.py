"""Two greedy continuations of a run, as it is and with a change of its routing: their steps, and where they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.figures.architectures.counterfactuals import Asked
from explorer.tracing.probes.counterfactuals import Continuation


def parting(one: Sequence[int], other: Sequence[int]) -> int:
    """The first step at which two texts differ; where the shorter ends when they do not.

    >>> parting([5, 6, 7], [5, 6, 8]), parting([5, 6], [5, 6])
    (2, 2)
    """
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@dataclass(frozen=True, kw_only=True)
class WrittenStep:
    """One token of a continuation."""

    id: int
    p: float
    ids: list[int]
    """The likeliest."""
    probabilities: list[float]


def written(made: Continuation, k: int) -> list[WrittenStep]:
    """Each step's token, its probability, and the k likeliest."""
    steps = []
    for token, logits in zip(made.ids, made.logits, strict=True):
        p = logits.double().softmax(-1)
        top = p.topk(k)
        steps.append(
            WrittenStep(id=token, p=float(p[token]), ids=top.indices.tolist(), probabilities=top.values.tolist())
        )
    return steps


@dataclass(frozen=True, kw_only=True)
class CounterfactualContinuation(Asked):
    new: int
    """Tokens that are written."""
    edit: str
    label: str
    parting: int
    kl: list[float]
    """Of each step up to the parting."""
    context: list[int]
    """The token before, and some before that."""
    plain: list[WrittenStep]
    changed: list[WrittenStep]
    ended: bool
    """False while they are being written."""
