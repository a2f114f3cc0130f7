from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.inference.serving.scheduler import Finished, Request, Scheduler
from explorer.zoo.model import Model
from tests.stack.inference.serving.scheduled import (
    DECODER,
    LOAD,
    REQUESTS,
    Adder,
    is_greedy,
    random_decoder,
    scheduler_of,
    whole,
)


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


@pytest.mark.thorough
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
