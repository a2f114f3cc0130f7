"""The run that a measurement reads: handed over with the order, not made a second time."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
import torch

from explorer.errors import ExplorerError
from explorer.shell.jobs import handed_runs, worker
from explorer.shell.jobs.order import Order, find, order_of
from explorer.shell.views import subjects
from explorer.tracing import TraceKey, TraceStore, capture
from explorer.tracing.stored import store as stored
from explorer.zoo.model import Model


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> TraceStore:
    """The runs of this process, none so far."""
    made = TraceStore()
    monkeypatch.setattr(handed_runs, "store", lambda: made)
    monkeypatch.setattr(subjects, "store", lambda: made)
    return made


def order(key: TraceKey) -> Order:
    return order_of(*find("norms", "gradients"), key.query(), {}, {})


def nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ExplorerError("it was made again")

    monkeypatch.setattr(stored, "capture", refuse)


def test_a_measurement_makes_no_run_that_is_at_hand(
    model: Model, runs: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = TraceKey(model.name, "One two one two", max_new_tokens=2)
    made = runs.get(model, key)
    asked = order(key)
    sent = pickle.loads(pickle.dumps(replace(asked, runs=handed_runs.runs_of(asked))))  # as it goes over the line
    alone = worker.measure(asked, lambda *_: None)
    runs.clear()
    nothing_is_run(monkeypatch)
    with pytest.raises(ExplorerError, match="made again"):
        worker.measure(asked, lambda *_: None)
    assert worker.measure(sent, lambda *_: None) == alone
    kept = runs.kept(key)
    assert kept is not None
    assert kept[1] is not made
    assert torch.equal(kept[1].logits, made.logits)


def test_the_unmodified_run_goes_along(model: Model, runs: TraceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    key = TraceKey.parse(f"model={model.name}&text=one two three&new=1&do=ablate:1.2")
    for each in (key, key.without_interventions()):
        runs.keep(model, capture(model, each))
    sent = handed_runs.runs_of(order(key))
    assert [TraceKey.parse(each.query) for each in sent] == [key, key.without_interventions()]
    runs.clear()
    nothing_is_run(monkeypatch)
    handed_runs.take(sent)
    subject = subjects.made("run", key.query())
    assert subject.run is not None
    assert subject.base is not None


def test_what_other_weights_made_is_not_taken(model: Model, runs: TraceStore) -> None:
    key = TraceKey(model.name, "one two")
    runs.get(model, key)
    [sent] = handed_runs.runs_of(order(key))
    runs.clear()
    handed_runs.take([sent._replace(weights="others")])
    assert runs.kept(key) is None


def test_neither_a_large_run_nor_one_that_nobody_reads_is_sent(
    model: Model, runs: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = TraceKey(model.name, "one two")
    assert handed_runs.runs_of(order(key)) == ()  # not at hand
    runs.get(model, key)
    assert len(handed_runs.runs_of(order(key))) == 1
    monkeypatch.setattr(handed_runs, "MOST_BYTES", 1000)
    assert handed_runs.runs_of(order(key)) == ()
