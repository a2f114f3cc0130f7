"""The store: one computation for equal requests, bounded bytes, limits before any run."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from explorer.errors import EmptyPromptError, ExplorerError, PromptTooLongError
from explorer.tracing import MAX_NEW_TOKENS, MAX_PROMPT_TOKENS, PatchPosition, TraceKey, TraceStore, capture
from explorer.tracing.capturing import size
from explorer.tracing.stored import store
from explorer.zoo import Model
from tests.tiers import spread


def test_simultaneous_equal_requests_are_one_run(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[TraceKey] = []

    def counted(model: Model, key: TraceKey, progress: Any = None) -> Any:
        runs.append(key)
        time.sleep(0.05)
        return capture(model, key, progress)

    monkeypatch.setattr(store, "capture", counted)
    held, key = TraceStore(), TraceKey(model.name, "The store")
    with ThreadPoolExecutor(8) as pool:
        traces = list(pool.map(lambda _: held.get(model, key), range(8)))
    assert len(runs) == 1
    assert all(trace is traces[0] for trace in traces)
    assert held.get(model, TraceKey.parse(key.query())) is traces[0]
    assert len(runs) == 1


@pytest.mark.thorough
def test_different_requests_take_turns(model: Model) -> None:
    held = TraceStore()
    keys = [TraceKey(model.name, text, max_new_tokens=1) for text in ("a", "b c", "d e f")]
    with ThreadPoolExecutor(3) as pool:
        traces = list(pool.map(lambda key: held.get(model, key), keys))
    alone = [capture(model, key) for key in keys]
    for together, by_itself in zip(traces, alone, strict=True):
        assert together.ids.tolist() == by_itself.ids.tolist()
        assert float((together.logits - by_itself.logits).abs().max()) < 1e-4


def test_bounded_by_bytes(model: Model) -> None:
    one = capture(model, TraceKey(model.name, "word 0")).nbytes
    held = TraceStore(int(2.5 * one))
    for i in range(5):
        held.get(model, TraceKey(model.name, f"word {i}"))
        assert held.nbytes <= held.max_bytes
    assert len(held) == 2
    assert len(TraceStore(1)) == 0
    nothing = TraceStore(1)
    assert nothing.get(model, TraceKey(model.name, "word")).n_prompt == 1
    assert len(nothing) == 0


def test_what_is_derived_counts_when_it_has_grown(model: Model) -> None:
    first, second = TraceKey(model.name, "word 1"), TraceKey(model.name, "word 2")
    held = TraceStore()
    held.get(model, first)
    held.get(model, second).lens_logits(0)
    held.max_bytes = held.nbytes - 1
    held.shrink()
    assert held.nbytes <= held.max_bytes
    assert held.kept(first) is None


def test_what_is_kept_is_found_without_a_run(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    held, key = TraceStore(), TraceKey(model.name, "kept")
    assert held.kept(key) is None
    made = held.get(model, key)
    found = held.kept(TraceKey.parse(key.query()))
    assert found is not None
    assert found[0] is model
    assert found[1] is made


def test_errors_do_not_stay(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    held, key = TraceStore(), TraceKey(model.name, "Hi")
    started, waiting = threading.Event(), threading.Event()

    def failing(model: Model, key: TraceKey, progress: Any = None) -> Any:
        started.set()
        waiting.wait(5)
        raise ExplorerError("no")

    monkeypatch.setattr(store, "capture", failing)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(held.get, model, key)
        started.wait(5)
        second = pool.submit(held.get, model, key)
        time.sleep(0.1)
        waiting.set()
        for future in (first, second):
            with pytest.raises(ExplorerError):
                future.result()
    monkeypatch.undo()
    assert held.get(model, key).n_prompt == 1


def test_a_stopped_run_is_made_by_the_next(model: Model) -> None:
    class Stopped(Exception):
        pass

    held, key = TraceStore(), TraceKey(model.name, "Hi there", max_new_tokens=1)
    started, waiting = threading.Event(), threading.Event()

    def stop(*_: Any) -> None:
        started.set()
        waiting.wait(5)
        raise Stopped

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(held.get, model, key, stop)
        started.wait(5)
        second = pool.submit(held.get, model, key)
        time.sleep(0.1)
        waiting.set()
        with pytest.raises(Stopped):
            first.result()
        assert second.result().n_prompt == 2
    assert not any(point.fwd_hooks for point in model.bridge.hook_dict.values())


def test_limits_come_before_any_run(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("the model was run")

    monkeypatch.setattr(model.bridge, "forward", never)
    held = TraceStore()
    with pytest.raises(PromptTooLongError) as caught:
        held.get(model, TraceKey(model.name, "x " * 50_000))
    assert caught.value.facts["limit"] == MAX_PROMPT_TOKENS
    with pytest.raises(PromptTooLongError) as caught:
        held.get(model, TraceKey(model.name, "one two " * 1100))
    assert caught.value.facts["limit"] == MAX_PROMPT_TOKENS
    with pytest.raises(PromptTooLongError) as caught:
        held.get(model, TraceKey(model.name, "x", max_new_tokens=MAX_NEW_TOKENS + 1))
    assert caught.value.facts == {"tokens": MAX_NEW_TOKENS + 1, "limit": MAX_NEW_TOKENS}
    patch = PatchPosition(0, 0, "one two " * 1100, 0)
    with pytest.raises(PromptTooLongError):
        held.get(model, TraceKey(model.name, "x", interventions=(patch,)))
    with pytest.raises(EmptyPromptError):
        held.get(model, TraceKey(model.name, ""))


@pytest.mark.parametrize(("n", "new"), spread([(20, 3), (150, 0), (600, 0)], 1))
def test_what_a_run_will_keep_is_known_before(model: Model, n: int, new: int) -> None:
    trace = capture(model, TraceKey(model.name, " word" * n, max_new_tokens=new, seed=1))
    asked = size.run_bytes(model, n, len(trace.tokens) - n)
    assert asked == pytest.approx(trace.nbytes, rel=0.03)


def test_so_is_that_of_a_mixture_of_experts(moe: Model) -> None:
    trace = capture(moe, TraceKey(moe.name, " word" * 200))
    assert size.run_bytes(moe, len(trace.tokens)) == pytest.approx(trace.nbytes, rel=0.03)
