"""Code: a model's programs in the sandbox; on a public server recorded ones, and nothing runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from explorer.corpora.small_programs import programs
from explorer.experiments.evaluation import code as experiment
from explorer.experiments.evaluation import human_eval
from explorer.figures.evaluation import code as figure
from explorer.panels import panels
from explorer.panels.evaluation import code_views
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.evaluation import sandbox
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
SOLUTIONS = {
    "add": " a + b",
    "larger": " a\n    return b",
    "is_even": " n % 2 == 0",
    "count_words": " len(text.split())",
    "last": " items[-1]",
    "squares": " [x * x for x in items]",
}


def own(small: Model, **controls: Any) -> list[Rendered]:
    """On a server of one's own."""
    scene = Scene(small, controls=controls, files={})
    return list(panels()["code"].rendering("samples")(scene))  # pyright: ignore[reportArgumentType]


@pytest.mark.skipif(bool(sandbox.refusal()), reason="nothing runs on this machine")
def test_programs_of_a_small_model(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was trained on six kinds of text and writes no Python: all fail, by verdicts that say how."""
    monkeypatch.setattr(experiment, "programs", lambda: programs()[:2])
    shown = own(small, samples=5)
    assert [len(each.data.tasks) for each in shown] == [1, 2]
    made = shown[-1].data
    assert not made.recorded
    assert all(check.holds for check in shown[-1].checks)
    for task in made.tasks:
        assert len(task.samples) == 5
        assert task.passed == sum(sample.verdict == "passed" for sample in task.samples)


@pytest.mark.skipif(bool(sandbox.refusal()), reason="nothing runs on this machine")
def test_each_task_has_a_solution() -> None:
    for task in programs():
        assert experiment.judged(task, SOLUTIONS[task.function]).verdict == "passed", task.name
        assert experiment.judged(task, " None").verdict == "wrong result", task.name


def test_on_a_public_server_nothing_runs(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("a program was run")

    monkeypatch.setattr(sandbox, "run", never)
    monkeypatch.setattr(experiment.sandbox, "run", never)
    made = view("code.samples")[-1].data
    assert made.recorded == code_views.PUBLIC
    assert len(made.tasks) == len(programs())
    assert [task.name for task in made.tasks] == [task.name for task in programs()]
    assert 0 < sum(task.passed for task in made.tasks) < made.samples * len(made.tasks)


def test_where_the_sandbox_refuses_the_reason_is_said(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "refusal", lambda: "This machine’s kernel does not shut programs in (error).")
    (made,) = own(small)
    assert "does not shut programs in" in made.data.recorded


def test_the_curve_is_that_of_the_counts() -> None:
    made = figure.curve([3, 10, 0], 10)
    assert [point.k for point in made] == list(range(1, 11))
    assert made[0].estimated == made[0].naive == pytest.approx(13 / 30)
    assert made[1].estimated > made[1].naive
    assert made[-1].estimated == pytest.approx(2 / 3)


def test_a_program_ends_where_the_margin_begins() -> None:
    assert experiment.own_lines(" a\n\n    b\nprint(1)") == " a\n\n    b"
    assert experiment.mean_over_choices(10, 3, 2) == pytest.approx(24 / 45)
    assert experiment.mean_over_choices(60, 3, 30) is None


def test_human_eval_is_shown_as_it_was_recorded(view: View) -> None:
    [made] = view("code.human_eval")
    assert all(check.holds for check in made.checks)
    for model in made.data.models:
        assert all(len(task.samples) == model.samples for task in model.tasks)
        passed = sum(sample.verdict == "passed" for task in model.tasks for sample in task.samples)
        assert model.curve[0].mean == pytest.approx(passed / (model.samples * len(model.tasks)))


def test_a_model_writes_for_two_problems(small: Model) -> None:
    """It was trained on six kinds of text: its lines are no solutions, and end where the margin begins."""
    tasks = programs()[:2]
    made = human_eval.written(small, small.decoder, tasks, 2, 0, new=8)
    assert [len(each) for each in made] == [2, 2]
    assert human_eval.written(small, small.decoder, tasks[:1], 2, 0, new=8) == made[:1]  # no neighbour changes a row


@pytest.mark.breaks("code.human_eval", r"^pass@k of every model")
def test_a_formula_that_counts_one_more_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(human_eval, "pass_at_k", lambda n, c, k: 1 - (1 - (c + 1) / (n + 1)) ** k)
    assert not check("code.human_eval", "pass@k of every").holds


@pytest.mark.breaks("code.samples", r"^pass@k = the part of all choices of k samples")
def test_the_naive_formula_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure, "pass_at_k", figure.naive_pass_at_k)
    assert not check("code.samples", "pass@k").holds
