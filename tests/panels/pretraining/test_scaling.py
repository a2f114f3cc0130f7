"""Scaling laws: the committed sweep, what is fitted to it, its prediction, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from explorer.experiments.pretraining import scaling, sweep
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining.scaling_law import Law

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """And each test fits by itself."""
    monkeypatch.setattr(sweep, "RESAMPLES", 12)
    monkeypatch.setattr(scaling, "RESAMPLES", 30)
    sweep.of_the_sweep.cache_clear()
    yield
    sweep.of_the_sweep.cache_clear()


def test_groups_spend_the_same_on_other_sizes(view: View) -> None:
    made = view("scaling.groups")[-1].data
    runs = [run for group in made.groups for run in group.runs]
    assert len(runs) >= 12
    assert len(made.groups) >= 3
    assert made.seeds >= 3
    assert made.noise > 0
    for group in made.groups:
        assert len({run.parameters for run in group.runs}) >= 4
        assert {run.compute for run in group.runs} == {group.compute}
        assert group.inside == (group.runs[0].parameters < group.best < group.runs[-1].parameters)
        for run in group.runs:
            assert run.parameters * run.tokens * 6 == pytest.approx(group.compute, rel=0.01)
            assert run.seen.tolist() == sorted(run.seen.tolist())
            assert run.held_seen[-1] == run.tokens
    assert all(text.licence and text.tokens > 1e5 for text in made.texts)


def test_a_parabola_is_numpys(view: View) -> None:
    group = view("scaling.groups")[-1].data.groups[0]
    a, b, c = np.polyfit([np.log(run.parameters) for run in group.runs], [run.loss for run in group.runs], 2)
    assert group.best == pytest.approx(np.exp(-b / (2 * a)))
    assert group.loss == pytest.approx(c - b**2 / (4 * a))


@pytest.mark.thorough
def test_a_resample_whose_parabola_is_nearly_flat_is_left_out(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "RESAMPLES", 1000)
    made = view("scaling.groups")[-1].data
    assert made.exponent is None or np.isfinite([made.exponent, made.low, made.high]).all()
    assert 0 <= made.unusable < 1
    for each in view("scaling.embeddings")[-1].data.exponents:
        assert each.value is None or np.isfinite([each.value, each.low, each.high]).all()


def test_the_law_and_its_residuals(view: View) -> None:
    made = view("scaling.law")[-1].data
    by_name = {each.name: each for each in made.constants}
    E, A, alpha, B, beta = (by_name[name].value for name in ("E", "A", "alpha", "B", "beta"))
    for point in made.points:
        assert point.law == pytest.approx(E + A / point.parameters**alpha + B / point.tokens**beta)
    assert by_name["exponent"].value == pytest.approx(beta / (alpha + beta))
    assert made.rms == pytest.approx(np.sqrt(np.mean([(point.loss - point.law) ** 2 for point in made.points])))
    assert [paper.key for paper in made.papers] == ["kaplan", "hoffmann", "unrounded", "refit", "muennighoff"]
    for band in made.bands:
        assert (band.low <= band.high).all()


def test_without_embeddings_n_is_smaller(view: View) -> None:
    whole, blocks = (view("scaling.law", count=count)[-1].data for count in ("all", "blocks"))
    for one, other in zip(whole.points, blocks.points, strict=True):
        assert other.parameters < one.parameters
        assert (other.tokens, other.loss) == (one.tokens, one.loss)


def test_the_prediction_stands_beside_the_run(view: View) -> None:
    made, said = view("scaling.prediction")[-1].data, sweep.prediction()
    assert (made.loss, made.low, made.high) == (said.loss, said.low, said.high)
    assert made.low < made.loss < made.high
    assert made.times == pytest.approx(3, rel=0.01)
    trained = sweep.load().part("held out")
    assert made.found == (trained[0].loss if trained else None)
    assert said.run not in {run.name for run in sweep.load().fitted}
    assert [run.name for run in made.trained] == [run.name for run in trained]


def test_embeddings_move_the_exponent_of_one_law(view: View) -> None:
    made = view("scaling.embeddings")[-1].data
    assert [(each.way, each.counts) for each in made.exponents] == [
        ("law", "all"), ("law", "blocks"), ("groups", "all"), ("groups", "blocks"),
    ]  # fmt: skip
    rounding = 1e-4  # a slope between two budgets, each searched
    assert (np.diff(made.blocks) < rounding).all()  # falls to the exponent of all parameters
    assert (made.blocks > made.whole - rounding).all()
    assert made.blocks[0] > made.blocks[-1] + 0.01
    for size in made.sizes[1:]:  # within what one number for all sizes can say; the smallest is 31 % off
        assert size.blocks + made.omega * size.blocks ** (1 / 3) == pytest.approx(size.parameters, rel=0.2)


def test_a_budget_by_each_law_and_ours(view: View) -> None:
    made = view("scaling.budget")[-1].data
    ratios = {each.key: each.tokens / each.parameters for each in made.laws}
    assert made.compute == 1e21
    assert [round(ratios[key], 1) for key in ("hoffmann", "unrounded", "refit", "muennighoff")] == [
        50.1,
        34,
        21.6,
        19.6,
    ]
    assert made.laws[-1].key == "ours"
    assert made.laws[-1].parameters * made.laws[-1].tokens * 6 == pytest.approx(1e21)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


def changed(monkeypatch: pytest.MonkeyPatch, change: Callable[[sweep.Run], sweep.Run]) -> None:
    """One row of the table is another."""
    made = sweep.load()
    at = next(each for each, run in enumerate(made.runs) if run.part == "group")
    runs = (*made.runs[:at], change(made.runs[at]), *made.runs[at + 1 :])
    monkeypatch.setattr(sweep, "load", lambda: sweep.Sweep(runs))


@pytest.mark.breaks("scaling.groups", r"^Parameters of each run = those of the decoder")
def test_parameters_without_their_norms(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, lambda run: replace(run, parameters=run.parameters - run.d_model))
    assert not check("scaling.groups", "Parameters of each run").holds


@pytest.mark.breaks("scaling.groups", r"^Each run spends its group’s compute")
def test_a_run_that_stopped_early(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, lambda run: replace(run, tokens=run.tokens // 2))
    assert not check("scaling.groups", "spends its group’s compute").holds


@pytest.mark.breaks("scaling.law", r"^Our least sum is no larger than torch’s L-BFGS finds")
def test_a_fit_that_stops_early(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sweep.fit
    monkeypatch.setattr(sweep, "fit", lambda runs: replace(real(runs), alpha=1.05 * real(runs).alpha))
    assert not check("scaling.law", "L-BFGS").holds


@pytest.mark.breaks("scaling.prediction", r"^The prediction on file = the one that the runs’ rows give now")
def test_a_loss_that_is_written_better(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, lambda run: replace(run, loss=run.loss - 0.1))
    assert not check("scaling.prediction", "The prediction on file").holds


@pytest.mark.breaks("scaling.embeddings", r"^M of N = M \+ ω M\^⅓ by formula = by search")
def test_a_table_of_the_whole_models_width(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        scaling, "without_table", lambda parameters, w: np.maximum(1, parameters - w * np.cbrt(parameters))
    )
    assert not check("scaling.embeddings", "by formula").holds


@pytest.mark.breaks("scaling.budget", r"^The formula’s parameters = those with the least loss in a search")
def test_an_exponent_that_is_too_large(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    right = lambda law: law.beta / (law.alpha + law.beta)  # noqa: E731
    monkeypatch.setattr(Law, "exponent", property(lambda law: right(law) + 0.02))
    assert not check("scaling.budget", "the least loss").holds
