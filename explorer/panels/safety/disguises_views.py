"""Disguises: one request in ten forms, and who still sees it."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora.requests.disguises import FORMS
from explorer.experiments.safety import disguises as experiment
from explorer.experiments.safety import finding, red_team, requests_kept
from explorer.experiments.safety import refusal as subjects
from explorer.experiments.safety.asking import outcome
from explorer.experiments.safety.disguises import Form
from explorer.experiments.safety.refusal import Subject
from explorer.figures.safety import disguises as figure
from explorer.figures.safety import red_team as red_team_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.safety.refusal_direction import refusal_score
from explorer.stack.worst import worst
from explorer.zoo.text_encoder import TextEncoder

#: Recorded pairs that are asked again.
AGAIN = 1


def forms(scene: Scene) -> Iterator[Rendered[figure.DisguisesForms]]:
    who = subjects.subject(scene.model, scene.decoder, scene.one_of("taught") == "yes")
    kept = requests_kept.forms(who)
    under = kept.conditions if kept else None
    if kept is not None and scene.one_of("numbers") == "recorded" and not scene.again:
        known, asked = list(kept.forms), len(kept.forms[0].twins)
        data = figure.forms(
            known, len(FORMS), asked, kept.layer, kept.fitted, taught=who.taught, recorded=True, record=under
        )
        # What was recorded is shown at once; some of it is asked again behind it.
        yield Rendered(data)
        yield Rendered(data, (*_checks(who, known), _again(who, known[0])))
        return
    layer, asked, fitted = subjects.layer_of(who), scene.whole("asked"), scene.whole("fitted")
    probe = experiment.fitted(who, fitted, layer, scene.ticks("Requests"))
    guard = experiment.guarded(scene.companion("minilm-l6", TextEncoder), fitted)
    made: list[Form] = []
    for each in experiment.forms(who, probe, guard, layer, asked, scene.ticks("Forms")):
        made.append(each)
        data = figure.forms(made, len(FORMS), asked, layer, fitted, taught=who.taught, recorded=False, record=under)
        yield Rendered(data, _checks(who, made) if len(made) == len(FORMS) else ())


def search(scene: Scene) -> Iterator[Rendered[red_team_figure.DisguisesSearch]]:
    who = subjects.subject(scene.model, scene.decoder, scene.one_of("taught") == "yes")
    kept = requests_kept.search(who)
    under = kept[1].conditions if kept else None
    if kept is not None and scene.one_of("numbers") == "recorded" and not scene.again:
        found, told = kept
        data = red_team_figure.search(
            found, len(found.twins), told.fitted, taught=who.taught, recorded=True, record=under
        )
        yield Rendered(data)
        yield Rendered(data, _scored_again(who, found))
        return
    count, fitted = scene.whole("searched"), scene.whole("fitted")
    guard = experiment.guarded(scene.companion("minilm-l6", TextEncoder), fitted)
    for found in red_team.searched(who, guard, count, scene.ticks("Wordings")):
        data = red_team_figure.search(found, count, fitted, taught=who.taught, recorded=False, record=under)
        yield Rendered(data, _scored_again(who, found) if len(found.twins) == count else ())


def _scored_again(who: Subject, found: red_team.Found) -> tuple[Check, ...]:
    """The prompts of one request, without others beside them."""
    first, errors = finding.first_tokens(who.speech), list[float]()
    for each in found.attacks[0]:
        logits = finding.streams(who.decoder, [finding.asked(who.speech, each.text)], 1).logits
        errors.append(abs(float(refusal_score(logits, first)) - each.after))
    statement = "The wordings found, read one by one, have the scores of the search"
    return (Check(statement, worst(*errors), 1e-2, "nats"),)


def _checks(who: Subject, made: list[Form]) -> tuple[Check, ...]:
    """Each form of one request is read as transformers reads it."""
    prompts = [finding.asked(who.speech, each.twins[0].forbidden) for each in made]
    errors = []
    for ours, prompt in zip(finding.streams(who.base, prompts, 1).x, prompts, strict=True):
        theirs = subjects.of_transformers(who.model, [prompt], 1)[0]
        errors.append(float((ours - theirs).abs().max() / theirs.abs().max()))
    statement = "Streams of all forms in one batch = transformers’ of each alone"
    return (Check(statement, worst(*errors), 1e-4, "largest error, of the largest"),)


def _again(who: Subject, known: Form) -> Check:
    """Recorded requests, asked now."""
    now = outcome(who.decoder, who.speech, known.twins[:AGAIN])
    pairs = zip(
        (*now.forbidden, *now.harmless), (*known.outcome.forbidden[:AGAIN], *known.outcome.harmless[:AGAIN]),
        strict=True,
    )  # fmt: skip
    off = sum(one.verdict != other.verdict for one, other in pairs)
    return Check("Recorded requests, asked again now, have their recorded verdicts", float(off), 0.0, "that differ")
