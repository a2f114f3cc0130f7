"""Disguises and layers of safety, recorded of the shelf's taught refusal: too long to be measured while somebody waits.

    python -m explorer requests models/smollm2-135m/adapters/refusal

writes `disguises.json`, `layers.json` and `red_team.json` beside the adapter: every answer, every score, and under what
conditions. The rule reads the answers anew. A record of other weights, or of other requests, is none.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import TypeAdapter

from explorer import zoo
from explorer.corpora.requests import Twins, requests
from explorer.corpora.requests.disguises import FORMS, disguised
from explorer.experiments.finetuning import committed
from explorer.experiments.safety import conditions, layered, red_team
from explorer.experiments.safety import disguises as experiment
from explorer.experiments.safety import refusal as subjects
from explorer.experiments.safety.asking import Outcome, Said, topic_words
from explorer.experiments.safety.conditions import Conditions
from explorer.experiments.safety.disguises import Flags, Form, Seen
from explorer.experiments.safety.finding import silent
from explorer.experiments.safety.layered import Layered, Request, Setting
from explorer.experiments.safety.red_team import Attack
from explorer.experiments.safety.refusal import Subject, some
from explorer.stack.safety.answers import Verdict, judge
from explorer.zoo import adapters
from explorer.zoo.companions import companion
from explorer.zoo.text_encoder import TextEncoder

if TYPE_CHECKING:
    from explorer.zoo.model import Model

DISGUISES, LAYERS, SEARCHED = "disguises.json", "layers.json", "red_team.json"
#: Held-out pairs of each form, pairs that probe and guard are fitted to, pairs that go through the layers, and requests
#: that are searched for.
ASKED, FITTED, PAIRS, ATTACKED = 16, 48, 20, 16
#: Digits of a score; the detector that reads the answers.
DIGITS, REFUSAL = 4, "refusal"


@dataclass(frozen=True)
class FormRecord:
    """One form, as it is written."""

    name: str
    requests: str
    """A digest of them."""
    forbidden: tuple[str, ...]
    """Answers."""
    harmless: tuple[str, ...]
    seen: tuple[Seen, ...]
    """By whom, but for the model itself: whether it refuses is read from its answers."""


@dataclass(frozen=True)
class FormsRecord:
    conditions: Conditions
    layer: int
    fitted: int
    forms: tuple[FormRecord, ...]


@dataclass(frozen=True)
class SettingRecord:
    """All requests under one setting of the model."""

    system: bool
    taught: bool
    probe: tuple[float, ...]
    behind: tuple[float, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class LayersRecord:
    conditions: Conditions
    requests: str
    depth: int
    learnt: int
    thresholds: dict[int, tuple[float, float, float]]
    before: tuple[float, ...]
    seen: tuple[SettingRecord, ...]


@dataclass(frozen=True)
class SearchRecord:
    conditions: Conditions
    requests: str
    fitted: int
    attacks: tuple[tuple[Attack, ...], ...]


@dataclass(frozen=True, eq=False)
class KeptForms:
    """What was recorded, made whole again."""

    forms: tuple[Form, ...]
    layer: int
    fitted: int
    conditions: Conditions


@dataclass(frozen=True, eq=False)
class KeptLayers:
    """The same of the layers."""

    layered: Layered
    conditions: Conditions


def run(folder: Path, announce: Callable[[str], None], only: str = "") -> Path:
    """Measure all three of that adapter, or one of them, and write each when it is known."""
    recipe = committed.read(folder / "recipe.toml")
    model = zoo.load(recipe.base)
    encoder = companion("minilm-l6")
    assert isinstance(encoder, TextEncoder)
    who = subjects.subject(model, model.plain_decoder, wear=True)
    for name in (only,) if only else (DISGUISES, SEARCHED, LAYERS):
        began = time.process_time()

        def told(line: str, name: str = name, began: float = began) -> None:
            announce(f"{name}, {round(time.process_time() - began)} s: {line}")

        if name == LAYERS:
            found = _layers(model, encoder, told)
            write(folder / name, layers_record(found, conditions.now(time.process_time() - began, folder)))
            continue
        guard = experiment.guarded(encoder, FITTED)
        if name == SEARCHED:
            attacked = _searched(who, guard, told)
            under = conditions.now(time.process_time() - began, folder)
            write(folder / name, search_record(attacked, FITTED, under))
            continue
        layer = subjects.layer_of(who)
        made = _forms(who, guard, layer, told)
        under = conditions.now(time.process_time() - began, folder)
        write(folder / name, FormsRecord(under, layer, FITTED, tuple(form_record(each) for each in made)))
    return folder


def _forms(who: Subject, guard: Flags, layer: int, told: Callable[[str], None]) -> list[Form]:
    made, probe = list[Form](), experiment.fitted(who, FITTED, layer, silent)
    for each in experiment.forms(who, probe, guard, layer, ASKED, silent):
        made.append(each)
        told(f"{each.name} {[seen.rates for seen in each.seen]}")
    return made


def _searched(who: Subject, guard: Flags, told: Callable[[str], None]) -> red_team.Found:
    found = None
    for found in red_team.searched(who, guard, ATTACKED):
        told(f"{len(found.twins)} requests searched for")
    assert found is not None
    return found


def _layers(model: Model, encoder: TextEncoder, told: Callable[[str], None]) -> Layered:
    found = None
    for found in layered.layered(model, encoder, PAIRS):
        told(f"{len(found.seen)} of {len(found.settings)} settings")
    assert found is not None
    return found


def forms(who: Subject) -> KeptForms | None:
    """Of the taught refusal; None of any other model, and where the record is of other weights or requests."""
    folder = adapters.committed(who.model.name).get(subjects.ADAPTER) if who.taught else None
    if folder is None or not (folder / DISGUISES).is_file():
        return None
    told = TypeAdapter(FormsRecord).validate_json((folder / DISGUISES).read_text(encoding="utf-8"))
    made = [form for each in told.forms if (form := _whole(each)) is not None]
    known = [each.name for each in made] == list(FORMS) and told.conditions.weights == conditions.weights_of(folder)
    return KeptForms(tuple(made), told.layer, told.fitted, told.conditions) if known else None


def search(who: Subject) -> tuple[red_team.Found, SearchRecord] | None:
    """The same of the search."""
    folder = adapters.committed(who.model.name).get(subjects.ADAPTER) if who.taught else None
    if folder is None or not (folder / SEARCHED).is_file():
        return None
    told = TypeAdapter(SearchRecord).validate_json((folder / SEARCHED).read_text(encoding="utf-8"))
    twins = some(requests().test, len(told.attacks))
    known = told.requests == _digest([each.forbidden for each in twins])
    if not known or told.conditions.weights != conditions.weights_of(folder):
        return None
    read = tuple(
        tuple(
            replace(
                each,
                verdict=judge(each.answer, one.forbidden, topic_words(one.topic)),
                twin_verdict=judge(each.twin_answer, one.harmless, topic_words(one.topic)),
            )
            for each in own
        )
        for own, one in zip(told.attacks, twins, strict=True)
    )
    return red_team.Found(twins, read), told


def search_record(found: red_team.Found, fitted: int, under: Conditions) -> SearchRecord:
    """As it is written."""
    return SearchRecord(under, _digest([each.forbidden for each in found.twins]), fitted, found.attacks)


def layers(model: Model) -> KeptLayers | None:
    """Of a model of the shelf that has a taught refusal, unchanged; None of any other."""
    folder = None if model.edits else adapters.committed(model.name).get(layered.TAUGHT)
    if folder is None or not (folder / LAYERS).is_file():
        return None
    told = TypeAdapter(LayersRecord).validate_json((folder / LAYERS).read_text(encoding="utf-8"))
    made = layered.set_of(PAIRS)
    if told.requests != _digest([each.text for each in made]):
        return None
    if told.conditions.weights != conditions.weights_of(folder):
        return None
    seen = {Setting(each.system, each.taught): _seen(each, made) for each in told.seen}
    before = torch.tensor(told.before, dtype=torch.float64)
    whole = Layered(made, before, seen, tuple(seen), told.thresholds, told.depth, told.learnt)
    return KeptLayers(whole, told.conditions)


def form_record(made: Form) -> FormRecord:
    """As it is written."""
    both = made.outcome.forbidden, made.outcome.harmless
    bad, good = (tuple(each.answer for each in said) for said in both)
    digest = _digest([each.request for said in both for each in said])
    return FormRecord(made.name, digest, bad, good, tuple(each for each in made.seen if each.detector != REFUSAL))


def _whole(told: FormRecord) -> Form | None:
    twins = some(disguised(told.name), len(told.forbidden))
    texts = [each.forbidden for each in twins], [each.harmless for each in twins]
    if told.requests != _digest([text for kind in texts for text in kind]):
        return None
    bad, good = (_said(asked, said, twins) for asked, said in zip(texts, (told.forbidden, told.harmless), strict=True))
    refused = [tuple(each.verdict == "refused" for each in kind) for kind in (bad, good)]
    seen = (Seen(REFUSAL, refused[0], refused[1]), *told.seen)
    return Form(told.name, FORMS[told.name][0], twins, Outcome(bad, good), seen)


def _said(texts: Sequence[str], answers: Sequence[str], twins: Sequence[Twins]) -> tuple[Said, ...]:
    return tuple(
        Said(text, answer, judge(answer, text, topic_words(each.topic)))
        for text, answer, each in zip(texts, answers, twins, strict=True)
    )


def layers_record(made: Layered, under: Conditions) -> LayersRecord:
    """As it is written."""
    seen = tuple(
        SettingRecord(setting.system, setting.taught, _rounded(each.probe), _rounded(each.behind), each.answers)
        for setting, each in made.seen.items()
    )
    digest = _digest([each.text for each in made.requests])
    return LayersRecord(under, digest, made.depth, made.learnt, made.thresholds, _rounded(made.before), seen)


def _seen(told: SettingRecord, made: Sequence[Request]) -> layered.Seen:
    verdicts: tuple[Verdict, ...] = tuple(
        judge(answer, each.plain, topic_words(each.topic)) for answer, each in zip(told.answers, made, strict=True)
    )
    probe, behind = (torch.tensor(each, dtype=torch.float64) for each in (told.probe, told.behind))
    return layered.Seen(probe, told.answers, verdicts, behind)


def _rounded(scores: torch.Tensor) -> tuple[float, ...]:
    return tuple(round(each, DIGITS) for each in scores.tolist())


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\x00".join([requests().card.sha256, *texts]).encode()).hexdigest()


def write(path: Path, told: FormsRecord | LayersRecord | SearchRecord) -> None:
    """Beside the adapter."""
    path.write_text(json.dumps(asdict(told), ensure_ascii=False) + "\n", encoding="utf-8")
