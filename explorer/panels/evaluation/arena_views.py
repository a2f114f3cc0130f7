"""Arena: blind votes between settings, and ratings with intervals that grow with them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.evaluation import arena as experiment
from explorer.figures.evaluation import arena as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.evaluation.standard_errors import SURE

PLAYERS = 4


def vote(scene: Scene) -> Iterator[Rendered[figure.ArenaVote]]:
    prompt, new, seed = scene.text("prompt").strip(), scene.whole("new"), scene.whole("seed")
    if not prompt:
        raise NotApplicableError("There is no prompt yet.", "Write a prompt.")
    scenes = [scene]
    if scene.there is not None and scene.there.model is not scene.model:
        scenes.append(scene.there)
    found, off = list[experiment.Answer](), 0
    for each in scenes:
        for answer in experiment.answers(each.model, prompt, new, seed, each.ticks("Answers written")):
            found.append(answer)
            if answer.setting == experiment.GREEDY:
                off += experiment.unlikely(each.model, answer)
            if len(found) < len(scenes) * len(experiment.SETTINGS):
                yield Rendered(figure.vote(prompt, found, False))
    what = "Each token of a greedy answer is the likeliest by one uncached pass of transformers"
    yield Rendered(figure.vote(prompt, found, True), (Check(what, float(off), 0.0, "tokens that differ"),))


def voters(scene: Scene) -> Iterator[Rendered[figure.ArenaVoters]]:
    gap, votes, seed = float(scene.whole("gap")), scene.whole("votes"), scene.whole("seed")
    true = experiment.strengths(PLAYERS, gap)
    fitted = [figure.fitted(each) for each in experiment.simulated(true, votes, seed, figure.RIDGE)]

    def drawn(covered: int | None) -> figure.ArenaVoters:
        return figure.ArenaVoters(
            true=tuple(true),
            gap=gap,
            fitted=tuple(fitted),
            needed=experiment.votes_needed(gap),
            covered=covered,
            arenas=experiment.ARENAS,
            votes=votes,
        )

    yield Rendered(drawn(None))
    covered = experiment.covered(true, max(votes, 200), seed, scene.ticks("Arenas simulated"))
    share, spread = covered / experiment.ARENAS, math.sqrt(SURE * (1 - SURE) / experiment.ARENAS)
    what = f"The interval of 95 % holds the true difference in 95 of 100 of {experiment.ARENAS} arenas"
    yield Rendered(drawn(covered), (Check(what, abs(share - SURE) / spread, 4.5, "standard errors"),))
