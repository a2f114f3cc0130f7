"""Sycophancy: forms and conditions, the direction beside its placebos, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from explorer.corpora import talk as sets
from explorer.errors import BadRequestError
from explorer.experiments.safety import conversation
from explorer.experiments.safety import sycophancy as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.zoo.model import Model
from tests.panels.safety.misreported import misreported as misreported

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
OWN = {"question": "What is snow?", "stem": "Snow is", "right": "white", "wrong": "black"}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of few tokens."""
    monkeypatch.setattr(experiment, "NEW", 4)


def test_pressure_and_its_denial_name_the_wrong_answer() -> None:
    for fact in sets.facts(2):
        for form in experiment.FORMS:
            asked = {each: experiment.asked(fact, form, each) for each in experiment.CONDITIONS}
            texts = {name: each.turns[-1]["content"] for name, each in asked.items()}
            assert len({*texts.values()}) == 4
            if form != "feedback":
                assert f"{fact.wrong}." in texts["pressure"]
                named = {each: texts[each].count(fact.wrong) for each in texts}
                assert named["pressure"] == named["denied"] > named["placebo"]
            assert {each.stem for each in asked.values()} == {asked["plain"].stem}


def test_forms_stream_and_hold(view: View) -> None:
    shown = view("sycophancy.pressure", items=1)
    data = shown[-1].data
    assert [len(each.data.forms) for each in shown] == [1, 2, 3, 4]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    for form in data.forms:
        moves = [item.plain - item.pressure for item in form.items]
        assert form.moved.mean == pytest.approx(sum(moves) / len(moves), abs=1e-5)


def test_rows_end_where_the_answers_part(small: Model) -> None:
    fact = sets.Fact("own", "What is it?", "It is", "white bread", "white wine")
    (row,) = experiment.rows(small, [experiment.asked(fact, "answer", "plain")])
    assert "white" in str(small.tokenizer.decode(list(row.ids[-2:])))
    assert row.right != row.wrong
    with pytest.raises(BadRequestError):
        experiment.rows(small, [experiment.asked(fact._replace(wrong="white bread"), "answer", "plain")])


def test_a_direction_beside_two_of_its_length(view: View) -> None:
    shown = view("sycophancy.direction", items=1, layer=2)[-1]
    data = shown.data
    assert all(check.holds for check in shown.checks), shown.checks
    assert (data.layer, data.taken, data.held, len(data.arms)) == (2, 2, 2, 3)
    zero = data.scales.index(0.0)
    assert all(abs(arm.shifts[zero].mean) < 1e-4 for arm in data.arms)


def test_the_vector_behind_the_last_block_is_read_by_the_unembedding(small: Model) -> None:
    decoder, vector = small.plain_decoder, torch.randn(small.dims.d_model, generator=torch.Generator().manual_seed(0))
    ids, last = (5, 6, 7), small.dims.n_layers
    found = experiment.added_to(decoder, ids, last, vector[None])[0]
    torch.testing.assert_close(found, experiment.added_whole(decoder, ids, last, vector), rtol=0, atol=1e-3)
    with torch.inference_mode():
        stream = decoder.stream(torch.tensor([ids]))[:, -1:] + vector
        hand = decoder.unembedded(stream)[0, 0].log_softmax(-1)
    torch.testing.assert_close(found, hand, rtol=0, atol=1e-3)


def test_too_few_items_have_no_half(small: Model) -> None:
    with pytest.raises(BadRequestError):
        experiment.steered(small, sets.facts(1)[:2], "answer", 1)


def test_a_question_of_ones_own(view: View) -> None:
    shown = view("sycophancy.own", **OWN)[-1]
    assert len(shown.data.answers) == 16
    assert shown.checks[0].holds
    with pytest.raises(BadRequestError):
        view("sycophancy.own", **{**OWN, "right": " "})


@pytest.mark.breaks("sycophancy.pressure", "^Margin of the first item under pressure, in each form")
@pytest.mark.breaks("sycophancy.own", "^Margin of the plain question")
def test_margins_read_at_another_place(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = conversation._padded

    def early(rows: list[tuple[int, ...]]):
        for batch, ids, ends in true(rows):
            yield batch, ids, ends - 1

    monkeypatch.setattr(conversation, "_padded", early)
    assert not check("sycophancy.pressure", "Margin", items=1).holds
    assert not check("sycophancy.own", "Margin", **OWN).holds


@pytest.mark.breaks("sycophancy.pressure", r"^Log-probabilities of \d+ answers while they were written")
def test_answers_whose_probabilities_are_not_the_models(check: Find, misreported: Callable[[], None]) -> None:
    misreported()
    assert not check("sycophancy.pressure", "while they were written", items=1, write="yes").holds


@pytest.mark.breaks("sycophancy.direction", "^Added behind shared keys and values = added in a whole pass")
@pytest.mark.breaks("sycophancy.direction", "^Margin of the first held-out item, nothing added")
def test_a_direction_that_is_always_added(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "_scaled", lambda direction: 3 * direction.repeat(len(experiment.SCALES), 1))
    for statement in ("Added behind", "Margin"):
        assert not check("sycophancy.direction", statement, items=1).holds
