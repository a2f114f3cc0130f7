"""Refusal, found: a taught refusal as one direction of the stream, taken out and put in, with placebos beside it."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from explorer.corpora.requests import requests
from explorer.errors import NotApplicableError
from explorer.experiments.safety import changing, finding, holding, recording
from explorer.experiments.safety import refusal as experiment
from explorer.experiments.safety.changing import Bench, Effect
from explorer.experiments.safety.finding import Found
from explorer.experiments.safety.refusal import Subject
from explorer.figures.safety import refusal as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.zoo import directions

#: Texts of which transformers' streams are read beside ours, harmless requests of which KL is measured, and pairs that
#: are shown to be read.
BESIDE, PLAIN, SHOWN = 2, 6, 3


def _subject(scene: Scene) -> Subject:
    return experiment.subject(scene.model, scene.decoder, scene.one_of("taught") == "yes")


def recorded(scene: Scene) -> Rendered[figure.RefusalRecorded]:
    folder = experiment.folder(scene.model)
    if folder is None:
        return Rendered(figure.recorded({}, None, scene.model.dims.n_layers))
    taught = recording.taught(folder)
    if not (folder / recording.FILE).is_file():
        return Rendered(figure.recorded(taught, None, scene.model.dims.n_layers))
    made = recording.read(folder)
    norm = float(directions.direction(folder.name).vector.norm())
    check = Check("The kept direction is as long as the recorded one", abs(norm - made.norm), 1e-3, "of its length")
    return Rendered(figure.recorded(taught, made, scene.model.dims.n_layers), (check,))


def direction(scene: Scene) -> Rendered[figure.RefusalDirection]:
    who, pairs = _subject(scene), scene.whole("pairs")
    held = min(pairs, experiment.HELD)
    made = experiment.located(who, pairs, held, scene.ticks("Requests"))
    chosen, recorded = experiment.selection(who, made, held, scene.ticks("Directions"))
    data = figure.direction(made, experiment.probed_layers(made), chosen, taught=who.taught, recorded=recorded)
    return Rendered(data, _direction_checks(who), token_ids={*data.tokens, *data.first})


def _direction_checks(who: Subject) -> tuple[Check, ...]:
    """Of the model as the page has it: what the adapter adds is merged into ours alone."""
    prompts = [finding.asked(who.speech, each.forbidden) for each in requests().test[:BESIDE]]
    n = finding.template_tokens(prompts)
    ours = finding.streams(who.base, prompts, n).x
    theirs = experiment.of_transformers(who.model, prompts, n)
    error = float((ours - theirs).abs().max() / theirs.abs().max())
    return (
        Check("Streams of padded requests = transformers’ of each alone", error, 1e-4, "largest error, of the largest"),
    )


def effects(scene: Scene) -> Iterator[Rendered[figure.RefusalEffects]]:
    who = _subject(scene)
    pairs = scene.whole("pairs")
    made, about = experiment.located(who, pairs, 1, scene.ticks("Requests")), experiment.means(who, pairs)
    n_layers, positions = made.directions.shape[:2]
    known = experiment.recorded(who)
    usual = known.layer if known else n_layers // 2
    layer = min(scene.whole("layer", default=usual, high=n_layers - 1), n_layers - 1)
    position = max(scene.whole("token"), -positions)
    strength, asked = scene.real("strength"), scene.whole("asked")
    of = changing.vectors(made, layer, position + positions)
    twins = experiment.some(requests().test, asked)
    bench = Bench.of(who.decoder, who.speech, who.base, twins, changing.harmless(min(asked, PLAIN)))
    checks = _effects_checks(who, made, about, of["direction"])
    conditions = [
        *changing.conditions(who.decoder, of, layer, (strength, strength)),
        *holding.conditions(who.decoder, {"direction": of["direction"]}, about, [strength]),
    ]
    found: list[Effect] = []
    for effect in changing.effects(bench, conditions, scene.ticks("Requests")):
        found.append(effect)
        shown = [figure.effect(each, found[0]) for each in found]
        data = figure.RefusalEffects(
            taught=who.taught, layer=layer, position=position, strength=strength, n=len(twins), total=len(conditions),
            effects=shown,
            recorded_layer=known.layer if known else -1, pairs=figure.pairs(found, SHOWN),
            refuses=figure.refusing(shown), base="the model before it was taught" if who.taught else "this model",
        )  # fmt: skip
        yield Rendered(data, checks if len(found) == len(conditions) else ())


def _effects_checks(who: Subject, made: Found, about: Tensor, vector: Tensor) -> tuple[Check, ...]:
    ids = finding.asked(who.speech, requests().test[0].forbidden)
    apart = experiment.held_apart(who.decoder, ids, made, about, vector)
    kept = Check("Held, the streams have the harmless mean’s component", apart, 1e-4, "largest error, of the largest")
    try:
        error = experiment.forms_apart(who.decoder, ids, vector)
    except NotApplicableError:
        return (kept,)
    return (Check("Orthogonalised weights = ablation at every writer", error, 1e-3, "largest error of a logit"), kept)
