"""Sample, vote, choose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import numpy as np

from explorer.experiments.frontier import thinking
from explorer.experiments.frontier import vote_choose as experiment
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
