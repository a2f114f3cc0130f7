"""Draft, critique, revision with their differences; pairs under two judges; telling apart and criticising."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.experiments.safety.constitution import Item, Revised
from explorer.figures.payload import Payload
from explorer.figures.safety.talk_rates import TalkMean, TalkRate, mean, rate
from explorer.stack.evaluation.judge import Verdict
from explorer.stack.evaluation.standard_errors import interval
from explorer.stack.safety.constitution import Rule, changed, differences, kappa, preferred
from explorer.stack.safety.critique_gap import gap


@dataclass(frozen=True, kw_only=True)
class RevisionPiece:
    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class RevisionStep:
    principle: str
    asked: str
    critique: str
    wanted: str
    revision: str | None
    pieces: list[RevisionPiece]
    """The difference to the text before."""
    changed: float
    """Share of words."""


@dataclass(frozen=True, kw_only=True)
class ConstitutionSteps(Payload):
    own: bool
    request: str
    draft: str
    draft_ids: list[int]
    steps: list[RevisionStep]
    total: int


@dataclass(frozen=True, kw_only=True)
class JudgedPair:
    request: str
    draft: str
    revision: str
    pieces: list[RevisionPiece]
    changed: float
    rule: str
    """revision, draft or tie, by the rule."""
    judge: str | None
    """The same by the model in both orders; None while it is not asked."""
    revision_first: float | None
    """Log-odds for the first place, in nats."""
    draft_first: float | None


@dataclass(frozen=True, kw_only=True)
class ConstitutionPairs(Payload):
    own: bool
    principle: str
    rule: str
    pairs: list[JudgedPair]
    total: int
    rates: list[TalkRate]
    preference: TalkMean | None
    bias: TalkMean | None
    kappa: TalkMean | None
    """Of judge and rule, three verdicts each."""
    forced: TalkMean | None
    """Of the sign of the judge's preference and the rule, on pairs that the rule does not call a tie."""


@dataclass(frozen=True, kw_only=True)
class GapItem:
    question: str
    right: str
    wrong: str
    answer: str
    critique: str
    twin: str
    generated: bool
    told_apart: bool
    both_orders: bool
    found: bool
    accused: bool
    preference: float
    bias: float


@dataclass(frozen=True, kw_only=True)
class ConstitutionGap(Payload):
    own: bool
    items: list[GapItem]
    total: int
    rates: list[TalkRate]
    generate_gap: TalkMean
    """Discriminate less generate."""
    critique_gap: TalkMean
    """Discriminate less criticise."""
    net_critique: TalkMean
    """Critiques that find the mistake, less those that accuse a right answer."""


def _pieces(before: str, after: str) -> list[RevisionPiece]:
    return [RevisionPiece(kind=each.kind, text=each.text) for each in differences(before, after)]


def steps(made: Revised, total: int, own: bool) -> ConstitutionSteps:
    before, found = made.draft.text, list[RevisionStep]()
    for each in made.steps:
        after = None if each.revision is None else each.revision.text
        found.append(
            RevisionStep(
                principle=each.principle, asked=each.asked, critique=each.critique.text, wanted=each.wanted,
                revision=after, pieces=[] if after is None else _pieces(before, after),
                changed=0.0 if after is None else changed(before, after),
            )
        )  # fmt: skip
        before = before if after is None else after
    return ConstitutionSteps(
        own=own, request=made.request, draft=made.draft.text, draft_ids=list(made.draft.ids), steps=found, total=total
    )  # fmt: skip


def pairs(made: Sequence[Revised], verdicts: Sequence[Verdict], rule: Rule, total: int, own: bool) -> ConstitutionPairs:
    """`verdicts`: of the pairs judged so far, x is the revision."""
    by_rule = [preferred(rule, each.draft.text, each.last) for each in made]
    by_judge = [{"x": "revision", "y": "draft", "tie": "tie"}[each.winner] for each in verdicts]
    found = [
        JudgedPair(
            request=each.request, draft=each.draft.text, revision=each.last, pieces=_pieces(each.draft.text, each.last),
            changed=changed(each.draft.text, each.last), rule=by_rule[at],
            judge=by_judge[at] if at < len(by_judge) else None,
            revision_first=verdicts[at].x_first if at < len(verdicts) else None,
            draft_first=verdicts[at].y_first if at < len(verdicts) else None,
        )
        for at, each in enumerate(made)
    ]  # fmt: skip
    rates = [rate(f"rule: {name}", [each == name for each in by_rule]) for name in ("revision", "draft", "tie")]
    if not verdicts:
        return ConstitutionPairs(
            own=own, principle=rule.principle, rule=rule.about, pairs=found, total=total, rates=rates, preference=None,
            bias=None, kappa=None, forced=None,
        )  # fmt: skip
    rates += [rate(f"judge: {name}", [each == name for each in by_judge]) for name in ("revision", "draft", "tie")]
    n = len(verdicts)
    signs = ["revision" if each.preference > 0 else "draft" for each in verdicts]
    decided = [at for at in range(n) if by_rule[at] != "tie"]
    forced = kappa([signs[at] for at in decided], [by_rule[at] for at in decided])
    return ConstitutionPairs(
        own=own, principle=rule.principle, rule=rule.about, pairs=found, total=total, rates=rates,
        preference=mean(interval(torch.tensor([each.preference for each in verdicts])), n),
        bias=mean(interval(torch.tensor([each.bias for each in verdicts])), n),
        kappa=mean(kappa(by_judge, by_rule[:n]), n),
        forced=mean(forced, len(decided)),
    )  # fmt: skip


def three(done: Sequence[Item], total: int, own: bool) -> ConstitutionGap:
    items = [
        GapItem(
            question=each.fact.question, right=each.fact.right, wrong=each.fact.wrong, answer=each.answer.text,
            critique=each.critique.text, twin=each.twin.text, generated=each.generated, told_apart=each.told_apart,
            both_orders=each.in_both_orders, found=each.found, accused=each.accused,
            preference=each.verdict.preference, bias=each.verdict.bias,
        )
        for each in done
    ]  # fmt: skip
    told = [each.told_apart for each in done]
    found, accused = [each.found for each in done], [each.accused for each in done]
    generated = [each.generated for each in done]
    return ConstitutionGap(
        own=own,
        items=items,
        total=total,
        rates=[
            rate("generates: the answer is right", generated),
            rate("discriminates: prefers the right answer", told),
            rate("names the right place in both orders", [each.in_both_orders for each in done]),
            rate("criticises: finds the mistake", found),
            rate("twin: accuses the right answer", accused),
        ],
        generate_gap=mean(gap(told, generated), len(done)),
        critique_gap=mean(gap(told, found), len(done)),
        net_critique=mean(gap(found, accused), len(done)),
    )
