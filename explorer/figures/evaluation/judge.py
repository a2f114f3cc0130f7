"""A judge's verdicts in both orders, its bias, and how often it agrees with the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.experiments.evaluation.judge import Judged
from explorer.figures.evaluation.two_models import ScoreBounds, bounds
from explorer.figures.payload import Payload
from explorer.stack.evaluation.judge import score
from explorer.stack.evaluation.standard_errors import interval


@dataclass(frozen=True, kw_only=True)
class JudgePair:
    """One question in both orders; log-odds for the first place, in nats."""

    kind: str
    question: str
    right: str
    wrong: str
    right_first: float
    wrong_first: float
    preference: float
    """For the right answer."""
    bias: float
    """For the first place."""
    winner: str
    """right, wrong or tie."""


@dataclass(frozen=True, kw_only=True)
class JudgeSummary:
    """Of some pairs, or all."""

    kind: str
    pairs: int
    both_orders: float
    """A tie is half."""
    ties: int
    right_first: float
    """Agreement where the right answer always stands first."""
    wrong_first: float
    bias: ScoreBounds
    preference: ScoreBounds


@dataclass(frozen=True, kw_only=True)
class JudgeOrders(Payload):
    """A judge on all pairs read so far."""

    judge: str
    pairs: tuple[JudgePair, ...]
    total: int
    summaries: tuple[JudgeSummary, ...]
    example: str
    """What the judge reads of the first pair."""


def orders(judge: str, done: Sequence[Judged], total: int, example: str) -> JudgeOrders:
    kinds = tuple(dict.fromkeys(each.question.kind for each in done))
    grouped = [(kind, [each for each in done if each.question.kind == kind]) for kind in kinds]
    return JudgeOrders(
        judge=judge,
        pairs=tuple(_pair(each) for each in done),
        total=total,
        summaries=tuple(_summary(kind, group) for kind, group in [("all", [*done]), *grouped]),
        example=example,
    )


def _pair(each: Judged) -> JudgePair:
    asked, made = each.question, each.verdict
    return JudgePair(
        kind=asked.kind,
        question=asked.question,
        right=asked.right,
        wrong=asked.wrong,
        right_first=made.x_first,
        wrong_first=made.y_first,
        preference=made.preference,
        bias=made.bias,
        winner={"x": "right", "y": "wrong", "tie": "tie"}[made.winner],
    )


def _summary(kind: str, group: Sequence[Judged]) -> JudgeSummary:
    verdicts = [each.verdict for each in group]
    n = len(verdicts)
    return JudgeSummary(
        kind=kind,
        pairs=n,
        both_orders=score(verdicts),
        ties=sum(each.winner == "tie" for each in verdicts),
        right_first=sum(each.x_first > 0 for each in verdicts) / n,
        wrong_first=sum(each.y_first < 0 for each in verdicts) / n,
        bias=bounds(interval(torch.tensor([each.bias for each in verdicts]))),
        preference=bounds(interval(torch.tensor([each.preference for each in verdicts]))),
    )
