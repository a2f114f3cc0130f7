"""Windows that say their tokens again: what stands where, and what a model that copies loses there."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from explorer.stack.pretraining.batches import Batches, WindowCourse

STREAM = torch.arange(4000) % 97


class Copies(nn.Module):
    """Sure of the token that followed the last time that this one stood there; it guesses where there was none."""

    def forward(self, ids: Tensor) -> Tensor:
        logits = torch.zeros(*ids.shape, 97)
        for row, text in enumerate(ids.tolist()):
            for at, token in enumerate(text):
                last = next((before for before in range(at - 1, -1, -1) if text[before] == token), None)
                if last is not None:
                    logits[row, at, text[last + 1]] = 30.0
        return logits


def test_a_share_of_the_windows_repeats() -> None:
    batches = Batches({"a": STREAM}, {"a": 1}, n_ctx=32, rows=6, seed=0, repeated=0.5, period=(8, 16))
    rows, _ = batches(3)
    plain, _ = Batches({"a": STREAM}, {"a": 1}, n_ctx=32, rows=6, seed=0)(3)
    assert torch.equal(rows[3:], plain[3:])
    for row, before in zip(rows[:3], plain[:3], strict=True):
        period = next(each for each in range(8, 17) if torch.equal(row[each:], row[:-each]))
        assert torch.equal(row[:period], before[:period])
    assert torch.equal(rows, batches(3)[0])


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 15), st.integers(0, 15), st.integers(0, 99))
def test_every_length_between_the_bounds_is_drawn(least: int, more: int, seed: int) -> None:
    batches = Batches({"a": STREAM}, {"a": 1}, 32, 2, 0, 0.5, (least, least + more))
    drawn = batches.periods(400, torch.Generator().manual_seed(seed))
    assert set(drawn.tolist()) == set(range(least, least + more + 1))


def test_more_than_a_window_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="8 to 64 tokens cannot be said again in windows of 32"):
        Batches({"a": STREAM}, {"a": 1}, 32, 2, 0, 0.5, (8, 64))


def test_a_model_that_copies_loses_nothing_on_what_is_said_again() -> None:
    batches = Batches({"a": STREAM}, {"a": 1}, n_ctx=64, rows=2, seed=0, repeated=0.5, period=(8, 32))
    scores = WindowCourse(batches, {"a": STREAM}, 8).scores(Copies())
    assert scores["said again"] < 1e-3
    assert scores["said first"] > 4  # ln 97
    assert WindowCourse(Batches({"a": STREAM}, {"a": 1}, 64, 2, 0), {"a": STREAM}, 8).scores(Copies()) == {}
