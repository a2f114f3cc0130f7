"""Continuous batching: who computes in each pass of the model, decided anew for every pass.

A batch that is kept until its longest member is done leaves slots idle and newcomers waiting. Orca (Yu et al., OSDI
2022) schedules by iteration instead: after each pass, what has finished leaves and what waits comes in. vLLM (Kwon et
al. 2023, arXiv 2309.06180) does so over a paged cache: requests are admitted while blocks are left, and when running
ones need more than there are, the youngest is preempted. Its blocks go to the others and it waits at the front of the
queue; later its prompt and what it had written are read again ("recompute"), so nothing is lost.

One pass, `Scheduler.step`:

    1. running requests get the block that their next token may need; the youngest yields when blocks run out
    2. waiting requests are admitted in order of arrival, while slots and blocks last: none overtakes another
    3. the admitted read their prompts, the running decode one token each; who has read all it holds has one token more

Prefill and decode are two calls of the decoder: rows of one call are padded to the same width, and a decoding row
beside a prompt of 100 tokens would compute 99 rows of nothing.

A long prompt, read whole, stalls all who decode. With `chunked` a pass has a budget of tokens (Sarathi-Serve, Agrawal
et al. 2024, arXiv 2403.02310): those who decode take theirs first, and prompts are read in chunks of what is left.

No starvation: the oldest request is never preempted while another runs, and whoever could not fit in the whole pool is
refused when it is submitted; so the oldest always finishes, and then the next is the oldest.

Worked example: a pool of 4 blocks of 2 tokens. Both requests want to hold 2 + 5 - 1 = 6 tokens, 3 blocks each. In the
pass after both have filled 2 blocks, the younger must yield. When the older is done it reads its 2 + 3 tokens again: 3
of them, since a block of 2 still holds what it held.

>>> from types import SimpleNamespace; from explorer.stack.inference.cache.paged_cache import PagedCache
>>> shape = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1, n_ctx=99)
>>> def constant(ids, positions, cache, last_only):  # stands for a decoder: always says token 1
...     kv = torch.zeros(len(ids), 1, ids.shape[1], 1)
...     held = cache.update(0, kv, kv, positions)
...     return torch.tensor([0.0, 1.0]).expand(len(ids), 1, 2)
>>> constant.config = shape
>>> scheduler = Scheduler(constant, PagedCache(shape, n_blocks=4, block_size=2), spare_blocks=0)
>>> scheduler.submit(Request("a", [7, 8], max_new_tokens=5)); scheduler.submit(Request("b", [8, 9], max_new_tokens=5))
>>> done = scheduler.run()
>>> [(d.request.name, d.new_ids, d.preempted) for d in done]
[('a', [1, 1, 1, 1, 1], 0), ('b', [1, 1, 1, 1, 1], 1)]
>>> [(e.step, e.kind, e.request, e.tokens) for e in scheduler.events if e.kind in ("prefill", "preempted")]
[(0, 'prefill', 'a', 2), (0, 'prefill', 'b', 2), (3, 'preempted', 'b', 5), (5, 'prefill', 'b', 3)]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.inference.cache.block_books import SequenceCache
from explorer.stack.inference.decoding.engine import GREEDY, choose
from explorer.stack.inference.decoding.sampling import Sampler

EventKind = Literal["arrival", "admitted", "prefill", "token", "preempted", "finished"]
Feed = dict[Hashable, list[int]]
"""The tokens that a pass reads of each request."""


@dataclass(frozen=True)
class Request:
    """A prompt and when to stop."""

    name: Hashable
    prompt: Sequence[int]
    max_new_tokens: int
    stop_ids: Collection[int] = ()
    sampler: Sampler = GREEDY
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.prompt:
            raise BadRequestError(f"Request {self.name!r} has an empty prompt.")
        if self.max_new_tokens < 1:
            raise BadRequestError(f"Request {self.name!r} asks for {self.max_new_tokens} new tokens.")

    @property
    def most_held(self) -> int:
        """Tokens in the cache at the end: all but the last, which nobody reads."""
        return len(self.prompt) + self.max_new_tokens - 1


@dataclass(frozen=True)
class Event:
    """Something that happened to a request in a step."""

    step: int
    kind: EventKind
    request: Hashable
    tokens: int = 0
    """prefill: tokens computed; admitted: tokens found in shared blocks; preempted: tokens to be read again."""
    token: int | None = None


@dataclass(frozen=True)
class Finished:
    """A request with its answer and its way, in steps."""

    request: Request
    new_ids: list[int]
    stopped: Literal["length", "token"]
    arrived: int
    started: int
    finished: int
    preempted: int


@dataclass(eq=False)
class Progress:
    """A request that is not finished."""

    request: Request
    arrived: int
    new_ids: list[int] = field(default_factory=list)
    started: int | None = None
    preempted: int = 0
    generator: torch.Generator = field(default_factory=torch.Generator)

    def __post_init__(self) -> None:
        self.generator.manual_seed(self.request.seed)

    @property
    def ids(self) -> list[int]:
        return [*self.request.prompt, *self.new_ids]

    def choose(self, logits: Float[Tensor, " d_vocab"]) -> int:
        """The next token. Each request draws from its own generator: its answer does not depend on its company."""
        return choose(self.request.sampler, logits, self.ids, len(self.request.prompt), self.generator)

    def stopped(self) -> Literal["length", "token"] | None:
        if self.new_ids and self.new_ids[-1] in self.request.stop_ids:
            return "token"
        return "length" if len(self.new_ids) == self.request.max_new_tokens else None


@runtime_checkable
class Batcher(Protocol):
    """A way to serve requests: what the load and the timeline know of it."""

    events: list[Event]

    def submit(self, request: Request) -> None: ...
    @property
    def can_step(self) -> bool:
        """False while it waits for more requests."""
        ...

    def step(self) -> list[Finished]:
        """One pass of the model."""
        ...

    def close(self) -> None:
        """No more requests will come."""
        ...


class Scheduler:
    """Continuous batching over a paged cache."""

    def __init__(
        self,
        decoder: Callable[..., Tensor],
        cache: SequenceCache,
        max_running: int = 8,
        max_prefill_tokens: int = 1024,
        spare_blocks: int = 1,
        chunked: bool = False,
    ) -> None:
        """max_prefill_tokens: how many prompt tokens a pass may read, padding included, lest those who run wait long.
        chunked: prompts are cut to it, and it counts those who decode; else a prompt is read whole, however long.
        spare_blocks: left free by an admission, so that it is not undone by the next token of those who run."""
        if max_running < 1:
            raise ValueError("at least one request must be allowed to run")
        self.decoder = decoder
        self.cache = cache
        self.max_running = max_running
        self.max_prefill_tokens = max_prefill_tokens
        self.spare_blocks = spare_blocks
        self.chunked = chunked
        self.waiting: deque[Progress] = deque()
        self.running: list[Progress] = []
        """In order of arrival, as `waiting`; whoever runs arrived before whoever waits."""
        self.steps = 0
        self.events: list[Event] = []

    @property
    def can_step(self) -> bool:
        return bool(self.waiting or self.running)

    def close(self) -> None:
        """Waits for nobody."""

    def submit(self, request: Request) -> None:
        """Queue a request. Raises BadRequestError for one that could never run."""
        pool, n_ctx = self.cache.pool, getattr(getattr(self.decoder, "config", None), "n_ctx", None)
        if request.most_held > pool.n_blocks * pool.block_size:
            raise BadRequestError(
                f"Request {request.name!r} needs room for {request.most_held} tokens; the whole pool has "
                f"{pool.n_blocks * pool.block_size}.",
                "Give the pool more blocks or the request fewer tokens.",
            )
        if n_ctx is not None and request.most_held > n_ctx:
            raise BadRequestError(f"Request {request.name!r} reads {request.most_held} positions of {n_ctx}.")
        if any(request.name == other.request.name for other in (*self.waiting, *self.running)):
            raise BadRequestError(f"There is a request {request.name!r} already.")
        self.waiting.append(Progress(request, self.steps))
        self._note("arrival", request.name)

    def run(self) -> list[Finished]:
        """Step until nobody is left; the finished in the order in which they were done."""
        done = []
        while self.can_step:
            done += self.step()
        return done

    @torch.inference_mode()
    def step(self) -> list[Finished]:
        """One pass: those who run go on, those who wait come in; who has read all it holds gets a token."""
        decode, prefill = self._go_on()
        self._admit(decode, prefill)
        for name, ids in prefill.items():
            self._note("prefill", name, len(ids))
        return self._give({**self._forward(prefill), **self._forward(decode)})

    def _go_on(self) -> tuple[Feed, Feed]:
        """What the running feed: a token each, or a chunk of their prompt; the youngest are preempted until it fits."""
        while True:
            unread = {p.request.name: self._unread(p) for p in self.running}
            decode: Feed = {p.request.name: p.new_ids[-1:] for p in self.running if self._has_read(p)}
            prefill: Feed = {}
            for name in (name for name in unread if name not in decode):
                if part := self._part(unread[name], prefill, len(decode)):
                    prefill[name] = part
            if self.cache.pool.can_allocate(self._needed({**decode, **prefill})):
                return decode, prefill
            self._preempt(self.running.pop())

    def _unread(self, p: Progress) -> list[int]:
        return p.ids[self.cache.tables[p.request.name].length :]

    def _has_read(self, p: Progress) -> bool:
        """All but the token that it wrote last."""
        return bool(p.new_ids) and len(self._unread(p)) == 1

    def _part(self, ids: Sequence[int], prefill: Feed, decoding: int) -> list[int]:
        """As many of these tokens as the pass may read beside `prefill`, none if it is full: one call is padded."""
        rows, widest = len(prefill) + 1, max(map(len, prefill.values()), default=0)
        if not self.chunked:
            return list(ids) if not prefill or rows * max(widest, len(ids)) <= self.max_prefill_tokens else []
        room = max(1, self.max_prefill_tokens - decoding) // rows
        return list(ids[:room]) if room >= widest else []

    def _preempt(self, youngest: Progress) -> None:
        self.cache.release(youngest.request.name)
        youngest.preempted += 1
        self.waiting.appendleft(youngest)
        self._note("preempted", youngest.request.name, len(youngest.ids))

    def _admit(self, decode: Feed, prefill: Feed) -> None:
        """Let those in who wait, and add what they read to `prefill`. Behind the first who does not fit, all wait."""
        while self.waiting and len(self.running) < self.max_running:
            first = self.waiting[0]
            ids, name = first.ids, first.request.name
            spare = self._needed({**decode, **prefill}) + (self.spare_blocks if self.running else 0)
            if not self._part(ids, prefill, len(decode)) or not self.cache.can_admit(ids, spare):
                break
            held = self.cache.add(name, ids)
            prefill[name] = self._part(ids[held:], prefill, len(decode))
            self.running.append(self.waiting.popleft())
            first.started = self.steps if first.started is None else first.started
            self._note("admitted", name, held)

    def _needed(self, feed: Feed) -> int:
        return self.cache.blocks_needed({name: len(ids) for name, ids in feed.items()})

    def _forward(self, feed: Feed) -> dict[Hashable, Float[Tensor, " d_vocab"]]:
        """Read these tokens in one call of the decoder; the logits after the last of each."""
        if not feed:
            return {}
        ids, positions = self.cache.prepare(feed)  # [row pos], padded on the left
        logits = self.decoder(ids, positions, self.cache, last_only=True)[:, -1]  # row d_vocab
        return dict(zip(feed, logits, strict=True))

    def _give(self, logits: Mapping[Hashable, Float[Tensor, " d_vocab"]]) -> list[Finished]:
        """A new token for each that has read all it holds; those who are done leave, and their blocks with them."""
        done = []
        for p in list(self.running):
            request = p.request
            if self._unread(p):
                continue
            p.new_ids.append(p.choose(logits[request.name]))
            self._note("token", request.name, 1, p.new_ids[-1])
            if stopped := p.stopped():
                self.running.remove(p)
                self.cache.release(request.name)
                self._note("finished", request.name, len(p.new_ids))
                started = self.steps if p.started is None else p.started
                done.append(Finished(request, p.new_ids, stopped, p.arrived, started, self.steps, p.preempted))
        self.steps += 1
        return done

    def _note(self, kind: EventKind, name: Hashable, tokens: int = 0, token: int | None = None) -> None:
        self.events.append(Event(self.steps, kind, name, tokens, token))
