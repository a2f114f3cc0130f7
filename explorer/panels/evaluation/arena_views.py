"""Arena: blind votes between models and settings, and ratings with intervals that grow with them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from explorer.errors import ExplorerError, NotApplicableError
from explorer.experiments.evaluation import arena as experiment
from explorer.experiments.evaluation import simulated_votes as simulation
from explorer.figures.evaluation import arena as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.evaluation.standard_errors import SURE

PLAYERS = 4


def vote(scene: Scene) -> Iterator[Rendered[figure.ArenaVote]]:
    prompt, new, seed = scene.text("prompt").strip(), scene.whole("new"), scene.whole("seed")
    if not prompt:
        raise NotApplicableError("There is no prompt yet.", "Write a prompt.")
    # Where a visitor may bring nothing, the server is not his own.
    own, settings = (
        scene.files is not None,
        [each for each in _listed(scene, "settings") if each in experiment.SETTINGS],
    )
    offered = experiment.offered(scene.model.original, own)
    found, off, wrong = list[experiment.Answer](), 0, ""
    models = experiment.taking(scene.model, _listed(scene, "models"), own, scene.progress)
    try:
        for each in _with_the_other_run(scene, models):
            for answer in experiment.answers(each, prompt, new, seed, settings, scene.ticks("Answers written")):
                found.append(answer)
                if answer.setting == experiment.GREEDY:
                    off += experiment.unlikely(each.model, answer)
                yield Rendered(figure.vote(prompt, found, offered))
    except NotApplicableError:  # of the prompt: no model can take part
        raise
    except ExplorerError as error:
        wrong = f"{error.message} {error.hint}".strip()
    greedy = sum(answer.setting == experiment.GREEDY for answer in found)
    what = "Each token of a greedy answer is the likeliest by one uncached pass of transformers"
    checks = (Check(what, float(off), 0.0, "tokens that differ"),) if greedy else ()
    yield Rendered(figure.vote(prompt, found, offered, whole=True, wrong=wrong), checks)


def _with_the_other_run(scene: Scene, models: Iterator[experiment.Taking]) -> Iterator[experiment.Taking]:
    yield from models
    if scene.there is not None and scene.there.model is not scene.model:
        yield experiment.Taking(f"{experiment.named(scene.there.model)} (the other run)", scene.there.model)


def _listed(scene: Scene, name: str) -> list[str]:
    return list(dict.fromkeys(each.strip() for each in scene.text(name).split(",") if each.strip()))


def voters(scene: Scene) -> Iterator[Rendered[figure.ArenaVoters]]:
    gap, votes, seed = float(scene.whole("gap")), scene.whole("votes"), scene.whole("seed")
    true = simulation.strengths(PLAYERS, gap)
    fitted = [figure.fitted(each) for each in simulation.simulated(true, votes, seed, figure.RIDGE)]

    def drawn(covered: int | None) -> figure.ArenaVoters:
        return figure.ArenaVoters(
            true=tuple(true),
            gap=gap,
            fitted=tuple(fitted),
            needed=simulation.votes_needed(gap),
            covered=covered,
            arenas=simulation.ARENAS,
            votes=votes,
        )

    yield Rendered(drawn(None))
    covered = simulation.covered(true, max(votes, 200), seed, scene.ticks("Arenas simulated"))
    what = f"The interval of 95 % holds the true difference in 95 of 100 of {simulation.ARENAS} arenas"
    yield Rendered(drawn(covered), (_covers(what, covered, simulation.ARENAS),))


def style(scene: Scene) -> Iterator[Rendered[figure.ArenaStyle]]:
    gap, votes, seed, pull = float(scene.whole("gap")), scene.whole("votes"), scene.whole("seed"), scene.real("pull")
    true = simulation.strengths(PLAYERS, gap)
    made = simulation.first_arena(true, max(votes, 200), pull, seed)
    yield Rendered(figure.style(made, true, gap, pull, None))
    covered = simulation.covered_by_length(true, made.votes, pull, seed, scene.ticks("Arenas simulated"))
    what = f"With length controlled, the interval holds the true difference in 95 of 100 of {simulation.FEW} arenas"
    data = figure.style(made, true, gap, pull, covered)
    yield Rendered(data, (_covers(what, covered[1], simulation.FEW),))


def _covers(statement: str, held: int, arenas: int) -> Check:
    """How far the share of arenas lies from 95 %, in standard errors of such a share."""
    spread = math.sqrt(SURE * (1 - SURE) / arenas)
    return Check(statement, abs(held / arenas - SURE) / spread, 4.5, "standard errors")
