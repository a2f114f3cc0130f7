"""A visitor's prompts on a small pool: found by hash, evicted, computed again; by hand and whatever they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.experiments.inference.cache import shared_prompts as experiment
from explorer.experiments.inference.cache.shared_prompts import FilmedScheduler, PoolSetting, SharedFilm
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder


class Echo:
    """Stands for a decoder: says token 7 whatever it reads, and writes what it read."""

    config: Any = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1, n_ctx=999)

    def __call__(self, ids: torch.Tensor, positions: torch.Tensor, cache: PagedCache, last_only: bool) -> torch.Tensor:
        kv = ids[:, None, :, None].float()
        cache.update(0, kv, kv, positions)
        return torch.nn.functional.one_hot(torch.full((len(ids), 1), 7), 8).float()


def served(prompts: list[list[int]], how: PoolSetting) -> SharedFilm:
    film = SharedFilm(how.n_blocks, how.block_size)
    cache = PagedCache(Echo.config, how.n_blocks, how.block_size, record=[])
    scheduler = FilmedScheduler(Echo(), cache, film, how.at_once)
    for request in experiment.requests(prompts):
        scheduler.submit(request)
    film.done = scheduler.run()
    return film


def test_hits_and_evictions_by_hand() -> None:
    """Blocks of 2, a pool of 4, one request at a time; each writes 7 7 7 7 and holds its prompt and three of them.

    A = 1 2 3 fills blocks (1 2) (3 7) (7 7). B = 1 2 4 finds (1 2), 2 tokens; it takes the block never used and, of the
    free ones, A's last, (7 7). C = 1 2 3 5 wants (1 2) (3 5): finds 2. D = 9 8 6 5 4 needs four blocks: everything of
    before goes. E = 1 2 3 finds nothing, though it was known.
    """
    film = served([[1, 2, 3], [1, 2, 4], [1, 2, 3, 5], [9, 8, 6, 5, 4], [1, 2, 3]], PoolSetting(2, 4, 1))
    assert [(each.name, each.found, each.ever) for each in film.lookups] == [
        ("A", 0, 0), ("B", 2, 2), ("C", 2, 2), ("D", 0, 0), ("E", 0, 2)
    ]  # fmt: skip
    assert all(each.found == each.by_trie for each in film.lookups)
    assert film.evicted > 0
    assert film.lost == 0
    roomy = served([[1, 2, 3], [1, 2, 4], [1, 2, 3, 5], [9, 8, 6, 5, 4], [1, 2, 3]], PoolSetting(2, 40, 1))
    assert [each.found for each in roomy.lookups] == [0, 2, 2, 0, 2]
    assert roomy.evicted == 0


def test_blocks_that_part_within_have_their_first_tokens_in_common() -> None:
    """(1 0) goes and (1 1) stays: B, which was preempted, finds its two blocks."""
    film = served([[0, 0, 1], [1, 1], [1, 0]], PoolSetting(2, 5, 3))
    assert [(each.name, each.found, each.by_trie) for each in film.lookups][3] == ("B", 4, 4)


PROMPTS = st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=8), min_size=1, max_size=7)


@settings(max_examples=60)
@given(prompts=PROMPTS, size=st.integers(1, 4), more=st.integers(0, 6), at_once=st.integers(1, 3))
def test_whatever_is_asked_hashes_find_what_the_trie_counts(
    prompts: list[list[int]], size: int, more: int, at_once: int
) -> None:
    how = PoolSetting(size, experiment.least_blocks(prompts, size) + more, at_once)
    film = served(prompts, how)
    assert [each.found for each in film.lookups] == [each.by_trie for each in film.lookups]
    assert film.lost == 0  # references = entries of the tables, in every frame
    assert film.frames[-1].used == 0
    for before, frame in zip(film.frames, film.frames[1:], strict=False):
        evicted = {event.block for event in frame.events if event.kind == "evict"}
        assert not any(before.references[block] for block in evicted)  # nobody loses a block that he reads
    assert len(film.done) == len(prompts)


def test_the_books_of_the_chosen_pool_are_the_film() -> None:
    config = DecoderConfig(2, 16, 4, 2, 4, 24, 40, 64)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        decoder = Decoder(config).eval().requires_grad_(False)
    prompts = [[1, 2, 3, 4, 5], [6, 7, 8, 9], [1, 2, 3, 4, 6], [1, 2, 3, 4, 5]]
    how = PoolSetting(2, 6, 2)
    *_, film = experiment.film(decoder, prompts, how)
    assert film.logits_gap < 1e-5
    mine = next(each for each in film.finds if each.n_blocks == 6)
    first = [each.found for each in film.lookups if not each.again]
    assert (mine.found, mine.evicted, mine.preempted) == (sum(first), film.evicted, film.preempted)
    assert film.finds[-1].evicted == 0
    assert [each.n_blocks for each in film.finds] == sorted({each.n_blocks for each in film.finds})
