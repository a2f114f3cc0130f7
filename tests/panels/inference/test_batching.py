"""The contest on a small model, and its checks on batchers that mix up their rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from explorer.experiments.inference import batching as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.inference.paged_cache import PagedCache
from explorer.stack.inference.scheduler import Progress

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
SMALL = {"requests": 4, "slots": 2, "blocks": 5}


def test_a_load_is_served_before_ones_eyes(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("batching.timeline", progress=lambda *at: told.append(at), gap="nonsense", **SMALL)
    made = shown[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert made.data.gap == 1.5
    assert len(made.data.requests) == 4
    assert all(len(r.answer) == r.wants for r in made.data.requests)
    assert shown[0].data.static.latency.count(None) >= 2
    assert shown[0].data.continuous.passes == ()
    assert None not in (*made.data.static.latency, *made.data.continuous.latency)
    assert max(made.data.continuous.blocks) <= 5
    assert len(made.data.continuous.blocks) == len(made.data.continuous.passes)
    assert told[-1][1] == told[-1][2]
    assert made.data.static.rows >= made.data.continuous.rows - 4
    assert (made.data.pool.blocks, made.data.pool.size, made.data.pool.least) == (5, 4, 5)


@pytest.mark.breaks("batching.timeline", "Static and continuous give the same")
@pytest.mark.breaks("batching.timeline", "Each answer is that of its request alone")
def test_a_sequence_that_reads_its_neighbours_blocks_is_seen(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    index = PagedCache._read_index

    def wrong(self: PagedCache, rows: Any) -> Any:
        read, positions = index(self, rows)
        if len(rows) > 1:
            read = read.clone()
            read[:, 0] = read[0, 0]
        return read, positions

    monkeypatch.setattr(experiment, "ROUNDS", 1)
    assert all(each.holds for each in view("batching.timeline", **SMALL)[-1].checks)
    monkeypatch.setattr(PagedCache, "_read_index", wrong)
    assert [each.holds for each in view("batching.timeline", **SMALL)[-1].checks] == [False, False]


@pytest.mark.breaks("batching.timeline", "Each answer is that of its request alone")
def test_a_mistake_that_both_ways_share_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "ROUNDS", 1)
    monkeypatch.setattr(Progress, "choose", lambda self, logits: int(logits.topk(2).indices[1]))
    assert not check("batching.timeline", "Each answer is that of its request alone", **SMALL).holds
