"""Beam search: the tree of a real search from the run's prompt, against greedy decoding."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.inference import beam_search as experiment
from explorer.figures.inference import beam_search as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.inference.beam_search import BeamSettings
from explorer.tracing.capture import stop_ids

#: The most that a visitor may ask for.
BEAMS, STEPS = 8, 24


def tree(scene: Scene) -> Iterator[Rendered[figure.BeamTree]]:
    decoder, settings = scene.decoder, _settings(scene)
    prompt = [t.id for t in scene.trace.tokens[: scene.trace.n_prompt]]
    if len(prompt) + settings.max_new_tokens > decoder.config.n_ctx:
        raise NotApplicableError(
            f"{len(prompt)} prompt tokens and {settings.max_new_tokens} new ones pass the model's "
            f"{decoder.config.n_ctx:,} positions.",
            "Take a shorter prompt.",
        )
    limits, changed = figure.BeamLimits(BEAMS, STEPS), bool(scene.trace.key.interventions)
    for made in experiment.beams(decoder, prompt, settings, stop_ids(scene.model), scene.ticks("Passes")):
        data = figure.picture(made, prompt[-1], limits, changed)
        said = data.greedy.ids if data.greedy else ()
        ids = {prompt[-1], *said, *(n.token for n in made.found.nodes)}
        yield Rendered(data, _checks(made) if made.whole else (), token_ids=ids)


def _settings(scene: Scene) -> BeamSettings:
    n_beams, groups = scene.number("beams", 4, 1, BEAMS), scene.number("groups", 1, 1, 4)
    groups = next(g for g in range(min(groups, n_beams), 0, -1) if n_beams % g == 0)
    return BeamSettings(
        n_beams,
        scene.number("steps", 12, 2, STEPS),
        scene.number("length", 1.0, -1.0, 2.0),
        n_groups=groups,
        diversity=scene.number("diversity", 1.0, 0.0, 3.0) if groups > 1 else 0.0,
    )


def _checks(made: experiment.BeamRun) -> tuple[Check, ...]:
    n = len(made.found.hypotheses)
    what = f"The {n} texts' totals" if n > 1 else "The text's total"
    return (Check(f"{what}, from cached steps, equal one pass over the whole text", made.gap, 1e-3, "largest error"),)
