"""A small run: stopped and gone on, forked, kept, with texts and settings that no run can be made of."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.pretraining import run_bounds, run_states, run_training
from explorer.experiments.pretraining.live_run import LiveRun
from explorer.experiments.pretraining.run_texts import RunTexts, cut
from explorer.experiments.pretraining.run_training import Trained, measured_at, trained
from explorer.experiments.pretraining.small_run import CHANGEABLE, Change, Shape, SmallRun, changes_of
from explorer.stack.pretraining.train import doubling

pytestmark = pytest.mark.usefixtures("empty_cache")
TINY = SmallRun(shape=Shape(layers=1, width=16, heads=1, kv_heads=1), context=8, rows=2, steps=12)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_training, "NEWS_S", -1.0)  # each step is news
    monkeypatch.setattr(run_training, "sample", lambda _: None)
    monkeypatch.setattr(run_training.machine, "speed", lambda: None)


def live(run: SmallRun, **brought: str) -> LiveRun:
    return LiveRun(run, RunTexts(run, brought))


def until(run: SmallRun, step: int) -> Trained:
    """Trained up to a step, and left there."""
    going: Any = trained(live(run))
    for made in going:
        if made.run.progress.step >= step:
            going.close()
            return made
    raise AssertionError


def whole(run: SmallRun) -> Trained:
    *_, made = trained(live(run))
    return made


def same(one: LiveRun, other: LiveRun) -> bool:
    ours, theirs = one.model.state_dict(), other.model.state_dict()
    return one.losses == other.losses and all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("optimizer", ["adamw", "muon", "lion", "sgd"])
def test_a_run_that_was_left_goes_on_to_the_bit(optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = replace(TINY, optimizer=optimizer)
    left = until(run, 5)
    assert left.run.progress.step == 5
    assert 5 in left.kept
    again = whole(run)
    assert again.went_on == 5
    assert again.run.steps_measured == sorted(measured_at(12))  # what was measured before stays
    monkeypatch.setattr(run_states, "go_on", lambda _: 0)
    fresh = whole(run)
    assert fresh.went_on == 0
    assert same(again.run, fresh.run)


@pytest.mark.parametrize(
    ("what", "value"),
    [("rate", 0.05), ("optimizer", "lion"), ("schedule", "constant"), ("weight_decay", 0.0), ("clip", 0.01),
     ("rows", 4), ("context", 16), ("seed", 7)],
)  # fmt: skip
def test_a_fork_is_its_parent_up_to_the_step_and_another_run_from_there(
    what: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert what in CHANGEABLE
    parent = whole(TINY)
    fork = TINY.forked(Change(4, what, value))
    assert run_states.steps_of(fork)[-1] == 4  # its parent's states, and none behind the fork
    made = whole(fork)
    assert made.went_on == 4
    assert [each.losses for each in made.parent] == [each.losses for each in parent.run.progress.curve]
    assert made.run.losses[:4] == parent.run.losses[:4]
    assert made.run.progress.curve[:4] == parent.run.progress.curve[:4]
    ours, theirs = made.run.model.state_dict(), parent.run.model.state_dict()
    assert any(not torch.equal(ours[name], theirs[name]) for name in ours)
    monkeypatch.setattr(run_states, "go_on", lambda _: 0)
    assert same(made.run, whole(fork).run)


@given(st.lists(st.tuples(st.integers(0, 11), st.sampled_from([("rate", 0.5), ("rows", 3), ("optimizer", "sgd")]))))
def test_up_to_a_change_a_description_is_that_without_it(drawn: list[tuple[int, tuple[str, Any]]]) -> None:
    changes = tuple(Change(step, *what) for step, what in sorted(drawn, key=lambda each: each[0]))
    run = replace(TINY, changes=changes)
    for change in changes:
        rest = replace(run, changes=tuple(each for each in changes if each.step < change.step))
        assert run.until(change.step) == rest.until(change.step)
        assert all(run.at(step) == rest.at(step) for step in range(change.step))
    said = "+".join(each.text for each in changes)
    assert changes_of(said) == changes


def test_a_chain_of_forks_finds_each_ones_states() -> None:
    whole(TINY)
    once = TINY.forked(Change(4, "rate", 0.05))
    whole(once)
    twice = replace(once, changes=(*once.changes, Change(8, "optimizer", "sgd")))
    assert run_states.steps_of(twice) == [0, 1, 2, 4, 8]
    assert whole(twice).went_on == 8


def test_states_kept_are_those_of_the_doubling_and_the_last_one() -> None:
    assert whole(TINY).kept == doubling(12)
    until(replace(TINY, seed=1), 7)
    again = until(replace(TINY, seed=1), 11)
    assert again.went_on == 7
    assert {0, 1, 2, 4, 8, 11} <= set(again.kept)


# ---- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_run_that_comes_apart_stops_with_step_and_tensor_and_can_be_forked() -> None:
    wild = replace(TINY, rate=1e6, optimizer="sgd", clip=1e9, warmup=0.0, steps=40)
    made = whole(wild)
    assert made.stopped is not None
    assert made.stopped.step == made.run.progress.step + 1
    assert made.stopped.tensor.startswith(("the output of", "the gradient of", "the norm", "the loss"))
    assert all(bool(torch.isfinite(each).all()) for each in made.run.model.state_dict().values())
    good = made.run.progress.step
    assert good in made.kept
    fork = whole(wild.forked(Change(good, "rate", 1e-4)))
    assert fork.went_on == good


def test_a_rate_of_10_ends_or_says_why_not() -> None:
    made = whole(replace(TINY, rate=10.0))
    assert made.run.done or made.stopped is not None


def test_a_full_disk_stops_no_run_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    made = whole(TINY)
    assert made.run.done
    assert made.unkept
    assert not made.kept
    assert not list(run_states.folder().glob("*"))


def test_a_state_that_was_cut_is_passed_over_and_deleted() -> None:
    until(TINY, 9)
    last = max(run_states.folder().glob("*.pt"), key=lambda path: int(path.stem.split("-")[1]))
    last.write_bytes(last.read_bytes()[:-200])
    again = live(TINY)
    assert run_states.go_on(again) == 8
    assert not last.exists()


def test_a_killed_process_loses_what_came_after_the_last_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept at its end: no `finally` runs."""
    monkeypatch.setattr(Trained, "keep", _only_of_the_doubling(Trained.keep))
    until(TINY, 11)
    assert run_states.steps_of(TINY) == [0, 1, 2, 4, 8]
    assert whole(TINY).went_on == 8


def _only_of_the_doubling(keep: Any) -> Any:
    return lambda made: keep(made) if made.run.progress.step in doubling(12) else None


def test_while_it_trains_a_state_is_kept_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_training, "KEPT_S", 0.0)
    going: Any = trained(live(TINY))
    for made in going:
        if made.run.progress.step == 7:
            assert 7 in run_states.steps_of(TINY)
            assert 6 not in run_states.steps_of(TINY)
            break
    going.close()


def test_the_states_are_bounded_by_bytes_and_the_last_used_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    whole(TINY)
    size = max(path.stat().st_size for path in run_states.folder().iterdir())
    monkeypatch.setenv("EXPLORER_CHECKPOINT_BYTES", str(3 * size))
    whole(replace(TINY, seed=4))
    kept = list(run_states.folder().iterdir())
    assert sum(path.stat().st_size for path in kept) <= 3 * size
    assert run_states.steps_of(TINY) == []
    assert 12 in run_states.steps_of(replace(TINY, seed=4))


@pytest.mark.parametrize(("text", "vocabulary"), [("one two three", "bytes"), ("one two three", "bpe"), ("a", "bpe")])
def test_a_text_of_three_words_says_what_it_lacks(text: str, vocabulary: Any) -> None:
    run = replace(TINY, text="text-1", context=64, shape=replace(TINY.shape, vocabulary=vocabulary))
    with pytest.raises(NotApplicableError, match=r"This text has \d+ tokens. With windows of 64 tokens"):
        live(run, **{"text-1": text})


def test_a_text_that_just_suffices_is_trained_on() -> None:
    run = replace(TINY, text="text-1", context=8)
    made = live(run, **{"text-1": "one two three four"})
    made.step()
    assert made.measure().losses["own"] > 0


def test_a_text_that_is_not_here_is_said_to_be() -> None:
    with pytest.raises(NotApplicableError, match="its owner brought it"):
        live(replace(TINY, text="text-0123456789abcdef"))


def test_the_longest_text_is_cut_and_read_within_seconds() -> None:
    text = "Call me Ishmael. Some years ago, never mind how long.\n" * 9_000
    began = time.monotonic()
    live(replace(TINY, text="text-1"), **{"text-1": text}).step()
    assert time.monotonic() - began < 5


@given(st.text(min_size=2, max_size=200))
def test_a_text_is_cut_in_two_and_nothing_is_lost(text: str) -> None:
    kept, end = cut(text)
    assert kept + end == text
    assert kept
    assert end


@pytest.mark.parametrize(
    "said", ["x", "3-rate", "3-layers-4", "3-rate-fast", "-1-rate-1", "3-rate-1+", "3-rate-1++4-rate-2", "3-rows-1.5"]
)
def test_changes_that_are_none_are_refused(said: str) -> None:
    with pytest.raises(BadRequestError):
        changes_of(said if said != "3-rate-1+" else "3-rate-1+x")


def test_a_change_outside_the_run_is_refused() -> None:
    with pytest.raises(BadRequestError, match="outside of a run of 12 steps"):
        TINY.forked(Change(12, "rate", 0.1))


def test_a_run_that_would_take_too_much_is_refused_with_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    made = live(TINY)
    monkeypatch.setattr(run_bounds, "MOST_BYTES", 1000)
    with pytest.raises(NotApplicableError, match="would take about"):
        run_bounds.check(made)
    monkeypatch.setattr(run_bounds, "MOST_BYTES", 10**12)
    monkeypatch.setattr(run_bounds, "MOST_FLOPS", 1000)
    with pytest.raises(NotApplicableError, match="One step of this run takes"):
        run_bounds.check(made)


def test_bytes_grow_with_the_windows_and_hold_what_autograd_keeps() -> None:
    one, two = (run_bounds.takes(live(replace(TINY, rows=rows))).nbytes for rows in (2, 4))
    weights = run_bounds.A_WEIGHT * live(TINY).parameters
    assert two - weights == pytest.approx(2 * (one - weights), rel=0.02)
    stream = TINY.rows * TINY.context * TINY.shape.width * 4
    assert one - weights > 4 * stream


def test_muon_steps_the_experts_too() -> None:
    run = replace(TINY, optimizer="muon", shape=replace(TINY.shape, experts=4))
    made = live(run)
    before = {name: each.detach().clone() for name, each in made.model.named_parameters() if each.dim() > 2}
    made.step()
    assert before
    for name, each in before.items():
        after = made.model.get_parameter(name)
        assert all(not torch.equal(each[at], after[at]) for at in range(len(each)))


def test_what_draws_beside_it_changes_nothing() -> None:
    def run(noise: int) -> Iterator[float]:
        made = live(TINY)
        for _ in range(4):
            torch.manual_seed(noise)
            torch.rand(noise)
            made.step()
            yield made.losses[-1]

    assert list(run(1)) == list(run(9))
