"""Trainings side by side: the time of their steps, and who takes it when."""

from __future__ import annotations

import pytest
import torch

from explorer.experiments.side_by_side import Arm, in_turns, settings_of, step_time
from explorer.experiments.timing import Timing
from explorer.stack.pretraining.batches import Batches, WindowCourse
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

STREAM = torch.arange(64) % 8


@pytest.fixture
def course() -> WindowCourse:
    return WindowCourse(Batches({"a": STREAM}, {"a": 1}, n_ctx=8, rows=2, seed=0), {"a": STREAM}, 2)


def arm(name: str, course: WindowCourse) -> Arm:
    model = Decoder(DecoderConfig(1, 8, 1, 1, 8, 8, 8, n_ctx=8)).initialise(torch.Generator().manual_seed(0))
    return Arm(name, model, settings_of(1e-3, 4, course))


def test_the_time_of_a_step_has_its_spread(course: WindowCourse) -> None:
    one, other = arm("one", course), arm("one", course)
    assert step_time([one, other]) is None
    one.seconds, other.seconds = [9.0], [8.0]
    assert step_time([one, other]) is None  # each one's first is left out
    one.seconds, other.seconds = [9.0, 1.0, 5.0], [8.0, 2.0, 3.0, 4.0]
    assert step_time([one, other]) == Timing.of([1.0, 2.0, 3.0, 4.0, 5.0]) == Timing(3.0, 2.0, 4.0, 5)


def test_steps_take_turns_and_each_is_timed(course: WindowCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    monkeypatch.setattr("time.perf_counter", lambda: float(next(clock)) ** 2)
    arms = [arm("one", course), arm("other", course)]
    for _ in in_turns(arms, course, 3, 1, lambda _: None):
        pass
    assert [each.seconds for each in arms] == [[1.0, 9.0, 17.0], [5.0, 13.0, 21.0]]
