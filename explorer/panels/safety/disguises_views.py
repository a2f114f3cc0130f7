"""Disguises: one request in ten forms, and who still sees it."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora.requests.disguises import FORMS
from explorer.experiments.safety import disguises as experiment
from explorer.experiments.safety import finding
from explorer.experiments.safety import refusal as subjects
from explorer.experiments.safety.disguises import Form
from explorer.experiments.safety.refusal import Subject
from explorer.figures.safety import disguises as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst


def forms(scene: Scene) -> Iterator[Rendered[figure.DisguisesForms]]:
    who = subjects.subject(scene.model, scene.decoder, scene.one_of("taught") == "yes")
    known, n_layers = subjects.recorded(who), len(who.decoder.blocks)
    layer, asked = known.layer if known else n_layers // 2, scene.whole("asked")
    probe = experiment.fitted(who, scene.whole("fitted"), layer, scene.ticks("Requests"))
    made: list[Form] = []
    for each in experiment.forms(who, probe, layer, asked, scene.ticks("Forms")):
        made.append(each)
        data = figure.forms(made, len(FORMS), asked, layer, taught=who.taught)
        yield Rendered(data, _checks(who, made) if len(made) == len(FORMS) else ())


def _checks(who: Subject, made: list[Form]) -> tuple[Check, ...]:
    """Each form of one request is read as transformers reads it."""
    prompts = [finding.asked(who.speech, each.twins[0].forbidden) for each in made]
    errors = []
    for ours, prompt in zip(finding.streams(who.base, prompts, 1).x, prompts, strict=True):
        theirs = subjects.of_transformers(who.model, [prompt], 1)[0]
        errors.append(float((ours - theirs).abs().max() / theirs.abs().max()))
    statement = "Streams of all forms in one batch = transformers’ of each alone"
    return (Check(statement, worst(*errors), 1e-4, "largest error, of the largest"),)
