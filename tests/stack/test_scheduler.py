from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.stack.inference.engine import Engine
from explorer.stack.inference.paged_cache import PagedCache
from explorer.stack.inference.sampling import Sampler
from explorer.stack.inference.scheduler import Finished, Request, Scheduler
from explorer.stack.inference.serving_load import Arrival, percentile, poisson, replay
from explorer.stack.inference.static_batching import StaticBatcher
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model


def random_decoder(**changes: Any) -> Decoder:
    sizes: dict[str, Any] = {
        "n_layers": 2, "d_model": 16, "n_heads": 4, "n_kv_heads": 2, "d_head": 4, "d_mlp": 24, "d_vocab": 40,
        "n_ctx": 64,
    }  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = Decoder(DecoderConfig(**{**sizes, **changes})).eval().requires_grad_(False)
        for weight in made.parameters():  # spread the logits, so that no two are nearly equal
            if weight.ndim == 2:
                weight.mul_(4)
    return made


DECODER = random_decoder()


@torch.inference_mode()
def is_greedy(decoder: Decoder, request: Request, new_ids: list[int], tolerance: float = 1e-4) -> None:
    """Every token is the likeliest after all before it, read in one forward without a cache (ties within rounding)."""
    ids = [*request.prompt, *new_ids]
    logits = decoder(torch.tensor([ids[:-1]]))[0, len(request.prompt) - 1 :]  # new d_vocab
    chosen = logits.gather(1, torch.tensor(new_ids)[:, None])[:, 0]
    assert float((logits.max(-1).values - chosen).max()) <= tolerance


def scheduler_of(decoder: Decoder, n_blocks: int = 32, block_size: int = 4, **settings: Any) -> Scheduler:
    return Scheduler(decoder, PagedCache(decoder.config, n_blocks, block_size), **settings)


def whole(scheduler: Scheduler) -> bool:
    """No block is lost and none belongs to anybody."""
    pool = scheduler.cache.pool
    return pool.n_free == pool.n_blocks and not any(pool.references) and not scheduler.cache.tables


REQUESTS = [
    Request("a", [1, 2, 3], 9),
    Request("b", [4, 5, 6, 7, 8, 9, 10], 3),
    Request("c", [1, 2, 3, 4, 11], 6),
    Request("d", [12], 5),
]


@pytest.mark.parametrize(
    "changes",
    [{}, {"windows": (3, None)}, {"positions": "alibi"}, {"positions": "learned", "norm": "layer", "gated": False}],
    ids=["rope", "window", "alibi", "learned"],
)
def test_each_answer_is_that_of_the_request_alone(changes: dict[str, Any]) -> None:
    decoder = random_decoder(**changes)
    scheduler = scheduler_of(decoder, max_running=3)
    for request in REQUESTS:
        scheduler.submit(request)
    done = scheduler.run()
    assert {d.request.name: len(d.new_ids) for d in done} == {r.name: r.max_new_tokens for r in REQUESTS}
    for each in done:
        is_greedy(decoder, each.request, each.new_ids)
    assert whole(scheduler)


def test_a_request_that_ends_gives_its_slot_to_the_next_one() -> None:
    scheduler = scheduler_of(DECODER, max_running=2)
    for request in REQUESTS:
        scheduler.submit(request)
    done = {d.request.name: d for d in scheduler.run()}
    assert (done["a"].started, done["b"].started) == (0, 0)
    assert done["b"].finished == 2
    assert done["c"].started == 3
    assert max(Counter(e.step for e in scheduler.events if e.kind == "token").values()) == 2


def test_the_hand_worked_preemption() -> None:
    """Blocks of 2, a pool of 4: two requests of 2 + 5 tokens both fill two blocks, then the younger has to yield."""
    scheduler = scheduler_of(DECODER, n_blocks=4, block_size=2, spare_blocks=0)
    scheduler.submit(Request("old", [1, 2], 5))
    scheduler.submit(Request("young", [3, 4], 5))
    told = []
    done = []
    while scheduler.can_step:
        done += scheduler.step()
        told.append(([p.request.name for p in scheduler.running], [p.request.name for p in scheduler.waiting]))
    assert told == [
        (["old", "young"], []),
        (["old", "young"], []),
        (["old", "young"], []),  # tokens 2 + 2 held by each: four blocks
        (["old"], ["young"]),
        ([], ["young"]),  # old's fifth
        (["young"], []),  # reads 2 + 3 again and writes its fourth
        ([], []),
    ]
    assert [(d.request.name, d.preempted, d.finished) for d in done] == [("old", 0, 4), ("young", 1, 6)]
    for each in done:
        is_greedy(DECODER, each.request, each.new_ids)


def test_a_stop_id_ends_the_answer_and_is_its_last_token() -> None:
    free = scheduler_of(DECODER)
    free.submit(REQUESTS[0])
    ids = free.run()[0].new_ids
    stopped = scheduler_of(DECODER)
    stopped.submit(Request("a", REQUESTS[0].prompt, 9, stop_ids={ids[2]}))
    (done,) = stopped.run()
    assert done.stopped == "token"
    assert done.new_ids == ids[: ids.index(ids[2]) + 1]
    assert whole(stopped)


def test_draws_do_not_depend_on_company_nor_on_preemption() -> None:
    sampler = Sampler(temperature=1.2, top_k=10)
    requests = [Request(i, [i + 1, i + 2], 7, sampler=sampler, seed=i) for i in range(4)]
    answers = []
    for n_blocks, together in ((64, 1), (64, 4), (6, 4)):
        scheduler = scheduler_of(DECODER, n_blocks, 2, max_running=together, spare_blocks=0)
        for request in requests:
            scheduler.submit(request)
        done = scheduler.run()
        answers.append({d.request.name: d.new_ids for d in done})
    assert sum(d.preempted for d in done) > 0
    assert answers[0] == answers[1] == answers[2]
    alone = {r.name: Engine(DECODER).generate([r.prompt], 7, sampler, r.seed)[0].new_ids for r in requests}
    assert answers[0] == alone


def test_a_shared_beginning_is_read_once() -> None:
    scheduler = scheduler_of(DECODER, max_running=1)
    scheduler.submit(Request("first", [1, 2, 3, 4, 5, 6, 7, 8, 9], 2))
    scheduler.submit(Request("second", [1, 2, 3, 4, 5, 6, 7, 8, 30], 2))
    for done in scheduler.run():
        is_greedy(DECODER, done.request, done.new_ids)
    assert [e.tokens for e in scheduler.events if e.kind == "prefill"] == [9, 1]
    assert [e.tokens for e in scheduler.events if e.kind == "admitted"] == [0, 8]


def test_a_pass_reads_no_more_prompt_tokens_than_allowed() -> None:
    scheduler = scheduler_of(DECODER, max_prefill_tokens=14)
    for request in REQUESTS:
        scheduler.submit(request)
    scheduler.run()
    read = {r.name: e.step for r in REQUESTS for e in scheduler.events if (e.kind, e.request) == ("prefill", r.name)}
    assert read == {"a": 0, "b": 0, "c": 1, "d": 1}  # padded to 7 + 7, then to 5 + 5


def test_what_can_never_run_is_refused() -> None:
    scheduler = scheduler_of(DECODER, n_blocks=2, block_size=4)
    scheduler.submit(Request("fits", [1, 2], 7))
    with pytest.raises(BadRequestError, match="whole pool"):
        scheduler.submit(Request("too long", [1, 2], 8))
    with pytest.raises(BadRequestError, match="already"):
        scheduler.submit(Request("fits", [1], 1))
    with pytest.raises(BadRequestError, match="positions"):
        scheduler_of(DECODER).submit(Request("past the context", [1], 65))
    with pytest.raises(BadRequestError, match="empty"):
        Request("nothing", [], 1)
    with pytest.raises(BadRequestError, match="new tokens"):
        Request("silent", [1], 0)


class Adder:
    """Stands for a decoder: the next token is a sum over all that the cache holds of the row, each at its place."""

    config: Any = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1, n_ctx=999)

    def __call__(self, ids: torch.Tensor, positions: torch.Tensor, cache: PagedCache, last_only: bool) -> torch.Tensor:
        kv = ids[:, None, :, None].float()  # row kv_head pos d_head
        held = cache.update(0, kv, kv, positions)
        places = (held.positions + 1).where(held.positions <= positions[:, -1:], 0)  # row key
        total = (held.k[:, 0, :, 0] * places).sum(-1) % 40  # row
        return torch.nn.functional.one_hot(total.long(), 40).float()[:, None]  # row 1 d_vocab

    @staticmethod
    def answer(request: Request) -> list[int]:
        ids = list(request.prompt)
        for _ in range(request.max_new_tokens):
            ids.append(sum(i * (place + 1) for place, i in enumerate(ids)) % 40)
        return ids[len(request.prompt) :]


LOAD = st.lists(
    st.tuples(st.integers(0, 12), st.lists(st.integers(0, 39), min_size=1, max_size=9), st.integers(1, 9)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40)
@given(
    load=LOAD, block_size=st.integers(1, 4), more=st.integers(0, 4), slots=st.integers(1, 4), spare=st.integers(0, 2)
)
def test_nothing_is_lost_whatever_comes(
    load: list[tuple[int, list[int], int]], block_size: int, more: int, slots: int, spare: int
) -> None:
    """Any arrivals, the smallest pool that can hold the largest request and a little more."""
    arrivals = sorted((step, i, Request(i, prompt, new)) for i, (step, prompt, new) in enumerate(load))
    n_blocks = max(-(-request.most_held // block_size) for _, _, request in arrivals) + more
    cache = PagedCache(Adder.config, n_blocks, block_size)
    scheduler = Scheduler(Adder(), cache, max_running=slots, spare_blocks=spare)
    order = [request.name for _, _, request in arrivals]
    done: list[Finished] = []
    passes = 0
    while arrivals or scheduler.can_step:
        while arrivals and arrivals[0][0] <= passes:
            scheduler.submit(arrivals.pop(0)[2])
        if scheduler.can_step:
            oldest = scheduler.running[0].request.name if scheduler.running else None
            now = scheduler.steps
            done += scheduler.step()
            given_to = {e.request for e in scheduler.events if (e.step, e.kind) == (now, "token")}
            assert given_to  # some request went on,
            assert oldest is None or oldest in given_to  # and the oldest always does: no starvation
        assert len(scheduler.running) <= slots
        here = [order.index(p.request.name) for p in (*scheduler.running, *scheduler.waiting)]
        assert here == sorted(here)  # whoever runs came before whoever waits
        passes += 1
    assert {d.request.name: d.new_ids for d in done} == {d.request.name: Adder.answer(d.request) for d in done}
    assert Counter(d.request.name for d in done) == Counter(order)
    first = dict.fromkeys(e.request for e in scheduler.events if e.kind == "admitted")
    assert list(first) == order  # first come, first served
    assert whole(scheduler)


def test_static_batches_wait_and_run_to_the_longest() -> None:
    batcher = StaticBatcher(DECODER, batch=2)
    batcher.submit(REQUESTS[0])
    assert not batcher.can_step
    for request in REQUESTS[1:]:
        batcher.submit(request)
    done = batcher.run()
    assert [(d.request.name, d.started, d.finished) for d in done] == [
        ("a", 0, 8), ("b", 0, 8), ("c", 9, 14), ("d", 9, 14)
    ]  # fmt: skip
    for each in done:
        assert len(each.new_ids) == each.request.max_new_tokens
        is_greedy(DECODER, each.request, each.new_ids)
    assert {e.request: e.step for e in batcher.events if e.kind == "finished"} == {"a": 8, "b": 2, "c": 14, "d": 13}


def test_a_replay_keeps_its_own_clock() -> None:
    ticks = iter(range(1000))
    arrivals = [Arrival(0.0, REQUESTS[0]), Arrival(100.0, REQUESTS[1])]
    # Every look at the clock is a second later than the last: each pass takes one second.
    served = replay(scheduler_of(DECODER), arrivals, clock=lambda: float(next(ticks)))
    assert [p.start for p in served.passes] == [*map(float, range(9)), 100.0, 101.0, 102.0]
    assert served.latencies() == [9.0, 3.0]
    assert served.first_token() == [1.0, 1.0]
    assert served.requests_per_second == pytest.approx(2 / 103)
    assert served.useful(slots=2) == pytest.approx(12 / (2 * 103))
    static = replay(StaticBatcher(DECODER, 2), arrivals, clock=lambda: float(next(ticks)))
    assert static.latencies() == [109.0, 9.0]  # the first waits for the second, the second for the first
    assert static.answers() == served.answers()


def test_poisson_arrivals_have_the_rate_and_exponential_gaps() -> None:
    times = torch.tensor([0.0, *poisson(rate=5.0, n=20_000, seed=1)], dtype=torch.float64)
    gaps = times.diff()
    assert float(gaps.mean()) == pytest.approx(0.2, rel=0.03)
    assert float(gaps.std()) == pytest.approx(0.2, rel=0.03)
    assert float((gaps > 0.2).double().mean()) == pytest.approx(0.3679, abs=0.01)
    assert percentile([5.0], 0.5) == 5.0


def test_the_real_model_says_the_same_alone_and_in_company(model: Model) -> None:
    decoder = model.decoder
    texts = ["The capital of France is", "Once upon a time there was", "Water boils at"]
    requests = [Request(text, model.vocabulary.encode(text), new) for text, new in zip(texts, (4, 5, 2), strict=True)]
    scheduler = scheduler_of(decoder, n_blocks=4, max_running=3, spare_blocks=0)
    for request in requests:
        scheduler.submit(request)
    done = scheduler.run()
    assert sum(d.preempted for d in done) >= 1
    for each in done:
        is_greedy(decoder, each.request, each.new_ids, tolerance=1e-3)
    first = next(d for d in done if d.request.name == texts[0])
    assert model.vocabulary.bytes(first.new_ids[0]) == b" Paris"


def test_chunks_take_what_the_decoding_leave_of_the_budget() -> None:
    """A budget of 6: "old" decodes, so that 5 tokens of the long prompt are read a pass: 5, 5, 1, and a token."""
    scheduler = scheduler_of(DECODER, max_prefill_tokens=6, chunked=True)
    scheduler.submit(Request("old", [1, 2, 3], 8))
    scheduler.step()
    scheduler.submit(Request("long", [*range(10, 21)], 2))
    done = scheduler.run()
    read = [(e.step, e.tokens) for e in scheduler.events if (e.kind, e.request) == ("prefill", "long")]
    assert read == [(1, 5), (2, 5), (3, 1)]
    assert [e.step for e in scheduler.events if (e.kind, e.request) == ("token", "old")] == list(range(8))
    assert [e.step for e in scheduler.events if (e.kind, e.request) == ("token", "long")] == [3, 4]
    for each in done:
        is_greedy(DECODER, each.request, each.new_ids)
    assert whole(scheduler)


@settings(max_examples=40)
@given(load=LOAD, size=st.integers(1, 4), more=st.integers(0, 4), slots=st.integers(1, 4), budget=st.integers(1, 12))
def test_chunks_lose_nothing_and_keep_the_budget(
    load: list[tuple[int, list[int], int]], size: int, more: int, slots: int, budget: int
) -> None:
    requests = [Request(i, prompt, new) for i, (_, prompt, new) in enumerate(load)]
    n_blocks = max(-(-request.most_held // size) for request in requests) + more
    fed: list[int] = []

    def counting(ids: torch.Tensor, positions: torch.Tensor, cache: PagedCache, last_only: bool) -> torch.Tensor:
        fed[-1] += ids.numel()
        return Adder()(ids, positions, cache, last_only)

    scheduler = Scheduler(
        counting, PagedCache(Adder.config, n_blocks, size), slots, budget, spare_blocks=0, chunked=True
    )
    done: list[Finished] = []
    for request in requests:
        scheduler.submit(request)
    while scheduler.can_step:
        fed.append(0)
        done += scheduler.step()
        decoding = sum(e.kind == "token" for e in scheduler.events if e.step == scheduler.steps - 1)
        assert fed[-1] <= max(budget, decoding + 1)
    assert {d.request.name: d.new_ids for d in done} == {r.name: Adder.answer(r) for r in requests}
    assert whole(scheduler)
