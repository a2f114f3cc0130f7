"""A small load cut from a text, really served in static batches and continuously, by turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.timing import Ratio, Timing, compare
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.serving.scheduler import Batcher, Request, Scheduler
from explorer.stack.inference.serving.serving_load import Arrival, Replay, poisson, replaying
from explorer.stack.inference.serving.static_batching import StaticBatcher
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: Tokens of a piece of the run's text, and of an answer, at most.
PROMPT, ANSWER = 8, 12
#: Tokens of a block.
BLOCK = 4
ROUNDS = 3


def load(
    ids: Sequence[int],
    n: int,
    gap: float,
    second: float,
    seed: int,
    prompt: tuple[int, int] = (3, PROMPT),
    answer: tuple[int, int] = (2, ANSWER),
) -> list[Arrival]:
    """`n` requests, numbered in order of arrival: pieces of a text, each with its own length and number of new tokens.

    They arrive as a Poisson process, `gap` decode steps apart on average; a step takes `second`. The first comes at 0.
    `prompt`, `answer`: fewest and most tokens of either.

    >>> [(len(a.request.prompt), a.request.max_new_tokens) for a in load(list(range(40)), 3, 2.0, 0.05, seed=7)]
    [(6, 3), (5, 12), (8, 6)]
    """
    generator = torch.Generator().manual_seed(seed)

    def draw(low: int, high: int) -> int:
        return int(torch.randint(low, max(low, high) + 1, (), generator=generator))

    times = poisson(1 / gap, n, seed)
    arrivals = []
    for i, at in enumerate(times):
        length = min(draw(*prompt), len(ids))
        start = draw(0, len(ids) - length)
        request = Request(i, list(ids[start : start + length]), draw(*answer))
        arrivals.append(Arrival((at - times[0]) * second, request))
    return arrivals


@torch.inference_mode()
def step_seconds(decoder: Decoder, ids: Int[Tensor, " pos"], rounds: int = 3) -> float:
    """One decoded token of one sequence behind `ids`, here and now: the unit in which arrivals are given."""
    cache = ContiguousCache(decoder.config, 1, len(ids) + rounds + 1)
    decoder(ids[None], None, cache, last_only=True)
    taken = []
    for _ in range(rounds + 1):  # the first warms up
        start = time.perf_counter()
        decoder(ids[None, :1], None, cache, last_only=True)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def most_blocks(block_size: int) -> int:
    """Blocks that the largest possible request of a load needs.

    >>> most_blocks(4)
    5
    """
    return -(-(PROMPT + ANSWER - 1) // block_size)


def forward_gap(
    forward: Callable[[Tensor], Float[Tensor, "1 pos d_vocab"]], prompt: Sequence[int], new_ids: Sequence[int]
) -> float:
    """By how many logits some token of an answer lies below the likeliest after all before it, in one uncached forward.

    0 when the answer is, token for token, what the model says greedily to this request alone.
    """
    ids = torch.tensor([[*prompt, *new_ids]])
    logits = forward(ids[:, :-1])[0, len(prompt) - 1 :]  # new d_vocab
    chosen = logits.gather(1, ids[0, len(prompt) :, None])[:, 0]  # new
    return float((logits.max(-1).values - chosen).max())


@dataclass(frozen=True)
class Setting:
    """How a load comes, and what it is served with."""

    n: int
    """Requests."""
    slots: int
    """Rows of a pass."""
    gap: float
    """Between two requests, in decode steps, on average."""
    blocks: int
    """Of the paged cache, `BLOCK` tokens each."""
    seed: int


@dataclass(frozen=True)
class Served:
    """One way of serving, as far as it has come."""

    replay: Replay
    blocks: list[int]
    """In use after each pass; of continuous batching only."""


@dataclass(frozen=True)
class BatchingProof:
    """The answers, against each other and against the model alone."""

    different: int
    """Answers, over all rounds, that are not those of the first round's continuous batching."""
    gap: float
    """`forward_gap`, the largest of all requests."""


@dataclass(frozen=True)
class Contest:
    """One load served in two ways, several times over."""

    arrivals: tuple[Arrival, ...]
    step: float
    """Seconds of one decoded token of one sequence."""
    static: Served | None
    continuous: Served | None
    """Of the round whose ratio is the middle one, once all are served."""
    static_seconds: Timing | None
    continuous_seconds: Timing | None
    """From the first arrival to the last answer, over the rounds that are complete."""
    ratio: Ratio | None
    """static / continuous, round by round."""
    taken: dict[str, list[float]]
    """Of each way, those seconds round by round."""
    rounds: int
    """How many are complete."""
    proof: BatchingProof | None = None
    """At the end."""


def contest(
    decoder: Decoder,
    ids: Int[Tensor, " pos"],
    how: Setting,
    progress: Ticks = unheard,
    rounds: int = ROUNDS,
    step: float | None = None,
) -> Iterator[Contest]:
    """Serve pieces of a text in two ways, another one first in each round; yields after every pass of the first round,
    and after every round. Passes take time, so that who shares a pass may differ from round to round. `step`: seconds
    of a decode step, the unit of the arrivals, where they are known.
    """
    step = step or step_seconds(decoder, ids[:PROMPT])
    arrivals = load(ids.tolist(), how.n, how.gap, step, how.seed)
    wanted = sum(a.request.max_new_tokens for a in arrivals)
    total, tokens = (2 * rounds + 1) * wanted, 0
    served: dict[str, list[Served]] = {"static": [], "continuous": []}
    so_far = Contest(tuple(arrivals), step, None, None, None, None, None, {}, 0)
    for turn in range(rounds):
        for way in ("static", "continuous") if turn % 2 == 0 else ("continuous", "static"):
            now: Served | None = None
            for now in _serve(way, decoder, how, arrivals):
                progress(tokens + sum(e.kind == "token" for e in now.replay.events), total)
                if turn == 0:
                    so_far = replace(so_far, **{way: now})
                    yield so_far
            assert now is not None, "a load has requests, and they take passes"
            served[way].append(now)
            tokens += wanted
        so_far = _compared(so_far, served)
        if turn + 1 < rounds:
            yield so_far
    answers = served["continuous"][0].replay.answers()
    different = sum(
        each.replay.answers()[name] != ids for way in served.values() for each in way for name, ids in answers.items()
    )
    gaps = []
    with torch.inference_mode():
        for a in arrivals:
            gaps.append(forward_gap(decoder, a.request.prompt, answers[a.request.name]))
            tokens += a.request.max_new_tokens
            progress(tokens, total)
    yield replace(so_far, proof=BatchingProof(different, worst(gaps)))


def _serve(way: str, decoder: Decoder, how: Setting, arrivals: Sequence[Arrival]) -> Iterator[Served]:
    """One way, after every pass."""
    cache, used = PagedCache(decoder.config, how.blocks, BLOCK), list[int]()
    batcher: Batcher = StaticBatcher(decoder, how.slots)
    if way == "continuous":
        batcher = Scheduler(decoder, cache, max_running=how.slots, spare_blocks=0)
    for replay in replaying(batcher, arrivals):
        if way == "continuous":
            used.append(how.blocks - cache.pool.n_free)
        yield Served(replay, used)


def _compared(so_far: Contest, served: dict[str, list[Served]]) -> Contest:
    """The rounds that are complete, and the middle one of them to show."""
    static, continuous = ([each.replay.seconds for each in served[way]] for way in ("static", "continuous"))
    by_ratio = sorted(range(len(static)), key=lambda i: static[i] / continuous[i])
    middle = by_ratio[(len(by_ratio) - 1) // 2]
    return replace(
        so_far,
        static=served["static"][middle],
        continuous=served["continuous"][middle],
        static_seconds=Timing.of(static),
        continuous_seconds=Timing.of(continuous),
        ratio=compare(continuous, static),
        taken={"static": static, "continuous": continuous},
        rounds=len(static),
    )
