"""Blocks: nothing lost, nothing freed twice; parity with transformers' paged cache; sharing, copies, exhaustion."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from explorer.stack.inference.cache.block_pool import BlockPool, OutOfBlocksError
from explorer.stack.inference.cache.block_table import Event
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

ONE = DecoderConfig(n_layers=2, d_model=4, n_heads=2, n_kv_heads=2, d_head=2, d_mlp=2, d_vocab=99, n_ctx=64)


def write(cache: PagedCache, feed: dict[Any, list[int]]) -> torch.Tensor:
    """One step whose keys are a function of token and position."""
    ids, positions = cache.prepare(feed)
    k = (ids + 100 * positions)[:, None, :, None].expand(-1, 2, -1, 2).float()
    cache.update(0, k, -k, positions)
    held = cache.update(1, k + 1, -k - 1, positions)
    assert torch.equal(held.positions >= 0, held.positions == torch.arange(held.positions.shape[1]))
    return held.k[:, 0, :, 0] - 1


def keys(texts: list[int]) -> list[float]:
    return [float(t + 100 * i) for i, t in enumerate(texts)]


class Blocks(RuleBasedStateMachine):
    """Any order of operations on a small pool, against plain lists of tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = PagedCache(ONE, n_blocks=7, block_size=3)
        self.texts: dict[int, list[int]] = {}
        self.next = 0

    def name(self) -> int:
        self.next += 1
        return self.next

    @rule(ids=st.lists(st.integers(0, 1), min_size=1, max_size=9))
    def begin(self, ids: list[int]) -> None:
        name, before = self.name(), list(self.cache.pool.references)
        fits = self.cache.can_admit(ids)
        held = self.cache.add(name, ids)
        assert held % 3 == 0
        assert held < len(ids)
        try:
            write(self.cache, {name: ids[held:]})
        except OutOfBlocksError:
            assert not fits
            self.cache.release(name)
            assert self.cache.pool.references == before
        else:
            assert fits
            self.texts[name] = list(ids)

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        names = data.draw(st.lists(st.sampled_from(sorted(self.texts)), min_size=1, unique=True))
        feed = {name: data.draw(st.lists(st.integers(0, 1), min_size=1, max_size=4)) for name in names}
        before = list(self.cache.pool.references), {n: t.length for n, t in self.cache.tables.items()}
        needed = self.cache.blocks_needed({name: len(ids) for name, ids in feed.items()})
        free = self.cache.pool.n_free
        try:
            read = write(self.cache, feed)
        except OutOfBlocksError as error:
            self.refused(error, needed, free)
            assert before == (self.cache.pool.references, {n: t.length for n, t in self.cache.tables.items()})
            return
        assert self.cache.pool.n_free == free - needed
        for row, (name, ids) in enumerate(feed.items()):
            self.texts[name] += ids
            assert read[row, : len(self.texts[name])].tolist() == keys(self.texts[name])

    def refused(self, error: OutOfBlocksError, needed: int, free: int) -> None:
        assert (error.needed, error.free) == (needed, free)
        assert needed > free

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def fork(self, data: st.DataObject) -> None:
        parent, child = data.draw(st.sampled_from(sorted(self.texts))), self.name()
        self.cache.fork(parent, child)
        self.texts[child] = list(self.texts[parent])

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def truncate(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.texts)))
        length = data.draw(st.integers(1, len(self.texts[name])))
        self.cache.truncate_row(name, length)
        del self.texts[name][length:]

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.texts)))
        self.cache.release(name)
        del self.texts[name]

    @invariant()
    def books_are_right(self) -> None:
        pool, counts = self.cache.pool, [0] * 7
        for table in self.cache.tables.values():
            for block in table.blocks:
                counts[block] += 1
        assert counts == pool.references
        assert pool.n_free == counts.count(0)
        for name, text in self.texts.items():  # every sequence still reads its own tokens
            k, v = self.cache.gather(1, name)
            assert (k[0, :, 0] - 1).tolist() == keys(text)
            assert torch.equal(k, -v)
            assert len(self.cache.tables[name].blocks) == -(-len(text) // 3)


Blocks.TestCase.settings = settings(max_examples=25, stateful_step_count=20)
TestBlocks = Blocks.TestCase


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 3)), max_size=30))
def test_the_pool_gives_each_block_to_one(steps: list[tuple[bool, int]]) -> None:
    pool, mine = BlockPool(5, 4), list[int]()
    for take, n in steps:
        if take and pool.can_allocate(n):
            got = pool.allocate(n)
            assert not set(got) & set(mine)
            mine += got
        elif take:
            with pytest.raises(OutOfBlocksError):
                pool.allocate(n)
        else:
            pool.free(mine[:n])
            del mine[:n]
        assert pool.n_free == 5 - len(mine)


def test_no_block_is_freed_twice() -> None:
    pool = BlockPool(3, 4)
    (block,) = pool.allocate()
    pool.free([block])
    with pytest.raises(ValueError, match="free already"):
        pool.free([block])
    with pytest.raises(ValueError, match="hold nothing"):
        BlockPool(0, 4)


def test_what_was_free_longest_is_overwritten_first() -> None:
    cache = PagedCache(ONE, n_blocks=4, block_size=2)
    for name, ids in (("old", [1, 2, 3]), ("new", [4, 5, 6])):
        cache.add(name, ids)
        write(cache, {name: ids})
    cache.release("old")
    cache.release("new")
    assert cache.pool.match_prefix([1, 2]) == [0]  # nobody uses it, and still it can be found
    cache.add("other", [7, 8])
    write(cache, {"other": [7, 8]})  # takes the old text's tail first
    assert cache.pool.match_prefix([1, 2]) == [0]
    cache.add("more", [7, 7])
    write(cache, {"more": [7, 7]})
    assert cache.pool.match_prefix([1, 2]) == []
    assert cache.pool.match_prefix([4, 5]) == [2]


def test_blocks_are_those_of_transformers() -> None:
    """Two requests by turns and a third with a known prefix: the same keys read, the same prefix found."""
    from transformers import ContinuousBatchingConfig, LlamaConfig
    from transformers.generation.continuous_batching.cache import PagedAttentionCache
    from transformers.generation.continuous_batching.distributed import DistributedHelper

    config = LlamaConfig(
        num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, hidden_size=4, vocab_size=99
    )
    batching = ContinuousBatchingConfig(
        page_size=4, num_blocks=12, max_batch_tokens=64, max_blocks_per_request=0, max_memory_percent=0.5
    )
    theirs = PagedAttentionCache(config, batching, "cpu", DistributedHelper(None, None), torch.float32)
    blocks: Any = theirs.cache_allocators["full_attention"]
    ours = PagedCache(ONE, n_blocks=12, block_size=4)
    texts: dict[str, list[int]] = {}
    prompt, random = list(range(10, 20)), torch.Generator().manual_seed(6)
    for name, ids in (
        ("a", prompt),
        ("b", [5, 6, 7]),
        ("a", [1]),
        ("b", [2, 3]),
        ("c", [*prompt[:9], 55, 56]),
        ("a", [4]),
    ):
        new = list(ids)
        if name not in texts:
            found = theirs.search_prefix_match(name, ids[:-1])
            assert ours.add(name, ids) == found == (8 if name == "c" else 0)
            texts[name], new = list(ids[:found]), ids[found:]
        past = len(texts[name])
        state: Any = SimpleNamespace(request_id=name, current_len=lambda past=past: past)
        assert theirs.can_store_request_tokens(state, len(new))
        read, at = blocks.get_read_indices(name, past, len(new)), blocks.get_write_indices(name, past, len(new))
        _, positions = ours.prepare({name: new})
        texts[name] += new
        for layer in range(2):
            k = torch.randn(1, 2, len(new), 2, generator=random)
            held = ours.update(layer, k, k + 1, positions)
            theirs_k, theirs_v = blocks.update(
                k[0].transpose(0, 1), k[0].transpose(0, 1) + 1, layer, torch.tensor(read), torch.tensor(at)
            )
            assert torch.equal(held.k[0], theirs_k.transpose(0, 1))
            assert torch.equal(held.v[0], theirs_v.transpose(0, 1))
        complete = len(texts[name]) // 4 - past // 4
        if complete:
            blocks.mark_complete_blocks(name, texts[name], complete)
    assert [len(ours.tables[n].blocks) for n in "abc"] == [len(blocks.block_table[n]) for n in "abc"]
    assert ours.tables["c"].blocks[:2] == ours.tables["a"].blocks[:2]


def test_a_mixed_batch_says_what_each_says_alone() -> None:
    """A prompt beside a decode step, a prefix that was found, forks that part: logits as of the whole text."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        decoder = Decoder(DecoderConfig(2, 32, 4, 2, 8, 64, 97, 128)).eval().requires_grad_(False)
    record: list[Event] = []
    cache = PagedCache(decoder.config, n_blocks=16, block_size=4, record=record)
    texts: dict[str, list[int]] = {}

    def step(feed: dict[Any, list[int]]) -> None:
        ids, positions = cache.prepare(feed)
        with torch.inference_mode():
            got = decoder(ids, positions, cache, last_only=True)[:, -1]
            for row, (name, new) in enumerate(feed.items()):
                texts[name] = texts.get(name, []) + new
                alone = decoder(torch.tensor([texts[name]]))[0, -1]
                torch.testing.assert_close(got[row], alone, atol=2e-5, rtol=1e-5)

    prompt = list(range(20, 30))
    cache.add("a", prompt)
    step({"a": prompt})
    second = [*prompt[:9], 40, 41, 42]
    texts["b"] = second[: cache.add("b", second)]
    assert len(texts["b"]) == 8
    step({"a": [50], "b": second[8:]})
    cache.fork("a", "c")
    texts["c"] = list(texts["a"])
    step({"c": [60], "a": [61], "b": [62]})
    step({"a": [63], "c": [64]})
    kinds = [event.kind for event in record]
    assert (kinds.count("hit"), kinds.count("copy"), kinds.count("fork")) == (2, 1, 3)
    used = 16 - cache.pool.n_free
    assert cache.nbytes == used * cache.block_nbytes + 8 * sum(len(t.blocks) for t in cache.tables.values())
    assert cache.block_nbytes == 2 * 2 * 2 * 8 * 4 * 4  # key and value, layers, heads, numbers, tokens, bytes
    before = cache.nbytes
    cache.release("c")
    assert cache.nbytes < before
    assert cache.seen == 13


def test_what_it_refuses() -> None:
    cache = PagedCache(ONE, n_blocks=2, block_size=2)
    cache.add("a")
    with pytest.raises(ValueError, match="already"):
        cache.add("a")
    with pytest.raises(ValueError, match="already"):
        cache.fork("a", "a")
    k = torch.zeros(1, 2, 1, 2)
    with pytest.raises(ValueError, match="prepare"):
        cache.update(0, k, k, torch.tensor([[0]]))
    batch = PagedCache.for_batch(ONE, 1, 4, block_size=2)
    with pytest.raises(ValueError, match="0 comes next"):
        batch.update(0, k, k, torch.tensor([[3]]))
