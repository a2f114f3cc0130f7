"""What DPO on a constitution's pairs does to other requests, by who labelled the pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.experiments.safety.constitution_training import LABELLERS, Taught, Trained, Trial
from explorer.figures.payload import Payload
from explorer.figures.safety.talk_rates import TalkMean, TalkRate, mean, rate
from explorer.stack.evaluation.standard_errors import interval
from explorer.stack.safety.constitution import Rule, kappa, preferred


@dataclass(frozen=True, kw_only=True)
class ConstitutionTrial:
    """One seed."""

    seed: int
    better: TalkRate
    """Held-out answers that the rule prefers to those before the training."""
    worse: int
    kl: float


@dataclass(frozen=True, kw_only=True)
class ConstitutionArm:
    """All seeds of one labeller."""

    labels: str
    pairs: int
    trials: list[ConstitutionTrial]
    gain: TalkMean
    """Better less worse, a request, the mean over the seeds; its interval is over the requests."""
    kl: float


@dataclass(frozen=True, kw_only=True)
class ConstitutionAnswer:
    """One held-out request, with the first seed's answers, by labeller as the arms stand."""

    request: str
    before: str
    after: list[str]
    verdicts: list[str]
    """Of the rule: better, worse or tie."""


@dataclass(frozen=True, kw_only=True)
class ConstitutionTrained(Payload):
    """All lists are empty where nothing was recorded."""

    principle: str
    rule: str
    steps: int
    drafts: int
    """Training requests."""
    different: int
    """Pairs whose two texts differ."""
    revisions: TalkRate | None
    """That the rule prefers, of the pairs that it decides."""
    kappa: TalkMean | None
    """Of the model's verdicts in both orders and the rule's."""
    arms: list[ConstitutionArm]
    answers: list[ConstitutionAnswer]


def trained(made: Trained | None, name: str, rule: Rule) -> ConstitutionTrained:
    """Of one principle."""
    one = None if made is None else next((each for each in made.taught if each.rule == name), None)
    if made is None or one is None:
        return ConstitutionTrained(
            principle=rule.principle, rule=rule.about, steps=0, drafts=0, different=0, revisions=None, kappa=None,
            arms=[], answers=[],
        )  # fmt: skip
    decided = [each for each in one.by_rule if each != "tie"]
    arms = [arm for labels in LABELLERS if (arm := _arm(labels, one, made, rule)) is not None]
    return ConstitutionTrained(
        principle=rule.principle,
        rule=rule.about,
        steps=made.steps,
        drafts=one.drafts,
        different=len(one.by_rule),
        revisions=rate("the rule prefers the revision", [each == "revision" for each in decided]) if decided else None,
        kappa=mean(kappa(one.by_model, one.by_rule), len(one.by_rule)),
        arms=arms,
        answers=_answers(arms, one, made, rule),
    )


def _arm(labels: str, one: Taught, made: Trained, rule: Rule) -> ConstitutionArm | None:
    trials = [each for each in one.trials if each.labels == labels]
    if not trials:
        return None
    gains = torch.tensor([[_gain(word) for word in words(rule, made.before, each.answers)] for each in trials])
    n = len(made.requests)
    return ConstitutionArm(
        labels=labels,
        pairs=one.pairs[labels],
        trials=[_trial(each, n) for each in trials],
        gain=mean(interval(gains.mean(0)), n),
        kl=sum(each.kl for each in trials) / len(trials),
    )


def _trial(made: Trial, n: int) -> ConstitutionTrial:
    better = rate(f"seed {made.seed}", [at < made.better for at in range(n)])
    return ConstitutionTrial(seed=made.seed, better=better, worse=made.worse, kl=made.kl)


def words(rule: Rule, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What the rule says of each later answer."""
    names = {"revision": "better", "draft": "worse", "tie": "tie"}
    return [names[preferred(rule, *each)] for each in zip(before, after, strict=True)]


def _gain(word: str) -> float:
    return {"better": 1.0, "worse": -1.0, "tie": 0.0}[word]


def _answers(arms: Sequence[ConstitutionArm], one: Taught, made: Trained, rule: Rule) -> list[ConstitutionAnswer]:
    first = [next(each.answers for each in one.trials if each.labels == arm.labels) for arm in arms]
    said = [words(rule, made.before, each) for each in first]
    return [
        ConstitutionAnswer(
            request=request, before=made.before[at], after=[each[at] for each in first], verdicts=[e[at] for e in said]
        )
        for at, request in enumerate(made.requests)
    ]  # fmt: skip
