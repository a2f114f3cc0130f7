"""What the batching panel draws: a small load cut from the run, and the timeline of how it was served."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.inference.scheduler import Request
from explorer.stack.inference.serving_load import Arrival, Replay, poisson
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: Tokens of a piece of the run's text, and of an answer, at most.
PROMPT, ANSWER = 8, 12


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


@dataclass(frozen=True)
class Cell:
    """One row of one pass of the model."""

    request: Any
    step: int
    kind: str
    """prefill (read its prompt and gave the first token), decode (gave one), wasted (computed for nothing)."""
    token: int | None = None
    read: int = 1
    """Tokens that were read for it."""


def cells(served: Replay) -> list[Cell]:
    """Every row that was computed, in the order of the passes."""
    read = {(e.request, e.step): e.tokens for e in served.events if e.kind == "prefill"}
    made = []
    ended: dict[Any, int] = {}
    for e in served.events:
        if e.kind == "token":
            n = read.get((e.request, e.step))
            made.append(Cell(e.request, e.step, "decode" if n is None else "prefill", e.token, n or 1))
        elif e.kind == "finished":
            ended[e.request] = e.step
    for done in served.finished:  # in a static batch a row is computed on after its end
        name = done.request.name
        made += [Cell(name, step, "wasted") for step in range(ended[name] + 1, done.finished + 1)]
    return sorted(made, key=lambda c: (c.step, c.request))


def timeline(served: Replay, slots: int) -> dict[str, Any]:
    """One way of serving, on its own clock, in seconds from the first arrival."""
    rows = cells(served)
    latencies = served.latencies()
    wasted = sum(c.kind == "wasted" for c in rows)
    return {
        "passes": [[p.start, p.end] for p in served.passes],
        "cells": [[c.request, c.step, c.kind, c.token, c.read] for c in rows],
        "preempted": [[e.request, e.step] for e in served.events if e.kind == "preempted"],
        "found": [[e.request, e.step, e.tokens] for e in served.events if e.kind == "admitted" and e.tokens],
        "latency": latencies,
        "first": served.first_token(),
        "seconds": served.seconds,
        "useful": served.useful(slots),
        "wasted": wasted,
        "rows": len(rows),
    }


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
