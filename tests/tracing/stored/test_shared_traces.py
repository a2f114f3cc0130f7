"""Runs in a shared folder: to the bit what was made, and no harm where the folder or a file is broken."""

from __future__ import annotations

import os
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.tracing import TraceKey, TraceStore, capture
from explorer.tracing.stored import store
from explorer.tracing.stored.shared_traces import SharedTraces, decoded, encoded
from explorer.zoo import Model
from tests.tiers import spread

QUERIES = (
    "text=Der Schnee fiel 🌨️ leise&new=3&temp=0.9&seed=5",
    "text=one two&new=2&force=0:7&do=ablate:1.2,add:2:all:40:3",
    "text=a b c&do=patch:1:0:1:x%2520y",
)
#: What is looked up in the model or made when asked for, and no tensor of the run.
OTHER = ("readout", "_kept")


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one):
        return all(same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    return one == other


def key_of(model: Model, query: str) -> TraceKey:
    return replace(TraceKey.parse(query), model=model.name)


@pytest.mark.parametrize("query", spread(QUERIES, 1))
def test_a_run_comes_back_to_the_bit(model: Model, query: str) -> None:
    made = capture(model, key_of(model, query))
    read = decoded(encoded(made), model, made.key)
    for each in fields(made):
        if each.name not in OTHER:
            assert same(getattr(made, each.name), getattr(read, each.name)), each.name
    target = int(made.logits[-1].argmax())
    assert torch.equal(made.attribution(1, target).heads, read.attribution(1, target).heads)


def test_a_mixtures_run_comes_back_too(moe: Model) -> None:
    made = capture(moe, key_of(moe, "text=one two three"))
    read = decoded(encoded(made), moe, made.key)
    assert same(made.expert_weights, read.expert_weights)
    assert same(made.router_logits, read.router_logits)
    assert read.mlp_pre is None


def test_another_process_makes_nothing_anew(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_of(model, "text=shared&new=1")
    one = TraceStore(shared=SharedTraces(str(tmp_path)))
    made = one.get(model, key)
    one.settle()
    monkeypatch.setattr(store, "capture", lambda *_: pytest.fail("made anew"))
    read = TraceStore(shared=SharedTraces(str(tmp_path))).get(model, key)
    assert torch.equal(made.logits, read.logits)
    with pytest.raises(pytest.fail.Exception):
        TraceStore(shared=SharedTraces(str(tmp_path))).get(model, replace(key, seed=3))


@pytest.mark.thorough
def test_a_damaged_file_is_made_anew(model: Model, tmp_path: Path) -> None:
    key, shared = key_of(model, "text=damaged"), SharedTraces(str(tmp_path))
    shared.put(model, capture(model, key))
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for broken in (whole[:-10], whole[:5], b"", b"\xff" * 100, whole[:8] + b"{}" + whole[10:]):
        path.write_bytes(broken)
        assert shared.get(model, key) is None
        held = TraceStore(shared=shared)
        assert held.get(model, key).n_prompt == 2
        held.settle()


def test_a_folder_that_cannot_be_written_costs_nothing(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    held = TraceStore(shared=SharedTraces(str(tmp_path / "file" / "runs")))
    assert held.get(model, key_of(model, "text=one")).n_prompt == 1
    held.settle()


def test_what_was_asked_for_longest_ago_goes_first(model: Model, tmp_path: Path) -> None:
    keys = [key_of(model, f"text=word {i}") for i in range(3)]
    runs = [capture(model, key) for key in keys]
    shared = SharedTraces(str(tmp_path), max_bytes=int(2.5 * len(encoded(runs[0]))))
    shared.put(model, runs[0])
    shared.put(model, runs[1])
    for path in tmp_path.rglob("*.*"):
        os.utime(path, (1, 1))  # long ago: two in a moment have one time
    assert shared.get(model, keys[0]) is not None
    shared.put(model, runs[2])
    assert [shared.get(model, key) is not None for key in keys] == [True, False, True]


def test_runs_lie_in_memory_as_well_as_on_a_disk(model: Model) -> None:
    key, shared = key_of(model, "text=anywhere"), SharedTraces("memory://runs")
    assert shared.get(model, key) is None
    shared.put(model, capture(model, key))
    assert shared.get(model, key) is not None
