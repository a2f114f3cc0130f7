"""log p(continuation | context) of many requests, where those with one context read it once.

Four choices behind one prompt are four requests, and a harness that runs each whole reads the prompt four times and
makes the logits of all its positions. Here

1. requests with the same context are one group, a tree: the context is read once (the prompt's part that all groups of
   a batch begin with: once a batch), and so is what continuations begin with alike; the context's last position scores
   every continuation's first token;
2. the trees of a batch lie one behind the other in one row, without padding, and attention alone takes them apart
   (`packed`);
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
from explorer.stack.systems.packed import Packed, Tree
from explorer.stack.transformer.attention import Kernel
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

#: Tokens of one batch; one context with its continuations may have more.
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

    @property
    def size(self) -> int:
        """Tokens to read, at most: of a continuation all but its last."""
        return len(self.context) + sum(len(one) - 1 for _, one in self.requests)


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
    """As many groups as have so many tokens, and twice as many in attention, which pads; one at least."""
    batch: list[_Group] = []
    cost = 0
    for group in groups:
        longest = len((batch or [group])[0].context)  # the first of a batch has the longest context
        if batch and (cost + group.size > tokens or longest * (len(batch) + 1) > 2 * tokens):
            yield batch
            batch, cost = [], 0
        batch.append(group)
        cost += group.size
    if batch:
        yield batch


@torch.inference_mode()
def _batch(decoder: Decoder, groups: list[_Group]) -> list[tuple[int, Scored]]:
    """All requests of some contexts, in one pass over their trees."""
    shared = _shared([each.context for each in groups])
    trees, reads, places = zip(*(_tree(each, shared) for each in groups), strict=True)
    config = decoder.config
    plain = config.positions != "alibi" and not any(config.windows)
    packed = Packed(trees, shared, plain)
    cache = None
    if shared:
        cache = ContiguousCache(config, 1, shared + len(packed.positions))
        _stream(decoder, torch.tensor([groups[0].context[:shared]]), torch.arange(shared)[None], cache)
    ids = [token for each, read in zip(groups, reads, strict=True) for token in (*each.context[shared:], *read)]
    stream = _stream(decoder, torch.tensor([ids]), packed.positions[None], cache, packed)[0]  # token d_model
    rows, targets, owner = list[int](), list[int](), list[int]()
    for group, start, paths in zip(groups, packed.starts, places, strict=True):
        behind = start + len(group.context) - shared
        for (at, one), path in zip(group.requests, paths, strict=True):
            rows += [behind - 1, *(behind + place for place in path)]
            targets += one
            owner += [at] * len(one)
    found: dict[int, list[tuple[float, bool]]] = {}
    for at, each in zip(owner, _scored(decoder, stream, rows, targets), strict=True):
        found.setdefault(at, []).append(each)
    return [(at, Scored(tuple(p for p, _ in each), all(best for _, best in each))) for at, each in found.items()]


def _tree(group: _Group, shared: int) -> tuple[Tree, list[int], list[list[int]]]:
    return Tree.of(len(group.context) - shared, [one[:-1] for _, one in group.requests])


def _shared(contexts: list[tuple[int, ...]]) -> int:
    """Tokens that all begin with, but for the last of each; 0 where too few to be worth a pass of their own."""
    if len(contexts) < 2:
        return 0
    low, high = min(contexts), max(contexts)
    same = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(low, high, strict=False)))
    same = min(same, min(map(len, contexts)) - 1)
    return same if same >= SHARED else 0


def _stream(
    decoder: Decoder,
    ids: Int[Tensor, "row pos"],
    positions: Int[Tensor, "row pos"] | None,
    cache: ContiguousCache | None,
    kernel: Kernel = by_length,
) -> Float[Tensor, "row pos d_model"]:
    """The residual stream after the last block."""
    x, at = decoder.entered(ids, positions, cache, kernel)
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
