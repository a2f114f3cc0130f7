"""Pipeline: what the schedule view says, what processes give, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.experiments.systems import pipeline_parallel as experiment
from explorer.experiments.systems.parallel_subject import subject
from explorer.experiments.systems.pipeline_parallel import Compared, Ran
from explorer.experiments.systems.ranks import Nursery
from explorer.panels.protocol import Check, Rendered
from explorer.panels.systems import pipeline_parallel_views as views
from explorer.stack.parallelism.pipeline import bubble, simulate
from explorer.stack.parallelism.pipeline.bubble import SCHEDULES, Size

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(scope="module")
def ran() -> Compared:
    """Three schedules on one start of two processes: whole, interleaved, split."""
    keys, size = ("1f1b", "gpipe", "zbv"), Size(2, 4, 2)
    with Nursery(experiment.LOADS) as nursery:
        made = list(
            experiment.compared(
                subject("dense", 4, 16), {key: SCHEDULES[key].make(size) for key in keys}, 2, nursery=nursery
            )
        )
    return made[-1]


def test_processes_give_one_processs_loss_and_gradients_in_every_schedule(ran: Compared) -> None:
    assert ran.done
    for each in ran.ran.values():
        assert each.loss == pytest.approx(ran.alone, abs=2e-6)
        assert each.gradients < 2e-6
        assert each.early == 0
        assert len(each.steps) == 2


def test_1f1b_keeps_less_than_gpipe(ran: Compared) -> None:
    peaks = {key: [max(rank) for rank in each.kept] for key, each in ran.ran.items()}
    assert [a / b for a, b in zip(peaks["1f1b"], peaks["gpipe"], strict=True)] == pytest.approx([0.5, 0.25], rel=1e-3)


def test_the_simulator_told_the_times_of_a_repeat_comes_near_to_it(ran: Compared) -> None:
    """The same repeat: what is left is that times of a kind are not all alike, and the hand-over."""
    for each in ran.ran.values():
        assert each.predicted(range(1)).step == pytest.approx(each.seconds[0], rel=0.7)
        assert each.alone().step > 0


def test_the_schedule_in_time(view: View) -> None:
    data = view("pipeline_parallel.schedule", ranks=4, microbatches=8)[-1].data
    assert data.chart.step == 33
    assert [each.most for each in data.chart.ranks] == [4, 3, 2, 1]
    assert {each.key for each in data.others} == set(SCHEDULES)
    assert data.rows[3].startswith("3F0 3B0 3F1 3B1")


def test_what_cannot_be_says_what_would_fit(view: View) -> None:
    data = view("pipeline_parallel.schedule", schedule="dualpipe_v", ranks=4, microbatches=7)[-1].data
    assert data.chart is None
    assert "a micro-batch for each of its 8 stages, not 7" in data.refused
    assert next(each for each in data.others if each.key == "interleaved").refused == ""


def test_torchs_list_differs_on_1f1bs_last_stage_alone() -> None:
    for key, expected in (("gpipe", 0), ("1f1b", 4), ("zbv", 0), ("interleaved", 0)):
        ours = SCHEDULES[key].make(Size(2, 4, 2))
        theirs = experiment.torchs(key, 2, 4, SCHEDULES[key].chunks(Size(2, 4, 2)))
        assert theirs is not None
        assert experiment.differing(ours, theirs) == (expected, expected)
    assert experiment.torchs("zb_h1", 2, 4, 1) is None


@pytest.mark.breaks("pipeline_parallel.schedule", r"^Idle time of 7 schedules = their papers’ formulas")
def test_a_link_that_nobody_counts(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    right = simulate.simulate
    monkeypatch.setattr(views, "simulate", lambda made, costs: right(made, replace(costs, link=0.25)))
    view("pipeline_parallel.schedule")


@pytest.mark.breaks("pipeline_parallel.schedule", r"^Kept micro-batches of 7 schedules = their formulas")
def test_a_warm_up_that_is_one_forward_too_long(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tuple(
        replace(each, make=bubble.SCHEDULES["gpipe"].make) if each.key == "1f1b" else each for each in views.NAMED
    )
    monkeypatch.setattr(views, "NAMED", named)
    view("pipeline_parallel.schedule")


def _shown(ran: Compared, monkeypatch: pytest.MonkeyPatch, view: View, **changes: object) -> None:
    """The measured view on what was run, with something of it changed."""
    one: Ran = replace(ran.ran["1f1b"], **changes)  # pyright: ignore[reportArgumentType]
    made = replace(ran, ran={"1f1b": one, "gpipe": ran.ran["gpipe"]})
    monkeypatch.setattr(experiment, "compared", lambda *_: iter([made]))
    view("pipeline_parallel.measured", microbatches=4)


@pytest.mark.breaks("pipeline_parallel.measured", r"^Loss of 2 processes = one process’s")
def test_a_mean_over_too_few_micro_batches(ran: Compared, monkeypatch: pytest.MonkeyPatch, view: View) -> None:
    _shown(ran, monkeypatch, view, loss=ran.ran["1f1b"].loss * 4 / 3)


@pytest.mark.breaks("pipeline_parallel.measured", r"^Gradients of 2 processes = one process’s")
def test_a_table_whose_two_ends_are_not_added(ran: Compared, monkeypatch: pytest.MonkeyPatch, view: View) -> None:
    _, wanted = experiment.one_process(subject("dense", 4, 16))
    found = dict(wanted)
    name = next(each for each in found if each.startswith("embed"))
    found[name] = found[name] / 2
    _shown(ran, monkeypatch, view, gradients=experiment.apart(found, wanted))


@pytest.mark.breaks("pipeline_parallel.measured", r"^Nothing begins before what it needs has ended")
def test_a_clock_that_is_late(ran: Compared, monkeypatch: pytest.MonkeyPatch, view: View) -> None:
    first, *others = ran.ran["1f1b"].steps
    late = (first[0], tuple(replace(each, start=each.start - 10, end=each.end - 10) for each in first[1]))
    _shown(ran, monkeypatch, view, steps=(late, *others))


@pytest.mark.breaks("pipeline_parallel.measured", r"^The order = torch’s 1F1B, but for its last stage")
def test_another_order_than_torchs(ran: Compared, monkeypatch: pytest.MonkeyPatch, view: View) -> None:
    monkeypatch.setattr(experiment, "torchs", lambda *_: ["0F0 0B0 0F1 0B1 0F2 0B2 0F3 0B3", "1F0 1B0"])
    _shown(ran, monkeypatch, view)
