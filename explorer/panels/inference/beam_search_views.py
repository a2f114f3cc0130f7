"""Beam search: the tree of a real search from the run's prompt, against greedy decoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from explorer.errors import NotApplicableError
from explorer.experiments.inference.decoding import beam_search as experiment
from explorer.figures.inference.decoding import beam_search as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Scalar
from explorer.stack.inference.decoding.beam_search import BeamSettings
from explorer.tracing.capturing.capture import stop_ids

#: Whoever asks for one of these has chosen a search.
ASKED = ("beams", "steps", "length", "groups", "diversity")


def tree(scene: Scene) -> Iterator[Rendered[figure.BeamTree]]:
    changed = bool(scene.trace.key.interventions)
    last = scene.trace.tokens[scene.trace.n_prompt - 1].id
    settings, opened = _opened(scene)
    chosen = {} if opened is None else _said(settings)
    for made in _searched(scene, settings):
        data = figure.picture(replace(made, opened=opened), last, changed)
        said = data.greedy.ids if data.greedy else ()
        named = {last, *said, *(n.token for n in made.found.nodes)}
        yield Rendered(data, _checks(made) if made.whole else (), named, chosen=chosen)


def _said(settings: BeamSettings) -> dict[str, Scalar]:
    """The settings as controls."""
    return {
        "beams": settings.n_beams,
        "steps": settings.max_new_tokens,
        "length": float(settings.length_penalty),
        "groups": settings.n_groups,
        "diversity": float(settings.diversity),
    }


def _opened(scene: Scene) -> tuple[BeamSettings, experiment.BeamOpening | None]:
    """What is asked for; where nothing is, the smallest search whose best text is not greedy's."""
    prompt, n_ctx = _prompt(scene), scene.decoder.config.n_ctx
    far = min(experiment.FAR, n_ctx - len(prompt))
    if any(map(scene.said, ASKED)) or far < experiment.FEW:
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
    n_beams, groups = scene.whole("beams", default=4), scene.whole("groups")
    groups = next(g for g in range(min(groups, n_beams), 0, -1) if n_beams % g == 0)
    return BeamSettings(
        n_beams,
        scene.whole("steps", default=12),
        scene.real("length"),
        n_groups=groups,
        diversity=scene.real("diversity") if groups > 1 else 0.0,
    )


def _checks(made: experiment.BeamRun) -> tuple[Check, ...]:
    n = len(made.found.hypotheses)
    what = f"The totals of {n} texts" if n > 1 else "The text's total"
    same = f"{what}, summed over cached steps, equal those of one pass over the whole text"
    return (Check(same, made.gap, 1e-3, "largest error"),)
