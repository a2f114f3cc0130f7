"""A load cut from a text, and the timeline of how it was served, with a clock that ticks by the pass."""

from __future__ import annotations

import itertools

import pytest
import torch

from explorer.experiments.inference.serving import batching as experiment
from explorer.figures.inference.serving import batching as figure
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.serving.scheduler import Request, Scheduler
from explorer.stack.inference.serving.serving_load import Arrival, Replay, replay
from explorer.stack.inference.serving.static_batching import StaticBatcher
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

SMALL = DecoderConfig(2, 16, 4, 2, 4, 24, 40, 64)


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = Decoder(SMALL).eval().requires_grad_(False)
        for weight in made.parameters():
            if weight.ndim == 2:
                weight.mul_(4)
    return made


def served(batcher: Scheduler | StaticBatcher, arrivals: list[Arrival]) -> Replay:
    """Each pass takes one second by this clock."""
    ticks = itertools.count()
    return replay(batcher, arrivals, clock=lambda: float(next(ticks)))


TWO = [Arrival(0.0, Request(0, [7, 8, 9], 1)), Arrival(0.0, Request(1, [5], 3))]


def test_static_rows_are_computed_to_the_end_of_the_longest(tiny: Decoder) -> None:
    made = figure.timeline(experiment.Served(served(StaticBatcher(tiny, 2), TWO), []), 2, slots=2)
    assert [(r, step, kind, read) for r, step, kind, _, read in made.cells] == [
        (0, 0, "prefill", 3), (1, 0, "prefill", 1), (0, 1, "wasted", 1), (1, 1, "decode", 1), (0, 2, "wasted", 1),
        (1, 2, "decode", 1),
    ]  # fmt: skip
    assert (made.wasted, made.rows, made.useful) == (2, 6, 4 / 6)
    assert made.latency == (3.0, 3.0)  # answers are given out together
    assert made.first == (1.0, 1.0)


def test_continuous_rows_end_with_their_answer(tiny: Decoder) -> None:
    scheduler = Scheduler(tiny, PagedCache(SMALL, 8, 4), max_running=2)
    made = figure.timeline(experiment.Served(served(scheduler, TWO), []), 2, slots=2)
    assert made.wasted == 0
    assert made.rows == 4
    assert sum(kind == "prefill" for _, _, kind, _, _ in made.cells) == 2
    assert made.latency[0] is not None
    assert made.latency[1] is not None
    assert made.latency[0] < made.latency[1]


def test_a_load_is_pieces_of_the_text_that_arrive_in_order() -> None:
    ids = list(range(100, 140))
    made = experiment.load(ids, n=30, gap=2.0, second=0.5, seed=3)
    assert made[0].seconds == 0
    assert [a.seconds for a in made] == sorted(a.seconds for a in made)
    for a in made:
        start = ids.index(a.request.prompt[0])
        assert a.request.prompt == ids[start : start + len(a.request.prompt)]
        assert 2 <= a.request.max_new_tokens <= experiment.ANSWER
        assert 3 <= len(a.request.prompt) <= experiment.PROMPT
    assert experiment.load(ids, 30, 2.0, 0.5, seed=3) == made != experiment.load(ids, 30, 2.0, 0.5, seed=4)
    assert experiment.load(ids, 30, 4.0, 0.5, seed=3)[-1].seconds == pytest.approx(2 * made[-1].seconds)
    assert {len(a.request.prompt) for a in experiment.load([1, 2], 5, 1.0, 1.0, 0)} == {
        2
    }  # a text shorter than a piece


def test_a_wrong_answer_is_seen(tiny: Decoder) -> None:
    (done,) = (d for d in served(StaticBatcher(tiny, 2), TWO).finished if d.request.name == 1)
    with torch.inference_mode():
        assert experiment.forward_gap(tiny, [5], done.new_ids) < 1e-5
        wrong = [*done.new_ids[:-1], (done.new_ids[-1] + 1) % 40]
        assert experiment.forward_gap(tiny, [5], wrong) > 1e-2


def test_the_largest_request_fits_the_smallest_pool(tiny: Decoder) -> None:
    request = Request(0, list(range(experiment.PROMPT)), experiment.ANSWER)
    scheduler = Scheduler(
        tiny, PagedCache(SMALL, experiment.most_blocks(experiment.BLOCK), experiment.BLOCK), spare_blocks=0
    )
    scheduler.submit(request)
    assert len(scheduler.run()[0].new_ids) == experiment.ANSWER


def test_a_contest_pass_by_pass_and_round_by_round(tiny: Decoder) -> None:
    ids, told = torch.randint(0, 40, (14,), generator=torch.Generator().manual_seed(4)), list[tuple[int, int]]()
    how = experiment.Setting(n=3, slots=2, gap=1.5, blocks=5, seed=7)
    shown, counts = [], []
    for part in experiment.contest(tiny, ids, how, lambda *at: told.append(at), rounds=2):
        shown.append(part)
        counts.append([0 if way is None else len(way.replay.passes) for way in (part.static, part.continuous)])
    first = [count for part, count in zip(shown, counts, strict=True) if part.rounds == 0]
    static, continuous = first[-1]  # by the clock: another round may take a pass more or less
    assert first == [*([n, 0] for n in range(1, static + 1)), *([static, n] for n in range(1, continuous + 1))]
    assert [part.rounds for part in shown[len(first) :]] == [1, 2]
    made = shown[-1]
    assert told[-1][0] == told[-1][1]
    assert made.proof == experiment.BatchingProof(0, made.proof.gap) if made.proof else False
    assert made.ratio is not None
    assert made.continuous is not None
    assert len(made.continuous.blocks) == len(made.continuous.replay.passes)
    assert max(made.continuous.blocks) <= 5
