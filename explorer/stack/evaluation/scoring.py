"""log p(continuation | context) of many requests, where those with one context read it once.

Four choices behind one prompt are four requests, and a harness that runs each whole reads the prompt four times and
makes the logits of all its positions. Here

1. requests with the same context are one group; its keys and values are computed once (the prompt's part that all
   groups of a batch begin with: once a batch), and its last position scores every continuation's first token;
2. the cache's rows are repeated, one for each longer continuation, which runs as a batch over them;
3. logits are made only where a token is scored.

    log p(c_1 .. c_m | context) = sum_i log softmax(logits(context, c_1 .. c_(i-1)))[c_i]

The result is that of a whole pass over context and continuation, to rounding. As in lm-eval, what is longer than the
model's context loses its first tokens.

Worked example: a decoder of random weights, two continuations of one context.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> shape = dict(n_layers=2, d_model=16, n_heads=4, n_kv_heads=2, d_head=4, d_mlp=32, d_vocab=50, n_ctx=32)
>>> decoder = Decoder(DecoderConfig(**shape)).initialise(torch.Generator().manual_seed(0)).eval()
>>> requests = [Request((1, 2, 3), (4, 5)), Request((1, 2, 3), (6,))]
>>> scored = dict(score(decoder, requests))
>>> with torch.inference_mode():
...     logp = decoder(torch.tensor([[1, 2, 3, 4, 5]])).log_softmax(-1)[0]
>>> abs(scored[0].total - float(logp[2, 4] + logp[3, 5])) < 1e-6, abs(scored[1].total - float(logp[2, 6])) < 1e-6
(True, True)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotFiniteError
from explorer.stack.systems.attention_kernels import by_length
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

#: Tokens of one batch, padding included; one context with its continuations may be longer.
TOKENS = 1024
#: Rows of logits that are made at once: 50,000 numbers each.
ROWS = 256
#: A beginning that all contexts of a batch share is read once from here on.
SHARED = 16


@dataclass(frozen=True)
class Request:
    """What is asked: the continuation's log-likelihood behind the context."""

    context: tuple[int, ...]
    continuation: tuple[int, ...]

    def within(self, n_ctx: int) -> Request:
        """Without the first tokens that a model of so many positions cannot read beside the rest.

        >>> Request((1, 2, 3), (4, 5)).within(3)
        Request(context=(2, 3), continuation=(4, 5))
        """
        extra = len(self.context) + len(self.continuation) - 1 - n_ctx
        return self if extra <= 0 else Request(self.context[extra:], self.continuation)


@dataclass(frozen=True)
class Scored:
    """A continuation, token by token."""

    logprobs: tuple[float, ...]
    """Nats, of each token after all before it."""
    greedy: bool
    """Whether each token was the likeliest there."""

    @property
    def total(self) -> float:
        return math.fsum(self.logprobs)


@dataclass(frozen=True)
class _Group:
    """Requests behind one context, by their place."""

    context: tuple[int, ...]
    requests: tuple[tuple[int, tuple[int, ...]], ...]


def score(decoder: Decoder, requests: Sequence[Request], tokens: int = TOKENS) -> Iterator[tuple[int, Scored]]:
    """The requests' places with what was found, the longest contexts first.

    Raises NotFiniteError where the model's numbers are not finite, ValueError where there is nothing to read or score.
    """
    placed = [(at, each.within(decoder.config.n_ctx)) for at, each in enumerate(requests)]
    if any(not each.context or not each.continuation for _, each in placed):
        raise ValueError("each request has at least one token of context and one to score")
    placed.sort(key=lambda each: (-len(each[1].context), each[1].context))
    groups = [
        _Group(context, tuple((at, each.continuation) for at, each in found))
        for context, found in groupby(placed, key=lambda each: each[1].context)
    ]
    for batch in _batches(groups, tokens):
        yield from _batch(decoder, batch)


def _batches(groups: list[_Group], tokens: int) -> Iterator[list[_Group]]:
    """As many groups as are read in so many tokens, padding included; one at least."""
    batch: list[_Group] = []
    longest = rows = 0
    for group in groups:
        longest = max(longest, *(len(one) - 1 for _, one in group.requests))
        rows += len(group.requests)
        # the first of a batch has the longest context
        cost = len((batch or [group])[0].context) * (len(batch) + 1) + longest * rows
        if batch and cost > tokens:
            yield batch
            batch, rows = [], len(group.requests)
            longest = max(len(one) - 1 for _, one in group.requests)
        batch.append(group)
    if batch:
        yield batch


@torch.inference_mode()
def _batch(decoder: Decoder, groups: list[_Group]) -> list[tuple[int, Scored]]:
    """All requests of some contexts."""
    longest = max(len(one) for group in groups for _, one in group.requests)
    cache, last = _read_contexts(decoder, [each.context for each in groups], longest - 1)
    jobs = [(row, at, one) for row, group in enumerate(groups) for at, one in group.requests]
    rows, targets = [row for row, _, _ in jobs], [one[0] for _, _, one in jobs]
    firsts = _scored(decoder, last, rows, targets)
    found = {at: [first] for (_, at, _), first in zip(jobs, firsts, strict=True)}
    longer = [job for job in jobs if len(job[2]) > 1]
    if longer:
        stream = _read_continuations(decoder, cache, groups, longer)  # row pos d_model
        width = stream.shape[1]
        places = [(n, i) for n, (_, _, one) in enumerate(longer) for i in range(len(one) - 1)]
        rest = _scored(
            decoder,
            stream.flatten(0, 1),
            [n * width + i for n, i in places],
            [longer[n][2][i + 1] for n, i in places],
        )
        for (n, _), each in zip(places, rest, strict=True):
            found[longer[n][1]].append(each)
    return [(at, Scored(tuple(p for p, _ in each), all(best for _, best in each))) for at, each in found.items()]


def _read_contexts(
    decoder: Decoder, contexts: list[tuple[int, ...]], room: int
) -> tuple[ContiguousCache, Float[Tensor, "row d_model"]]:
    """A cache that holds the contexts, padded on the left, with room behind them; the stream of their last tokens."""
    shared = _shared(contexts)
    rest = [each[shared:] for each in contexts]
    width = max(map(len, rest))
    cache = ContiguousCache(decoder.config, 1 if shared else len(contexts), shared + width + room)
    if shared:
        _stream(decoder, torch.tensor([contexts[0][:shared]]), torch.arange(shared)[None], cache)
        cache.reorder(torch.zeros(len(contexts), dtype=torch.long))
    ids, positions = torch.zeros(2, len(contexts), width, dtype=torch.long)
    positions -= 1
    for row, each in enumerate(rest):
        ids[row, width - len(each) :] = torch.tensor(each)
        positions[row, width - len(each) :] = torch.arange(shared, shared + len(each))
    return cache, _stream(decoder, ids, positions, cache)[:, -1]


def _shared(contexts: list[tuple[int, ...]]) -> int:
    """Tokens that all begin with, but for the last of each; 0 where too few to be worth a pass of their own."""
    if len(contexts) < 2:
        return 0
    low, high = min(contexts), max(contexts)
    same = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(low, high, strict=False)))
    same = min(same, min(map(len, contexts)) - 1)
    return same if same >= SHARED else 0


def _read_continuations(
    decoder: Decoder, cache: ContiguousCache, groups: list[_Group], jobs: list[tuple[int, int, tuple[int, ...]]]
) -> Float[Tensor, "row pos d_model"]:
    """The stream of each continuation's tokens but the last, padded on the right."""
    cache.reorder(torch.tensor([row for row, _, _ in jobs]))
    width = max(len(one) for _, _, one in jobs) - 1
    ids, positions = torch.zeros(2, len(jobs), width, dtype=torch.long)
    positions -= 1
    for n, (row, _, one) in enumerate(jobs):
        start, size = len(groups[row].context), len(one) - 1
        ids[n, :size] = torch.tensor(one[:-1])
        positions[n, :size] = torch.arange(start, start + size)
    return _stream(decoder, ids, positions, cache)


def _stream(
    decoder: Decoder,
    ids: Int[Tensor, "row pos"],
    positions: Int[Tensor, "row pos"] | None,
    cache: ContiguousCache | None,
) -> Float[Tensor, "row pos d_model"]:
    """The residual stream after the last block."""
    x, at = decoder.entered(ids, positions, cache, by_length)
    for block in decoder.blocks:
        x = block(x, at)
    return x


def _scored(
    decoder: Decoder, stream: Float[Tensor, "place d_model"], rows: list[int], targets: list[int]
) -> list[tuple[float, bool]]:
    """The log-probability of each target at its place, and whether it was the likeliest."""
    found: list[tuple[float, bool]] = []
    places, where = torch.tensor(rows).unique(return_inverse=True)
    wanted = torch.tensor(targets)
    order = where.argsort(stable=True)
    result = torch.zeros(len(rows)), torch.zeros(len(rows), dtype=torch.bool)
    for begin in range(0, len(places), ROWS):
        logits = decoder.unembedded(stream[places[begin : begin + ROWS]][None])[0]  # place d_vocab
        norm, best = logits.logsumexp(-1), logits.argmax(-1)
        mine = order[(where[order] >= begin) & (where[order] < begin + ROWS)]
        at = where[mine] - begin
        result[0][mine] = logits[at, wanted[mine]] - norm[at]
        result[1][mine] = best[at] == wanted[mine]
    if not result[0].isfinite().all():
        raise NotFiniteError("The model’s log-probabilities are not finite.", "Take back what was changed in it.")
    found += zip(result[0].tolist(), result[1].tolist(), strict=True)
    return found


@torch.inference_mode()
def surprises(decoder: Decoder, ids: Sequence[int], targets: Sequence[int]) -> Float[Tensor, " target"]:
    """-log p of each target in one pass: the last positions of `ids` predict them."""
    stream = _stream(decoder, torch.tensor([list(ids)]), None, None)[0, -len(targets) :]
    found = []
    for begin in range(0, len(targets), ROWS):
        logits = decoder.unembedded(stream[begin : begin + ROWS][None])[0]
        wanted = torch.tensor(targets[begin : begin + ROWS])
        found.append(torch.nn.functional.cross_entropy(logits, wanted, reduction="none"))
    return torch.cat(found)
