"""Constitution: steps, pairs under two judges, the critique gap, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.corpora import talk as sets
from explorer.errors import BadRequestError
from explorer.experiments.safety import constitution as experiment
from explorer.experiments.safety.conversation import Said
from explorer.figures.safety import constitution as figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.evaluation.judge import verdict
from explorer.stack.safety.constitution import RULES
from explorer.zoo.model import Model
from tests.panels.safety.misreported import misreported as misreported

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"principles": "Be kind.", "requests": 1, "items": 1}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of few tokens."""
    for name in ("NEW", "NEW_CRITIQUE", "NEW_ANSWER"):
        monkeypatch.setattr(experiment, name, 4)


def said(text: str) -> Said:
    return Said((1,), (0.0,), text, (1,))


def test_steps_stream_and_hold(view: View) -> None:
    shown = view("constitution.steps", principles="Be kind.\n\n ")
    assert [len(each.data.steps) for each in shown] == [0, 1, 1, 1]
    data = shown[-1].data
    assert data.steps[0].asked.count("Be kind.") == 1
    assert data.steps[0].critique in data.steps[0].wanted
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks


def test_no_principle_is_asked_for(small: Model) -> None:
    with pytest.raises(BadRequestError):
        next(experiment.revisions(small, ["Write a note."], [" "]))


def test_a_judge_that_agrees_with_the_rule() -> None:
    rule = RULES["short"]
    drafts = ("One two three four.", "One two.")
    made = [
        experiment.Revised("r", said(draft), (experiment.Step("p", "", said(""), "", said("One two three.")),))
        for draft in drafts
    ]
    data = figure.pairs(made, [verdict(1.0, -1.0), verdict(-1.0, 1.0)], rule, 2, own=True)
    assert [(each.rule, each.judge) for each in data.pairs] == [("revision", "revision"), ("draft", "draft")]
    assert data.kappa is not None
    assert data.kappa.mean == 1
    always_first = figure.pairs(made, [verdict(5.0, 5.0)] * 2, rule, 2, own=True)
    assert always_first.bias is not None
    assert always_first.bias.mean == 5
    assert {each.judge for each in always_first.pairs} == {"tie"}


def test_a_critic_that_accuses_all_does_not_tell() -> None:
    fact = sets.facts(1)[0]
    wrong = said("That is wrong.")
    done = [experiment.Item(fact, said(fact.right), verdict(1.0, -1.0), wrong, wrong)] * 4
    data = figure.three(done, 4, own=True)
    assert [each.hits for each in data.rates] == [4, 4, 4, 4, 4]
    assert data.net_critique.mean == 0


def test_pairs_and_gap_hold(view: View) -> None:
    for each in ("pairs", "gap"):
        shown = view(f"constitution.{each}", **FEW)[-1]
        assert all(check.holds for check in shown.checks), shown.checks
        assert len(shown.checks) == 2


@pytest.mark.breaks("constitution.pairs", "^The judge’s log-odds in both orders = by transformers")
@pytest.mark.breaks("constitution.gap", "^The judge’s log-odds in both orders = by transformers")
def test_orders_that_are_mixed_up(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "verdict", lambda one, other: verdict(other, one))
    for each in ("pairs", "gap"):
        assert not check(f"constitution.{each}", "log-odds", **FEW).holds


@pytest.mark.breaks("constitution.steps", r"^Log-probabilities of \d+ answers while they were written")
@pytest.mark.breaks("constitution.pairs", r"^Log-probabilities of \d+ answers while they were written")
@pytest.mark.breaks("constitution.gap", r"^Log-probabilities of \d+ answers while they were written")
def test_answers_whose_probabilities_are_not_the_models(check: Find, misreported: Callable[[], None]) -> None:
    misreported()
    for each in ("steps", "pairs", "gap"):
        assert not check(f"constitution.{each}", "while they were written", **FEW).holds
