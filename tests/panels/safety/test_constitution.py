"""Constitution: steps, pairs under two judges, the critique gap, and what breaks each check."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from explorer.corpora import talk as sets
from explorer.errors import BadRequestError
from explorer.experiments.safety import constitution as experiment
from explorer.experiments.safety import constitution_training as training
from explorer.experiments.safety.conversation import Said
from explorer.figures.safety import constitution as figure
from explorer.figures.safety import constitution_trained as trained_figure
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


# ---- DPO on the pairs --------------------------------------------------------------------------------------------

TRIALS = tuple(
    training.Trial(labels, seed, better, worse, 0.1, answers)
    for labels, better, worse, answers in (("rule", 1, 0, ("One.", "Two.")), ("coin", 0, 1, ("One two three.", "Two.")))
    for seed in (0, 1)
)
MADE = training.Trained(
    "b", 4, 1e-3, 0.1, ("A?", "B?"), ("One two.", "Two."),
    (training.Taught("short", 4, ("revision", "tie"), ("tie", "tie"), {"rule": 1, "model": 0, "coin": 1}, TRIALS),),
    1.0,
)  # fmt: skip


def revised(draft: str, revision: str) -> experiment.Revised:
    made = replace(said(revision), ids=(3, 4))
    return experiment.Revised("r", said(draft), (experiment.Step("p", "", said(""), "", made),))


def test_each_labeller_prefers_its_own() -> None:
    pairs = [revised("One two.", "One."), revised("One.", "Two."), revised("One.", "One two.")]
    by_rule, signs = ["revision", "tie", "draft"], ["draft", "revision", "draft"]
    rule, model, coin = (training.labelled(pairs, name, by_rule, signs, 0) for name in training.LABELLERS)
    assert [each.chosen for each in rule] == [(3, 4), (1,)]
    assert [each.chosen for each in model] == [(1,), (3, 4), (1,)]
    assert len(coin) == 2
    assert all({each.chosen, each.rejected} == {(1,), (3, 4)} for each in (*rule, *model, *coin))


def test_a_training_leaves_what_its_record_says(small: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pairs = tuple(revised("One two.", word) for word in ("One.", "Two."))
    pairs = tuple(replace(each, draft=replace(each.draft, prompt=(5, 6, 7))) for each in pairs)
    monkeypatch.setattr(training, "NEW", 4)
    monkeypatch.setattr(training, "_revised", lambda *_: pairs)
    recipe = training.ConstitutionRecipe(base="small", rules=("short",), seeds=(0,), rate=1e-2, steps=2)
    (made,) = training.trained(small, recipe, ["r"] * 2, ["Write a note."], lambda _: None)
    (one,) = made.taught
    assert one.by_rule == ("revision", "revision")
    assert {each.labels for each in one.trials} >= {"rule", "coin"}
    assert all(each.kl > 0 for each in one.trials)
    (tmp_path / training.FILE).write_text(json.dumps(asdict(made)))
    assert training.read(tmp_path / training.FILE) == made
    with pytest.raises(BadRequestError):
        training.read(tmp_path / "nothing.json")


def test_gains_are_of_requests_not_of_seeds() -> None:
    data = trained_figure.trained(MADE, "short", RULES["short"])
    rule, coin = data.arms
    assert (rule.gain.mean, rule.gain.n, coin.gain.mean) == (0.5, 2, -0.5)
    assert [each.better.hits for each in rule.trials] == [1, 1]
    assert data.answers[0].verdicts == ["better", "worse"]
    assert not trained_figure.trained(MADE, "calm", RULES["calm"]).arms


def test_a_recipe_of_an_unknown_rule(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('base = "b"\nrules = ["loud"]\nseeds = [0]\nrate = 1e-3\nsteps = 1\n')
    with pytest.raises(BadRequestError, match="loud"):
        training.read_recipe(path)


@pytest.mark.breaks("constitution.trained", "^The rule’s verdicts on the kept answers")
def test_counts_that_are_not_those_of_the_answers(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not view("constitution.trained")[-1].data.arms
    monkeypatch.setattr(training, "recorded", lambda _: MADE)
    assert view("constitution.trained")[-1].checks[0].holds
    false = replace(MADE, taught=(replace(MADE.taught[0], trials=(replace(TRIALS[0], better=2),)),))
    monkeypatch.setattr(training, "recorded", lambda _: false)
    assert not view("constitution.trained")[-1].checks[0].holds
