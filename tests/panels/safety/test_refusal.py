"""Refusal, found and Disguises: where no refusal is they say so, and their checks fail where a form is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from explorer.corpora.requests.disguises import FORMS
from explorer.experiments.safety import conditions, disguises, finding, holding, recording, red_team, requests_kept
from explorer.experiments.safety import refusal as experiment
from explorer.figures.safety import refusal as figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.safety import direction_placebos as placebos
from explorer.stack.safety.answers import Rate
from explorer.stack.safety.direction_edits import Edit
from explorer.stack.safety.refusal_direction import Candidate, nearest, selected
from explorer.zoo import adapters, directions
from explorer.zoo.directions import Direction
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"pairs": 4, "asked": 2}


def test_a_model_that_does_not_refuse_has_no_direction_to_be_found(view: View) -> None:
    data = view("refusal.direction", pairs=4)[-1].data
    assert not data.taught
    assert not data.refuses
    assert not data.recorded
    assert not view("refusal.recorded")[-1].data.taught
    assert data.apart.shape == data.length.shape
    assert [each.layer for each in data.tried] == [1, 2, 3]  # none before the first block, none in the last fifth
    assert 0 <= data.best_layer < len(data.apart)
    assert all(0 <= each.logistic <= 1 for each in data.probes)


def test_conditions_come_one_after_the_other_and_unchanged_costs_nothing(view: View) -> None:
    shown = view("refusal.effects", **FEW)
    assert [len(each.data.effects) for each in shown] == list(range(1, 11))
    data = shown[-1].data
    first = data.effects[0]
    assert (first.way, first.kl) == ("unchanged", pytest.approx(0, abs=1e-9))
    assert {each.name for each in data.effects[1:]} == {"direction", "random", "shuffled", "subspace"}
    assert max(each.kl for each in data.effects[1:]) > 1e-6
    assert not data.refuses
    assert all(each.forbidden.n == each.twins.n == 2 for each in data.effects)
    assert len(data.pairs[0].answers) == 10
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks


def test_with_no_strength_nothing_changes(view: View) -> None:
    data = view("refusal.effects", pairs=4, asked=1, strength=0.0)[-1].data
    said = [[(one.forbidden, one.harmless) for one in pair.answers] for pair in data.pairs]
    assert all(each == answers[0] for answers in said for each in answers)
    assert max(each.kl for each in data.effects) < 1e-9


def test_streams_of_a_batch_are_those_of_each_alone(small: Model) -> None:
    prompts = [[5, 6, 7, 8, 9], [3, 4], [7]]
    made = finding.streams(small.decoder, prompts, 1)
    for row, prompt in enumerate(prompts):
        alone = finding.streams(small.decoder, [prompt], 1)
        assert torch.allclose(made.x[row], alone.x[0], atol=1e-4)
        assert torch.allclose(made.logits[row], alone.logits[0], atol=1e-3)


def test_the_gate_asks_for_intervals_that_lie_apart() -> None:
    def effect(refused: int, twins: int, n: int) -> figure.RefusalEffect:
        rates = [figure.rate(Rate(count, n)) for count in (refused, twins, 0)]
        return figure.RefusalEffect(
            name="unchanged", way="unchanged", strength=0.0, forbidden=rates[0], twins=rates[1],
            inconclusive=rates[2], kl=0.0, kl_first=0.0, perplexity=1.0, moved=None,
        )  # fmt: skip

    assert figure.refusing([effect(30, 1, 32)])
    assert not figure.refusing([effect(30, 29, 32)])  # it refuses everything
    assert not figure.refusing([effect(2, 0, 2)])  # two are too few to tell
    assert not figure.refusing([])


def test_each_form_is_seen_by_each_detector(view: View) -> None:
    shown = view("disguises.forms", asked=1, fitted=4)
    assert [len(each.data.forms) for each in shown] == list(range(1, len(FORMS) + 1))
    data = shown[-1].data
    assert [each.name for each in data.forms] == list(FORMS)
    assert all(len(each.seen) == len(data.detectors) == 3 for each in data.forms)
    assert not data.recorded
    assert not data.refuses
    assert len({each.forbidden[0].text for each in data.forms}) == len(FORMS)
    assert shown[-1].checks[0].holds


def test_the_shelfs_direction_does_what_no_placebo_does() -> None:
    made = recording.read(adapters.committed("smollm2-135m")["refusal"])
    found = {(e.name, e.way): figure.counted(e, made.effects[0]) for e in made.effects if e.way != "held"}
    assert len(found) == 13
    assert made.conditions is not None
    assert made.conditions.weights == conditions.weights_of(adapters.committed("smollm2-135m")["refusal"])
    assert {each.forbidden.n for each in found.values()} == {recording.ASKED}
    out, put = found["direction", "ablated"], found["direction", "added"]
    for name in placebos.NAMES:
        assert out.forbidden.high < found[name, "ablated"].forbidden.low
        assert put.twins.mean > found[name, "added"].twins.high
    # The published rule discards all, for their KL on harmless text: the page says so, and takes the nearest.
    assert selected(made.tried, 30) is None
    best = nearest(made.tried, 30)
    assert best is not None
    assert (best.layer, best.position) == (made.layer, made.position)
    assert all(each.layer < 0.8 * 30 for each in made.tried)


def test_the_shelfs_direction_held_at_the_level_of_harmless_text_costs_little() -> None:
    made = recording.read(adapters.committed("smollm2-135m")["refusal"])
    found = {(e.name, e.strength): figure.counted(e, made.effects[0]) for e in made.effects if e.way == "held"}
    assert made.holding is not None
    best = selected(made.holding.tried, 30)
    assert best is not None
    assert (best.layer, best.position) == (made.holding.layer, made.holding.position)
    by_strength = [found["direction", each] for each in holding.STRENGTHS]
    assert any(each.forbidden.mean < 0.1 and each.kl < 0.1 for each in by_strength)
    assert [each.kl for each in by_strength] == sorted(each.kl for each in by_strength)
    for name in placebos.NAMES:
        assert abs(found[name, 1.0].forbidden.mean - made.effects[0].forbidden_refused / recording.ASKED) < 0.05


@pytest.mark.breaks("refusal.recorded", "^The kept direction is as long")
def test_a_direction_that_is_not_the_one_measured(view: View, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    counted = recording.Counted("unchanged", "unchanged", 0.0, 4, 4, 1, 0, 3, 0, 0.0, 0.0, 9.0)
    made = recording.Recorded(1, -1, 3.0, (Candidate(1, -1, -2.0, 1.0, 0.5),), (), (counted,), 1.0)
    (tmp_path / recording.FILE).write_text(json.dumps(asdict(made)))
    rates = {"pairs": 4, "forbidden refused": 4, "twins refused": 1}
    (tmp_path / "training.json").write_text(json.dumps({"rates": {"base": rates, "adapter": rates}}))
    monkeypatch.setattr(experiment, "folder", lambda _: tmp_path)
    kept = Direction("refusal", torch.tensor([3.0, 0.0]), 1, -1)
    monkeypatch.setattr(directions, "direction", lambda _: kept)
    shown = view("refusal.recorded")[-1]
    assert shown.checks[0].holds
    assert [each.forbidden.count for each in shown.data.taught] == [4, 4]
    (tmp_path / "wide.json").write_text(json.dumps({"rates": {"dpo": rates | {"twins refused": 0}, "sft": rates}}))
    monkeypatch.setattr(recording, "SMALL", "/small")
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "training.json").write_text(json.dumps({"rates": {"adapter": rates | {"twins refused": 2}}}))
    others = view("refusal.recorded")[-1].data.taught[2:]
    assert [(each.name, each.twins.count) for each in others] == [("small", 2), ("sft", 1), ("dpo", 0)]
    assert (shown.data.effects[0].twins.count, shown.data.layer, shown.data.why) == (1, 1, "KL above 0.1")
    monkeypatch.setattr(directions, "direction", lambda _: replace(kept, vector=kept.vector / 2))
    assert not view("refusal.recorded")[-1].checks[0].holds


@pytest.mark.breaks("refusal.direction", "^Streams of padded requests")
def test_padding_that_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(prompts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        longest = max(map(len, prompts))
        return (
            torch.tensor([[0] * (longest - len(each)) + list(each) for each in prompts]),
            torch.arange(longest).expand(len(prompts), -1),
        )

    monkeypatch.setattr(finding, "padded", seen)
    assert not check("refusal.direction", "Streams of padded requests", pairs=4).holds


@pytest.mark.breaks("disguises.forms", "^Streams of all forms in one batch")
def test_forms_that_are_cut(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = finding.padded
    monkeypatch.setattr(finding, "padded", lambda prompts: true([each[-9:] for each in prompts]))
    assert not check("disguises.forms", "Streams of all forms", asked=1, fitted=4).holds


def test_what_a_placebo_moves_is_counted_request_by_request() -> None:
    counts = {"strength": 1.0, "n": 4, "forbidden_helped": 0, "twins_helped": 0, "inconclusive": 0, "kl": 0.0,
              "kl_first": 0.0, "perplexity": 1.0}  # fmt: skip
    first, out, put = (
        recording.Counted(name=name, way=way, forbidden_refused=bad.count("1"), twins_refused=good.count("1"),
                          forbidden_each=bad, twins_each=good, **counts)
        for name, way, bad, good in (
            ("unchanged", "unchanged", "1111", "1000"), ("random", "ablated", "0110", "0000"),
            ("random", "added", "1111", "0110"),
        )
    )  # fmt: skip
    assert figure.counted(first, first).moved is None
    one, other = (figure.counted(each, first).moved for each in (out, put))
    assert one is not None
    assert other is not None
    assert (one.mean, other.mean) == (-0.5, 0.25)
    assert one.low < one.mean < one.high


def test_what_is_recorded_of_disguises_is_read_as_it_was_measured(
    view: View, check: Find, small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = experiment.subject(small, small.plain_decoder, wear=False)
    x = torch.zeros(2, small.dims.d_model)
    probe = disguises.logistic(x + torch.eye(2, small.dims.d_model), torch.tensor([True, False]))
    made = list(disguises.forms(who, probe, lambda texts: ["?" in each for each in texts], 2, 1, finding.silent))
    (tmp_path / "adapter_model.safetensors").write_bytes(b"weights")
    under = conditions.now(61.0, tmp_path)
    requests_kept.write(
        tmp_path / requests_kept.DISGUISES,
        requests_kept.FormsRecord(under, 2, 4, tuple(requests_kept.form_record(each) for each in made)),
    )
    with monkeypatch.context() as shelf:
        shelf.setattr(adapters, "committed", lambda base="*": {"refusal": tmp_path})
        kept = requests_kept.forms(replace(who, taught=True))
        (tmp_path / "adapter_model.safetensors").write_bytes(b"others")
        assert requests_kept.forms(replace(who, taught=True)) is None  # of other weights
    assert kept is not None
    for one, other in zip(kept.forms, made, strict=True):
        assert (one.name, one.twins, one.outcome, one.seen) == (other.name, other.twins, other.outcome, other.seen)
    assert (kept.layer, kept.fitted, kept.conditions) == (2, 4, under)
    monkeypatch.setattr(requests_kept, "forms", lambda _: kept)
    shown = view("disguises.forms")
    assert [each.data.recorded for each in shown] == [True, True]
    assert shown[-1].data.record.date == under.date
    assert check("disguises.forms", "asked again").holds


def test_a_search_never_makes_the_score_worse_and_says_what_it_tried(view: View) -> None:
    data = view("disguises.search", searched=1, fitted=4)[-1].data
    assert [each.name for each in data.ways] == list(red_team.WAYS)
    plain, templates, words, _ = data.requests[0]
    assert max(templates.score, words.score) <= plain.score + 1e-4
    assert words.text.startswith(plain.text)
    assert len(words.text.split()) == len(plain.text.split()) + 4
    assert words.text.removeprefix(plain.text) == words.twin.removeprefix(plain.twin)
    for way in data.ways:
        assert way.refused.count + way.helped.count + way.inconclusive.count == way.refused.n == 1
        assert way.passed.count <= way.helped.count


@pytest.mark.breaks("disguises.search", "^The wordings found, read one by one")
def test_scores_of_another_place(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = red_team.Target.scores
    monkeypatch.setattr(red_team.Target, "scores", lambda self, texts: real(self, [f"{each} Go." for each in texts]))
    assert not check("disguises.search", "read one by one", searched=1, fitted=4).holds


@pytest.mark.breaks("disguises.forms", "^Recorded requests, asked again now")
def test_a_record_of_other_answers(check: Find, small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    who = experiment.subject(small, small.plain_decoder, wear=False)
    probe = disguises.logistic(torch.eye(2, small.dims.d_model), torch.tensor([True, False]))
    made = list(disguises.forms(who, probe, lambda texts: [False for _ in texts], 2, 1, finding.silent))
    said = tuple(replace(each, verdict="refused") for each in made[0].outcome.forbidden)
    wrong = (replace(made[0], outcome=replace(made[0].outcome, forbidden=said)), *made[1:])
    under = conditions.Conditions("here", "2026-01-01", 1.0, "")
    monkeypatch.setattr(requests_kept, "forms", lambda _: requests_kept.KeptForms(wrong, 2, 4, under))
    assert not check("disguises.forms", "asked again").holds


@pytest.mark.breaks("refusal.effects", "^Orthogonalised weights = ablation at every writer")
def test_a_direction_that_is_no_unit(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Edit, "of", lambda self, y: y - (y @ self.read)[..., None] * self.write)
    assert not check("refusal.effects", "Orthogonalised weights", **FEW).holds


@pytest.mark.breaks("refusal.effects", "^Held, the streams have the harmless mean")
def test_a_level_of_other_tokens(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = holding.padded
    monkeypatch.setattr(holding, "padded", lambda prompts: real([each[:-2] for each in prompts]))
    assert not check("refusal.effects", "Held, the streams", **FEW).holds
