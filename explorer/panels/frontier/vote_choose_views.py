"""Sample, vote, choose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import numpy as np

from explorer.experiments.frontier import self_check, thinking
from explorer.experiments.frontier import vote_choose as experiment
from explorer.figures.frontier import self_check as self_figure
from explorer.figures.frontier import thinking as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.thinking.best_of_n import bound
from explorer.stack.frontier.thinking.voting import majority
from explorer.stack.worst import worst

#: Of probability.
ALIKE = 1e-9
#: Standard errors of pass@1 from the drawn texts.
ERRORS = 5.0
#: Of a text's log-probability, and the least standard error that a difference is held against.
LOGS_ALIKE, LEAST = 1e-3, 5e-3
#: Prompts from one partial result to the next.
EVERY = 4
#: Votes that are counted by going through every sequence.
FEW = 3


def votes(scene: Scene) -> Rendered[figure.VotedAnswers]:
    of, refused = thinking.asked(scene.text("prompt"))
    scene.progress("Counting all texts", 0, 1)
    made = experiment.voting(scene.one_of("stage", get_args(thinking.Stage)), of, scene.real("temperature"),
                             scene.whole("seed"))  # fmt: skip
    p = made.texts.of_answers()
    apart = abs(experiment.brute_majority(p.tolist(), of.answer, FEW) - majority(p, of.answer, FEW))
    once = made.counts[0]
    error = max((once.passed * (1 - once.passed) / experiment.DRAWN) ** 0.5, 0.02)
    checks = (
        Check(f"The vote of {FEW} by its formula = every sequence of {FEW} answers, counted", apart, ALIKE,
              "of probability"),
        Check("KL of best of n ≤ ln n − (n − 1) / n, each verifier and n",
              worst(float(np.maximum(kl - each.bound, 0)) for each in made.counts for kl in each.kl), ALIKE, "nats"),
        Check("pass@1 of all texts = the share of drawn texts that is right",
              abs(once.passed - once.sampled_passed) / error, ERRORS, "standard errors"),
    )  # fmt: skip
    return Rendered(figure.votes(made, refused), checks)


def optimised(scene: Scene) -> Iterator[Rendered[figure.OverOptimised]]:
    prompts = scene.whole("prompts")
    stage = scene.one_of("stage", get_args(thinking.Stage))
    done, made = 0, list[experiment.Optimised]()
    for made in experiment.optimised(stage, prompts, scene.progress):
        done = min(done + 6, prompts)
        if done < prompts:
            yield Rendered(figure.over_optimised(made, done, prompts))
    starts = [float(each.right[0]) for each in made]
    over = [float(np.maximum(each.kl[at] - bound(n), 0)) for each in made for at, n in enumerate(experiment.FAR)]
    checks = (
        Check("The best of one is the same text for every verifier", worst(abs(a - starts[0]) for a in starts), 1e-9,
              "of probability"),
        Check("KL of best of n ≤ ln n − (n − 1) / n", worst(over), 1e-6, "nats"),
    )  # fmt: skip
    yield Rendered(figure.over_optimised(made, prompts, prompts), checks)


def self_checked(scene: Scene) -> Iterator[Rendered[self_figure.SelfChecked]]:
    prompts = scene.whole("prompts")
    stage = scene.one_of("stage", get_args(thinking.Stage))
    for made in self_check.self_checked(stage, prompts, scene.progress):
        if made.prompts == prompts:
            yield Rendered(self_figure.self_checked(made, prompts), _own_checks(made))
        elif made.prompts % EVERY == EVERY - 1:
            yield Rendered(self_figure.self_checked(made, prompts))


def _own_checks(made: self_check.SelfChecked) -> tuple[Check, ...]:
    name = "sure"
    exact, drawn = (np.array([row[0] for row in each[name]]) for each in (made.right, made.sampled))
    error = (exact * (1 - exact) / self_check.DRAWN).sum() ** 0.5 / len(exact)
    return (
        Check("Log-probabilities of all texts, each in one pass = those of the tree with its cache",
              worst(made.passes_apart), LOGS_ALIKE, "nats"),
        Check("AUC by ranks = AUC by every pair of a right and a wrong text", worst([0.0, *made.pairs_apart]), ALIKE,
              "largest difference"),
        Check("Right among all texts = right among the drawn texts, mean of the prompts",
              float(abs((exact - drawn).mean()) / max(error, LEAST)), ERRORS, "standard errors"),
    )  # fmt: skip
