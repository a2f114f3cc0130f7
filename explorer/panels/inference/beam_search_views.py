"""Beam search: the tree of a real search from the run's prompt, against greedy decoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from explorer.errors import NotApplicableError
from explorer.experiments.inference.decoding import beam_search as experiment
from explorer.figures.inference.decoding import beam_search as figure
from explorer.figures.inference.decoding.text_beside import text_beside
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.inference.decoding.beam_search import BeamSettings
from explorer.stack.worst import worst
from explorer.tracing.capturing.capture import stop_ids

#: Whoever asks for one of these has chosen a search.
ASKED = ("beams", "steps", "length", "groups", "diversity")
#: The most that a visitor may ask for.
BEAMS, STEPS = 8, 24


def tree(scene: Scene) -> Iterator[Rendered[figure.BeamTree]]:
    limits, changed = figure.BeamLimits(beams=BEAMS, steps=STEPS), bool(scene.trace.key.interventions)
    made, there, last = None, scene.there, scene.trace.tokens[scene.trace.n_prompt - 1].id

    def shown(made: experiment.BeamRun, beside: experiment.BeamRun | None = None) -> Rendered[figure.BeamTree]:
        base, both = None, [made]
        if beside is not None and there is not None:
            best, theirs = made.found.hypotheses[0].ids, beside.found.hypotheses[0].ids
            base = figure.beside(beside, text_beside(scene.model, best, there.model, theirs))
            both.append(beside)
        data = figure.picture(made, last, limits, changed, base)
        said = data.greedy.ids if data.greedy else ()
        whole = made.whole and (there is None or base is not None)
        return Rendered(data, _checks(both) if whole else (), {last, *said, *(n.token for n in made.found.nodes)})

    settings, opened = _opened(scene)
    for made in _searched(scene, settings):
        yield shown(replace(made, opened=opened))
    if there is not None and made is not None:
        *_, beside = _searched(there, settings)
        yield shown(replace(made, opened=opened), beside)


def _opened(scene: Scene) -> tuple[BeamSettings, experiment.BeamOpening | None]:
    """What is asked for; where nothing is, the smallest search whose best text is not greedy's."""
    prompt, n_ctx = _prompt(scene), scene.decoder.config.n_ctx
    far = min(experiment.FAR, n_ctx - len(prompt))
    if any(name in scene.controls for name in ASKED) or far < experiment.FEW:
        return _settings(scene), None
    return experiment.telling(scene.decoder, prompt, stop_ids(scene.model), far, scene.ticks("Steps of small searches"))


def _prompt(scene: Scene) -> list[int]:
    return [t.id for t in scene.trace.tokens[: scene.trace.n_prompt]]


def _searched(scene: Scene, settings: BeamSettings) -> Iterator[experiment.BeamRun]:
    prompt = _prompt(scene)
    if len(prompt) + settings.max_new_tokens > scene.decoder.config.n_ctx:
        raise NotApplicableError(
            f"{len(prompt)} prompt tokens and {settings.max_new_tokens} new ones pass the model's "
            f"{scene.decoder.config.n_ctx:,} positions.",
            "Take a shorter prompt.",
        )
    return experiment.beams(scene.decoder, prompt, settings, stop_ids(scene.model), scene.ticks("Passes"))


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


def _checks(both: list[experiment.BeamRun]) -> tuple[Check, ...]:
    n = sum(len(made.found.hypotheses) for made in both)
    what = f"The totals of {n} texts" if n > 1 else "The text's total"
    gap = worst(made.gap for made in both)
    return (
        Check(
            f"{what}, summed over cached steps, equal those of one pass over the whole text", gap, 1e-3, "largest error"
        ),
    )
