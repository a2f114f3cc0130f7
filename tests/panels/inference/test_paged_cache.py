"""The story of the blocks on a small model, and its checks on broken tables and pools."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from explorer.panels.inference import paged_cache_views as panel
from explorer.panels.protocol import Check, Rendered
from explorer.stack.inference.block_pool import BlockPool
from explorer.stack.inference.block_table import BlockTables
from explorer.tracing import Trace

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_the_story_frame_by_frame(view: View, run: Trace) -> None:
    shown = view("paged_cache.blocks", block="2")
    made = shown[-1]
    assert all(check.holds for check in made.checks), made.checks
    counts = [len(part.data.frames) for part in shown]
    assert counts == sorted(counts)
    assert not any(part.data.sizes for part in shown[:-1])
    n, last = run.n_prompt, made.data.frames[-1]
    assert made.data.block_bytes == 2 * 6 * 2 * 2 * 48 * 4
    assert last.used == 0
    forked = next(f for f in made.data.frames if f.kind == "fork")
    assert forked.unshared == 3 * math.ceil(n / 2) * (made.data.block_bytes + 8)
    assert forked.bytes < forked.unshared < forked.reserved
    assert [q.block_size for q in made.data.sizes] == list(panel.SIZES)


@pytest.mark.breaks("paged_cache.blocks", "gathered keys and values = a contiguous cache's")
def test_a_write_into_a_shared_block_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("paged_cache.blocks", "gathered keys").holds
    reserve = BlockTables.reserve

    def wrong(self: BlockTables, feed: Any) -> Any:
        reserve(self, feed)
        return []  # the tables take new blocks, and nobody copies what stood in the shared one

    monkeypatch.setattr(BlockTables, "reserve", wrong)
    assert not check("paged_cache.blocks", "gathered keys").holds


@pytest.mark.breaks("paged_cache.blocks", "References = entries of the tables")
def test_a_fork_that_loses_a_block_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    fork = BlockPool.fork

    def wrong(self: BlockPool, table: Any) -> Any:
        made = fork(self, table)
        self.references[made.blocks[0]] += 1
        return made

    assert check("paged_cache.blocks", "References").holds
    monkeypatch.setattr(BlockPool, "fork", wrong)
    assert not check("paged_cache.blocks", "References").holds
