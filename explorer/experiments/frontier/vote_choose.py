"""Samples of one prompt, their votes and their scores: pass@k, maj@k and best of n, exact and estimated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from jaxtyping import Float

from explorer.experiments.frontier import thinking
from explorer.experiments.frontier.thinking import Judge, Stage
from explorer.stack.evaluation.pass_at_k import pass_at_k
from explorer.stack.frontier.thinking.best_of_n import best_of, bound, divergence, estimated
from explorer.stack.frontier.thinking.chains import Chain, held_out, read
from explorer.stack.frontier.thinking.enumerated import Texts
from explorer.stack.frontier.thinking.voting import majority, passed, voted

COUNTS = (1, 2, 4, 8, 16, 32, 64)
#: Texts drawn.
DRAWN = 64
#: Choices of k drawn texts whose vote is taken.
CHOICES = 400
#: n of the over-optimised verifier.
FAR = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)
#: What the flawed verifier adds for each more that the answer says.
LIKING = 0.1
JUDGES: tuple[Judge, ...] = ("outcome", "process", "few")
FLOOR = 1e-4


@dataclass(frozen=True)
class Sample:
    """One drawn text."""

    text: str
    answer: int | None
    right: bool
    scores: tuple[float, ...]
    """By each judge."""


@dataclass(frozen=True)
class AtCount:
    """Exact and estimated, at one k."""

    k: int
    passed: float
    majority: float
    best: tuple[float, ...]
    """Right, by each judge."""
    kl: tuple[float, ...]
    bound: float
    sampled_passed: float
    sampled_majority: float
    sampled_best: tuple[float, ...]


@dataclass(frozen=True)
class Voting:
    """All of one prompt."""

    of: Chain
    texts: Texts
    scores: tuple[Float[np.ndarray, " text"], ...]
    samples: tuple[Sample, ...]
    counts: tuple[AtCount, ...]


def voting(stage: Stage, of: Chain, temperature: float, seed: int) -> Voting:
    """Of one prompt."""
    texts = thinking.all_texts(stage, of, temperature=temperature, floor=FLOOR)
    written = [thinking.text_of(steps, int(answer)) for steps, answer in zip(texts.steps, texts.answers, strict=True)]
    scores = tuple(thinking.scored(of, written, judge) for judge in JUDGES)
    samples = _samples(stage, of, temperature, seed)
    counts = tuple(_at(k, of, texts, scores, samples, seed) for k in COUNTS)
    return Voting(of, texts, scores, samples, counts)


def _samples(stage: Stage, of: Chain, temperature: float, seed: int) -> tuple[Sample, ...]:
    drawn = thinking.drawn(stage, of, DRAWN, seed, temperature)
    answers = [read(each).answer for each in drawn]
    whole = [at for at, each in enumerate(answers) if each is not None]
    scores = np.zeros((DRAWN, len(JUDGES)))
    for column, judge in enumerate(JUDGES):
        scores[whole, column] = thinking.scored(of, [drawn[at] for at in whole], judge)
    return tuple(
        Sample(text, answer, answer == of.answer, tuple(row))
        for text, answer, row in zip(drawn, answers, scores.tolist(), strict=True)
    )


def _at(k: int, of: Chain, texts: Texts, scores: Sequence[np.ndarray], samples: Sequence[Sample], seed: int) -> AtCount:
    right = texts.answers == of.answer
    best = [best_of(texts.p, each, k) for each in scores]
    values = np.array([each.right for each in samples], dtype=float)
    judged = np.array([each.scores for each in samples])
    random, answers = Random(seed * 1000 + k), [each.answer for each in samples]  # noqa: S311
    votes = [voted(random.sample(answers, k), of.answer) for _ in range(CHOICES if k < DRAWN else 1)]
    return AtCount(
        k, passed(texts.right(of.answer), k), majority(texts.of_answers(), of.answer, k),
        tuple(float(each[right].sum()) for each in best), tuple(divergence(each, texts.p) for each in best), bound(k),
        pass_at_k(len(samples), int(values.sum()), k), float(np.mean(votes)),
        tuple(estimated(judged[:, at], values, k) for at in range(len(JUDGES))),
    )  # fmt: skip


@dataclass(frozen=True)
class Optimised:
    """One judge over all n: means over prompts, and half of their 95 % interval."""

    judge: str
    score: Float[np.ndarray, " n"]
    right: Float[np.ndarray, " n"]
    half: Float[np.ndarray, " n"]
    kl: Float[np.ndarray, " n"]


FLAWED = "large"
ALL = (*JUDGES, FLAWED)


def optimised(stage: Stage, prompts: int, progress: Callable[[str, int, int], None]) -> Iterator[list[Optimised]]:
    """What a judge says of its best of n, and how often that is right; exact, over held-out prompts."""
    found = np.zeros((3, len(ALL), prompts, len(FAR)))
    for place, of in enumerate(held_out(prompts)):
        progress("Counting all texts of prompts", place, prompts)
        texts = thinking.all_texts(stage, of, floor=FLOOR)
        written = [thinking.text_of(steps, int(each)) for steps, each in zip(texts.steps, texts.answers, strict=True)]
        scores = [thinking.scored(of, written, judge) for judge in JUDGES]
        scores.append(scores[0] + LIKING * texts.answers)
        right = texts.answers == of.answer
        for row, each in enumerate(scores):
            for column, n in enumerate(FAR):
                best = best_of(texts.p, each, n)
                found[:, row, place, column] = (best * each).sum(), best[right].sum(), divergence(best, texts.p)
        if place + 1 == prompts or place % 6 == 5:
            yield _means(found[:, :, : place + 1])


def _means(found: Float[np.ndarray, "3 judge prompt n"]) -> list[Optimised]:
    mean, prompts = found.mean(2), found.shape[2]
    half = 1.96 * found[1].std(1, ddof=1 if prompts > 1 else 0) / prompts**0.5
    return [Optimised(name, mean[0, at], mean[1, at], half[at], mean[2, at]) for at, name in enumerate(ALL)]


def brute_majority(p: Sequence[float], right: int, k: int) -> float:
    """The vote by going through every sequence of k answers; for few answers and small k."""
    from itertools import product

    silent = 1 - sum(p)
    chances, names = [*p, silent], [*range(len(p)), None]
    total = 0.0
    for draw in product(range(len(names)), repeat=k):
        total += float(np.prod([chances[at] for at in draw])) * voted([names[at] for at in draw], right)
    return total
