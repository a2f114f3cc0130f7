"""Reward against KL: the frontier, one sum, and a flawed reward."""

from __future__ import annotations

from typing import get_args

from explorer.experiments.finetuning import pipeline
from explorer.experiments.finetuning import reward_kl as experiment
from explorer.figures.finetuning import reward_kl as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.finetuning.flawed import Flaw
from explorer.stack.worst import worst

#: Of reward: the record has five digits.
ABOVE, CLIMBED = 1e-4, 1e-6
#: Of a probability.
ALIKE = 1e-6
ERRORS = 5.0


def frontier(scene: Scene) -> Rendered[figure.RewardFrontier]:
    scene.progress("Counting all answers", 0, 1)
    best = experiment.best()
    apart = worst(abs(each.value - experiment.climbed(each.beta)) for each in best)
    checks = (
        Check("No recorded policy lies above the frontier", experiment.farthest_above(best), ABOVE, "of reward"),
        Check("The frontier’s values = those that mirror ascent reaches", apart, CLIMBED, "of reward"),
    )
    return Rendered(figure.frontier(best), checks)


def optimum(scene: Scene) -> Rendered[figure.OptimumAnswers]:
    scene.progress("Counting all answers", 0, 1)
    of, _, refused = pipeline.understood(scene.text("sum"))
    made = experiment.one_sum(of)
    what = f"π* as the formula has it = where mirror ascent ends, all answers, {len(made.best)} values of β"
    return Rendered(figure.optimum(made, refused), (Check(what, made.off, ALIKE, "largest relative difference"),))


def hacking(scene: Scene) -> Rendered[figure.RewardHacking]:
    scene.progress("Counting all answers", 0, 1)
    flaw = scene.one_of("flaw", get_args(Flaw))
    made = experiment.hacking(flaw)
    what = "Both exact means at β 0.1 = those of answers drawn from that policy and judged as texts"
    return Rendered(figure.hacking(made, flaw), (Check(what, made.off, ERRORS, "standard errors"),))
