"""Static batching: collect a full batch, run it until its longest member is done, then take the next.

What continuous batching (`scheduler`) is measured against. The first comer waits for the last, prompts are padded to
the longest, and a row that has finished is computed on to the end and thrown away:

    share of useful rows = sum of new tokens / (batch x longest)

Worked example: two requests of 1 and 3 new tokens in a batch of 2. Three passes, six rows, four of them useful.

>>> from types import SimpleNamespace
>>> shape = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1)
>>> rows = []
>>> def constant(ids, positions, cache, last_only):  # stands for a decoder: always says token 1
...     rows.append(len(ids))
...     return torch.tensor([0.0, 1.0]).expand(len(ids), 1, 2)
>>> constant.config = shape
>>> batcher = StaticBatcher(constant, batch=2)
>>> batcher.submit(Request("a", [7, 8], max_new_tokens=1)); batcher.can_step
False
>>> batcher.submit(Request("b", [7], max_new_tokens=3))
>>> done = batcher.run()
>>> [(d.request.name, len(d.new_ids), d.finished) for d in done], rows
([('a', 1, 2), ('b', 3, 2)], [2, 2, 2])
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from explorer.stack.inference.serving.scheduler import Event, EventKind, Finished, Progress, Request
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from collections.abc import Hashable


class StaticBatcher:
    """Batches of a fixed size, each with its own contiguous cache. Answers are given out when the batch ends."""

    def __init__(self, decoder: Callable[..., Tensor], batch: int) -> None:
        if batch < 1:
            raise ValueError("a batch needs at least one row")
        self.decoder: Any = decoder
        self.batch = batch
        self.waiting: deque[Progress] = deque()
        self.rows: list[Progress] = []
        self.steps = 0
        self.events: list[Event] = []
        self.closed = False
        self._cache: ContiguousCache | None = None
        self._feed: Tensor | None = None
        self._positions: Tensor | None = None
        self._ended: dict[Hashable, int] = {}

    @property
    def can_step(self) -> bool:
        """A batch is running, or one is full, or what waits is all that will come."""
        return bool(self.rows) or len(self.waiting) >= self.batch or (self.closed and bool(self.waiting))

    def close(self) -> None:
        self.closed = True

    def submit(self, request: Request) -> None:
        self.waiting.append(Progress(request, self.steps))
        self._note("arrival", request)

    def run(self) -> list[Finished]:
        """All that was submitted; no more requests will come."""
        self.close()
        done = []
        while self.can_step:
            done += self.step()
        return done

    @torch.inference_mode()
    def step(self) -> list[Finished]:
        """One pass of all rows: the prompts when the batch begins, then one token each, wanted or not."""
        if not self.rows:
            self._begin()
        logits = self.decoder(self._feed, self._positions, self._cache, last_only=True)[:, -1]  # row d_vocab
        chosen = []
        for p, row in zip(self.rows, logits, strict=True):
            chosen.append(p.choose(row) if not p.stopped() else 0)
            if not p.stopped():
                p.new_ids.append(chosen[-1])
                self._note("token", p.request, 1, chosen[-1])
                if p.stopped():
                    self._note("finished", p.request, len(p.new_ids))
        assert self._positions is not None
        self._feed, self._positions = torch.tensor(chosen)[:, None], self._positions[:, -1:] + 1  # row 1
        self.steps += 1
        return self._end() if all(p.stopped() for p in self.rows) else []

    def _begin(self) -> None:
        self.rows = [self.waiting.popleft() for _ in range(min(self.batch, len(self.waiting)))]
        prompts = [p.request.prompt for p in self.rows]
        width, new = max(map(len, prompts)), max(p.request.max_new_tokens for p in self.rows)
        self._cache = ContiguousCache(self.decoder.config, len(prompts), width + new)
        self._feed = torch.tensor([[0] * (width - len(ids)) + list(ids) for ids in prompts])  # row pos
        padding = torch.tensor([[width - len(ids)] for ids in prompts])
        self._positions = (torch.arange(width)[None] - padding).clamp(min=-1)  # row pos; -1 left of the prompt
        for p in self.rows:
            p.started = self.steps
            self._note("admitted", p.request)
            self._note("prefill", p.request, len(p.request.prompt))

    def _end(self) -> list[Finished]:
        done, last = [], self.steps - 1
        for p in self.rows:
            stopped, started = p.stopped() or "length", last if p.started is None else p.started
            done.append(Finished(p.request, p.new_ids, stopped, p.arrived, started, last, 0))
        self.rows = []
        return done

    def _note(self, kind: EventKind, request: Request, tokens: int = 0, token: int | None = None) -> None:
        self.events.append(Event(self.steps, kind, request.name, tokens, token))
