"""The story of the blocks on a small model, and its checks on broken tables and pools."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from explorer.panels.inference import paged_cache_views as panel
from explorer.panels.protocol import Check, Rendered
from explorer.stack.inference.cache.block_pool import BlockPool
from explorer.stack.inference.cache.block_table import BlockTables
from explorer.stack.inference.cache.paged_cache import PagedCache
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


@pytest.mark.breaks("paged_cache.blocks", "gathered keys and values of every sequence = those of a contiguous cache")
def test_a_write_into_a_shared_block_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("paged_cache.blocks", "gathered keys").holds
    reserve = BlockTables.reserve

    def wrong(self: BlockTables, feed: Any) -> Any:
        reserve(self, feed)
        return []  # the tables take new blocks, and nobody copies what stood in the shared one

    monkeypatch.setattr(BlockTables, "reserve", wrong)
    assert not check("paged_cache.blocks", "gathered keys").holds


@pytest.mark.breaks("paged_cache.blocks", "The references of all blocks = the entries")
def test_a_fork_that_loses_a_block_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    fork = BlockPool.fork

    def wrong(self: BlockPool, table: Any) -> Any:
        made = fork(self, table)
        self.references[made.blocks[0]] += 1
        return made

    assert check("paged_cache.blocks", "references of").holds
    monkeypatch.setattr(BlockPool, "fork", wrong)
    assert not check("paged_cache.blocks", "references of").holds


@pytest.mark.thorough
def test_a_visitors_prompts_are_found_and_evicted(view: View) -> None:
    made = view("paged_cache.prompts")[-1]
    assert all(check.holds for check in made.checks), made.checks
    data = made.data
    assert [p.name for p in data.prompts] == list("ABCDE")
    assert all(len(p.answer) == 4 for p in data.prompts)
    assert [(p.found, p.ever) for p in data.prompts[2:4]] == [(8, 12), (8, 8)]  # what A began with, in blocks of 4
    assert data.evicted > 0
    assert any(block > 1 for frame in data.frames for block in frame.references)  # shared by two who run
    assert data.finds[-1].evicted == 0
    roomy = view("paged_cache.prompts", pool=48, at_once=1)[-1]
    assert roomy.data.evicted == 0
    assert [p.found for p in roomy.data.prompts] == [p.ever for p in roomy.data.prompts]
    assert roomy.data.prompts[4].found == roomy.data.prompts[4].ever > 0


@pytest.mark.parametrize("text", [" ", "\n\n", "a", "👩‍👩‍👧‍👦\n<b>${1}</b>\nمرحبا", "word " * 900, "x\n" * 30])
def test_whatever_a_visitor_types(view: View, text: str) -> None:
    made = view("paged_cache.prompts", prompts=text, pool="nonsense", size="7", at_once=99)[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert len(made.data.prompts) == min(8, sum(bool(line.strip()) for line in text.splitlines()))
    assert bool(made.data.frames) == bool(made.data.prompts)


@pytest.mark.breaks("paged_cache.prompts", r"The logits with shared blocks = those of a plain cache")
def test_a_request_that_reads_its_neighbours_blocks_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    index = PagedCache._read_index

    def wrong(self: PagedCache, rows: Any) -> Any:
        read, positions = index(self, rows)
        if len(rows) > 1:
            read = read.clone()
            read[:, 0] = read[0, 1]
        return read, positions

    monkeypatch.setattr(PagedCache, "_read_index", wrong)
    assert not check("paged_cache.prompts", "logits with shared blocks").holds


@pytest.mark.breaks("paged_cache.prompts", "The tokens found by block hash = those counted in a trie")
def test_a_block_that_is_not_found_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    match = BlockPool.match_prefix
    monkeypatch.setattr(BlockPool, "match_prefix", lambda self, ids: match(self, ids)[:-1])
    assert not check("paged_cache.prompts", "tokens found by block hash").holds


@pytest.mark.breaks("paged_cache.prompts", "The references of each block = its entries")
def test_a_reference_too_many_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    share = BlockPool.share

    def wrong(self: BlockPool, blocks: Any) -> None:
        blocks = list(blocks)
        share(self, blocks)
        if blocks:
            self.references[blocks[0]] += 1

    monkeypatch.setattr(BlockPool, "share", wrong)
    assert not check("paged_cache.prompts", "references of", pool=48).holds
