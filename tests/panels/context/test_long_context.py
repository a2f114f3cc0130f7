"""Needle, Sinks, Past the trained length on a small model: they stream, hold, and each check fails when broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.context import needle as needles
from explorer.experiments.context import past_length
from explorer.figures.context import needle as needle_figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.context import streaming
from explorer.stack.embeddings.rope_scaling import DynamicNTK, Linear

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
NEEDLE, SINKS, PAST = {"longest": 128}, {"length": 64, "window": 16}, {"times": 2}


def test_cells_come_one_by_one_and_hold(view: View) -> None:
    shown = view("needle.search", **NEEDLE)
    data = shown[-1].data
    assert [len(part.data.cells) for part in shown] == list(range(1, 16))
    assert data.lengths == [32, 64, 128]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    assert {cell.length for cell in data.cells} == {32, 64, 128}


def test_policies_come_one_by_one_and_hold(view: View) -> None:
    shown = view("sinks.losses", **SINKS)
    data = shown[-1].data
    assert [len(part.data.policies) for part in shown] == [1, 2, 3]
    assert [(each.name, each.sinks, each.held) for each in data.policies] == [
        ("full", 0, 64), ("window", 0, 16), ("sinks", 4, 16),
    ]  # fmt: skip
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    full, window, sinks = (each.loss for each in data.policies)
    torch.testing.assert_close(window[:15], full[:15], rtol=0, atol=1e-4)  # nothing has left yet
    torch.testing.assert_close(sinks[:15], full[:15], rtol=0, atol=1e-4)
    assert float((window - full).abs().max()) > 0.01


def test_schemes_come_one_by_one_and_help_past_the_length(view: View) -> None:
    shown = view("past_length.course", **PAST)
    data = shown[-1].data
    assert data.length == 512
    assert (data.n_ctx, data.trained) == (256, True)
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    past = dict(zip(data.names, data.past.tolist(), strict=True))
    assert past["yarn"] < past["own"]
    assert bool(data.loss.isfinite().all())


@pytest.mark.breaks("needle.search", "^One cell’s answer = transformers’ own pass")
def test_a_needle_that_is_planted_elsewhere(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = needles.searched
    moved = lambda *asked: (replace(cell, at=max(0, cell.at - 9)) for cell in true(*asked))  # noqa: E731
    monkeypatch.setattr(needles, "searched", moved)
    assert not check("needle.search", "One cell", **NEEDLE).holds


@pytest.mark.breaks("needle.search", "^Bytes of every cell’s cache")
def test_a_formula_that_forgets_the_values(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = needle_figure.formula_bytes
    monkeypatch.setattr(needle_figure, "formula_bytes", lambda config, tokens: true(config, tokens) // 2)
    assert not check("needle.search", "Bytes", **NEEDLE).holds


@pytest.mark.breaks("sinks.losses", "^One pass with a mask =")
def test_sinks_that_are_not_moved(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = streaming.StreamingCache.update

    def unmoved(cache: streaming.StreamingCache, *asked: Any) -> Any:
        held = true(cache, *asked)
        return replace(held, k=cache.k[asked[0]])

    monkeypatch.setattr(streaming.StreamingCache, "update", unmoved)
    assert not check("sinks.losses", "One pass", **SINKS).holds


@pytest.mark.breaks("sinks.losses", "^A window as long as the text")
def test_a_window_that_is_one_too_short(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = streaming.seen
    monkeypatch.setattr(streaming, "seen", lambda q, k, sinks, window: true(q, k, sinks, min(window, 40)))
    assert not check("sinks.losses", "A window as long", **SINKS).holds


@pytest.mark.breaks("past_length.course", "^Losses read in chunks")
def test_chunks_that_forget_what_came_before(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_length, "CHUNK", 64)
    true = past_length.ContiguousCache.update

    def forgetful(cache: Any, layer: int, k: torch.Tensor, v: torch.Tensor, at: torch.Tensor) -> Any:
        held = true(cache, layer, k, v, at)
        return replace(held, k=held.k.roll(1, 2))

    monkeypatch.setattr(past_length.ContiguousCache, "update", forgetful)
    assert not check("past_length.course", "chunks", **PAST).holds


@pytest.mark.breaks("past_length.course", "^Dynamic NTK within the length")
def test_a_dynamic_scheme_that_is_always_on(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = past_length.frozen
    still = lambda rope, n: replace(rope, scaling=Linear(2)) if isinstance(rope.scaling, DynamicNTK) else true(rope, n)  # noqa: E731
    monkeypatch.setattr(past_length, "frozen", still)
    assert not check("past_length.course", "Dynamic NTK", **PAST).holds
