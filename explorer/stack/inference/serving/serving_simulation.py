"""A server without a model: the real scheduler on a clock that moves by what each call was measured to take.

What a scheduler decides depends on lengths and on time, not on what is said. So a load of hundreds of requests can be
served by the same `Scheduler` (or `StaticBatcher`) in a moment: `PricedDecoder` stands for the model, says always the
same token, and adds to its clock the seconds of a call of that many rows, tokens and tokens held before. This is a
discrete-event simulation whose events are the passes.

Where queueing theory has an answer, it is held against it. With one slot and equal requests this is an M/D/1 queue:
arrivals are a Poisson process of rate ``l``, each is served for ``D`` seconds, one after the other. The mean wait
(Pollaczek 1930, Khinchine 1932) and the mean number in the system (Little 1961, "A Proof for the Queuing Formula
L = λW") are, with the utilisation ``r = l D < 1``,

    W_q = r D / (2 (1 - r))        L = l (W_q + D)

and wait by wait, for any arrivals A (Lindley 1952): W[n+1] = max(0, W[n] + D - (A[n+1] - A[n])).

>>> md1_wait(rate=0.5, service=1.0)
0.5
>>> costs = PassCosts(CallCosts((1, 4), (0, 100), ((1.0, 1.0), (4.0, 6.0))), CallCosts((8,), (0, 0), ((5.0, 5.0),)))
>>> costs.seconds(rows=1, width=1, context=50), costs.seconds(3, 1, 0), costs.seconds(4, 1, 50), costs.seconds(1, 16, 0)
(1.0, 3.0, 5.0, 10.0)
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class CallCosts:
    """Seconds of a call by its tokens, with few and with many tokens held before; linear between what was measured."""

    tokens: tuple[int, ...]
    """Rising."""
    contexts: tuple[int, int]
    seconds: tuple[tuple[float, float], ...]
    """For each of `tokens`, in each of the two contexts."""

    def at(self, tokens: float | int, context: float | int) -> float:
        few, many = (self._by_tokens(tokens, which) for which in (0, 1))
        low, high = self.contexts
        share = 0.0 if high == low else (context - low) / (high - low)
        return max(few / 2, few + (many - few) * share)  # noise must not let a long context cost nothing

    def _by_tokens(self, tokens: float | int, which: int) -> float:
        known = [each[which] for each in self.seconds]
        if len(known) == 1 or tokens <= self.tokens[0]:
            return known[0] * max(tokens / self.tokens[0], 1.0)
        at = next((i for i, t in enumerate(self.tokens) if tokens <= t), len(known) - 1)
        before, after = self.tokens[at - 1], self.tokens[at]
        return known[at - 1] + (known[at] - known[at - 1]) * (tokens - before) / (after - before)


@dataclass(frozen=True)
class PassCosts:
    """What the calls of a pass cost: decode by its rows, prefill by its tokens, padding included."""

    decode: CallCosts
    prefill: CallCosts

    def seconds(self, rows: int, width: int, context: float | int) -> float:
        """Of one call of `rows` x `width` tokens behind `context` tokens held before."""
        return self.decode.at(rows, context) if width == 1 else self.prefill.at(rows * width, context)


class PricedDecoder:
    """Stands for a decoder: always says token 1, and takes the time that it was measured to take, by its own clock."""

    config: Any = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1, n_ctx=None)

    def __init__(self, costs: PassCosts) -> None:
        self.costs = costs
        self.now = 0.0

    def __call__(
        self, ids: Int[Tensor, "row pos"], positions: Int[Tensor, "row pos"], *_: object, **__: object
    ) -> Float[Tensor, "row 1 two"]:
        rows, width = ids.shape
        ends = positions[:, -1].tolist()
        self.now += self.costs.seconds(rows, width, max(sum(ends) / rows + 1 - width, 0.0))
        return _SAYS_ONE.expand(rows, 1, 2)

    def clock(self) -> float:
        """Seconds of all calls so far."""
        return self.now


_SAYS_ONE = torch.tensor([0.0, 1.0])


def md1_wait(rate: float, service: float) -> float:
    """Mean seconds in the queue of an M/D/1 system. ValueError where it has no limit: utilisation of 1 or more."""
    used = rate * service
    if used >= 1:
        raise ValueError(f"a server that is used {used:.0%} has no mean wait")
    return used * service / (2 * (1 - used))
