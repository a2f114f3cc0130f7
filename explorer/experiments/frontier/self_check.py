"""A model that judges its own texts: four scores of its own beside the vote and trained verifiers, on the same texts.

All texts of a held-out prompt are counted, so that AUC and best of n are exact; drawn texts are scored beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import numpy as np
import torch
from jaxtyping import Float

from explorer.experiments.frontier import thinking
from explorer.experiments.frontier.thinking import Judge, Stage
from explorer.stack.architectures.paired_interval import Interval, paired_interval
from explorer.stack.evaluation.paired_tests import sign_flips
from explorer.stack.frontier.thinking.best_of_n import best_of, estimated
from explorer.stack.frontier.thinking.chains import Chain, held_out, read
from explorer.stack.frontier.thinking.enumerated import Texts
from explorer.stack.frontier.thinking.self_check import OWN, auc, own_scores
from explorer.stack.frontier.thinking.voting import majority, voted
from explorer.stack.worst import worst

COUNTS = (1, 2, 4, 8, 16, 32, 64)
#: Texts drawn behind each prompt, and choices of k of them whose vote is taken.
DRAWN, CHOICES = 64, 100
TRAINED: tuple[Judge, ...] = ("outcome", "process")
VOTE = "vote"
METHODS = (*OWN, *TRAINED, VOTE)
#: What all are compared with.
AGAINST = (VOTE, "outcome")
#: Prompts beside the one that is asked, for the likelihood of the question; other ones than are asked.
OTHERS, OTHERS_SEED = 8, 1
FLOOR = 1e-4


@dataclass(eq=False)
class SelfChecked:
    """So many prompts as are done; NaN where a prompt has no wrong text, or no right one."""

    right: dict[str, list[list[float]]] = field(default_factory=lambda: {name: [] for name in METHODS})
    """Of each method, prompt and count: the text it chooses is right; exactly."""
    sampled: dict[str, list[list[float]]] = field(default_factory=lambda: {name: [] for name in METHODS})
    areas: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in METHODS})
    likeliest: list[float] = field(default_factory=list)
    """The likeliest text of all is right."""
    pairs_apart: list[float] = field(default_factory=list)
    """AUC by ranks against every pair."""
    passes_apart: list[float] = field(default_factory=list)
    """Log-probabilities in one pass against those of the tree with its cache."""

    @property
    def prompts(self) -> int:
        return len(self.likeliest)

    def against(self, name: str, other: str, at: int) -> tuple[Interval, float]:
        """Right by the one less right by the other, paired by prompt, and the test's p-value."""
        both = [torch.tensor([row[at] for row in self.right[each]], dtype=torch.float64) for each in (name, other)]
        apart = both[0] - both[1]
        return paired_interval(apart), sign_flips(apart, torch.Generator().manual_seed(0))

    def area(self, name: str) -> tuple[Interval, int]:
        """AUC over the prompts that have one, and how many these are."""
        known = [each for each in self.areas[name] if not np.isnan(each)]
        return paired_interval(torch.tensor(known, dtype=torch.float64)), len(known)


def self_checked(stage: Stage, prompts: int, progress: Callable[[str, int, int], None]) -> Iterator[SelfChecked]:
    """Prompt by prompt."""
    others = [each.prompt for each in held_out(OTHERS, OTHERS_SEED)]
    made = SelfChecked()
    for place, of in enumerate(held_out(prompts)):
        progress("Counting all texts of prompts", place, prompts)
        _added(made, stage, of, [each for each in others if each != of.prompt], place)
        yield made


def _added(made: SelfChecked, stage: Stage, of: Chain, others: list[str], seed: int) -> None:
    texts = thinking.all_texts(stage, of, floor=FLOOR)
    written = [thinking.text_of(steps, int(each)) for steps, each in zip(texts.steps, texts.answers, strict=True)]
    scores = scores_of(stage, of, written, others)
    right = texts.answers == of.answer
    made.likeliest.append(float(right[0]))
    made.passes_apart.append(worst(np.abs(scores["sure"] - np.log(texts.p)).tolist()))
    if right.any() and not right.all():
        made.pairs_apart.append(abs(auc(texts.p, right, scores["sure"]) - by_pairs(texts, right, scores["sure"])))
    drawn = thinking.drawn(stage, of, DRAWN, seed)
    answers = [read(each).answer for each in drawn]
    values = np.array([each == of.answer for each in answers], dtype=float)
    found = _scores_of_drawn(stage, of, drawn, others)
    for name, each in scores.items():
        made.areas[name].append(auc(texts.p, right, each))
        made.right[name].append([float(best_of(texts.p, each, k)[right].sum()) for k in COUNTS])
        made.sampled[name].append([estimated(found[name], values, k) for k in COUNTS])
    random, p = Random(seed), texts.of_answers()  # noqa: S311
    made.areas[VOTE].append(np.nan)
    made.right[VOTE].append([majority(p, of.answer, k) for k in COUNTS])
    made.sampled[VOTE].append(
        [float(np.mean([voted(random.sample(answers, k), of.answer) for _ in range(CHOICES)])) for k in COUNTS]
    )


def scores_of(stage: Stage, of: Chain, texts: list[str], others: list[str]) -> dict[str, Float[np.ndarray, " text"]]:
    """Of whole texts, by the model itself and by the verifiers."""
    own = own_scores(thinking.decoder(stage), thinking.signs(), of.prompt, texts, others)
    return {**own, **{name: thinking.scored(of, texts, name) for name in TRAINED}}


def _scores_of_drawn(stage: Stage, of: Chain, drawn: list[str], others: list[str]) -> dict[str, np.ndarray]:
    """Each different text is scored once; what is no text of the task lies below all."""
    whole = sorted({each for each in drawn if read(each).answer is not None})
    scores = scores_of(stage, of, whole, others) if whole else {}
    at = {text: place for place, text in enumerate(whole)}
    return {
        name: np.array([scores[name][at[each]] if each in at else -np.inf for each in drawn])
        for name in (*OWN, *TRAINED)
    }


def by_pairs(texts: Texts, right: np.ndarray, scores: np.ndarray) -> float:
    """AUC from every pair of a right and a wrong text."""
    above = np.sign(scores[right][:, None] - scores[~right][None, :]) / 2 + 0.5
    weights = texts.p[right][:, None] * texts.p[~right][None, :]
    return float((above * weights).sum() / weights.sum())
