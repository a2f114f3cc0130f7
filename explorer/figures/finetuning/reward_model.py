"""Reward models: what they give answers and why, how well they agree with the rule, and what fools them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from explorer.corpora.preferences import RULES
from explorer.experiments.finetuning.rewarding import Rewarded, Scored
from explorer.figures.finetuning.preferences import said
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class RewardedAnswer(Payload):
    """One answer."""

    text: str
    ids: tuple[int, ...]
    """Of the answer, with the marks that end it; at the last the head reads."""
    rewards: Float[ndarray, " head"]
    moves: Float[ndarray, " token"]
    """The mean reward less that without the token; none for the marks."""


@dataclass(frozen=True, kw_only=True)
class RewardScores(Payload):
    """Answers to one request, as three heads score them."""

    rule: str
    about: str
    request: str
    answers: tuple[RewardedAnswer, ...]
    pairs: int
    template: bool


@dataclass(frozen=True, kw_only=True)
class RewardTwin(Payload):
    """What a change that the rule does not ask for does to rejected answers."""

    name: str
    example: str
    change: Float[ndarray, " pair"]
    """Of the mean reward."""
    beats: int
    """Twins with a higher reward than the chosen answer."""


@dataclass(frozen=True, kw_only=True)
class RewardJudged(Payload):
    """Three heads on held-out pairs."""

    rule: str
    about: str
    pairs: int
    requests: tuple[str, ...]
    chosen_texts: tuple[str, ...]
    rejected_texts: tuple[str, ...]
    chosen: Float[ndarray, "head pair"]
    rejected: Float[ndarray, "head pair"]
    agreement: Float[ndarray, " head"]
    together: float
    """The agreement of the mean reward."""
    ece: float
    confidence: Float[ndarray, " bin"]
    accuracy: Float[ndarray, " bin"]
    count: tuple[int, ...]
    twins: tuple[RewardTwin, ...]
    beaten: int
    """Rejected answers that already have a higher reward than the chosen one."""
    asked: int
    """Twins that there are when it is done."""


def scores(made: Rewarded, found: Scored, request: str) -> RewardScores:
    answers = tuple(
        RewardedAnswer(
            text=text,
            ids=said(example),
            rewards=_plain(found.rewards.rewards[:, at]),
            moves=_plain(found.rewards.mean[at] - found.without[at]),
        )
        for at, (text, example) in enumerate(zip(found.answers, found.examples, strict=True))
    )
    rule = made.recipe.rule
    return RewardScores(
        rule=rule, about=RULES[rule].about, request=request, answers=answers, pairs=made.recipe.pairs,
        template=made.template,
    )  # fmt: skip


def judged(made: Rewarded, twins: int) -> RewardJudged:
    chosen, rejected = made.chosen, made.rejected
    assert chosen is not None
    assert rejected is not None
    *each, together = made.agreements
    sure, rule = made.calibration, made.recipe.rule
    return RewardJudged(
        rule=rule,
        about=RULES[rule].about,
        pairs=made.recipe.pairs,
        requests=tuple(pair.request for pair in made.held_out),
        chosen_texts=tuple(pair.chosen for pair in made.held_out),
        rejected_texts=tuple(pair.rejected for pair in made.held_out),
        chosen=_plain(chosen.rewards),
        rejected=_plain(rejected.rewards),
        agreement=np.array(each, dtype=np.float32),
        together=together,
        ece=sure.ece,
        confidence=_plain(sure.confidence),
        accuracy=_plain(sure.accuracy),
        count=tuple(sure.count.tolist()),
        twins=tuple(
            RewardTwin(
                name=name,
                example=twin.texts[0],
                change=_plain(rewards.mean - rejected.mean),
                beats=int((rewards.mean > chosen.mean).sum()),
            )
            for name, (twin, rewards) in made.twins.items()
        ),
        beaten=int((rejected.mean > chosen.mean).sum()),
        asked=twins,
    )


def _plain(values: Tensor) -> Float[ndarray, ...]:
    return values.detach().numpy().astype(np.float32)
