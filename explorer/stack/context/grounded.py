"""A prompt that is grounded in passages, and the answer's probability with every subset of them.

The prompt is cut into parts, so that the tokens of a passage are the same whether another one stands before it or not:

    before | [1] passage | [2] passage | ... | after (the question) | answer

Read one by one, the 2^n prompts of n passages have n/2 passages each. Most begin alike: as a tree in which each passage
is taken or left out, passage i (from 1) is read once for each subset of those before it, 2^(i-1) times, and the keys
and values of a beginning are kept while all that begins so is read. The question and the answer are read 2^n times.

Retrieval-augmented generation: Lewis et al. 2020, arXiv 2005.11401.

Worked example: five passages of 100 tokens, 20 before, 50 after them. One by one, 32 prompts have 32 (20 + 250 + 50)
tokens; in the tree the passages are read 31 times in all.

>>> parts = Parts((1,) * 20, ((2,) * 100,) * 5, (3,) * 49)
>>> tokens_alone(parts, (4, 4)), tokens_shared(parts, (4, 4))  # of the answer all but the last is read
(10240, 4720)
>>> [int(kept) for kept in order(2)]  # bit i of each: whether passage i stands in it
[3, 1, 2, 0]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.context.attribution import MOST
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True)
class Parts:
    """Token ids of a prompt, cut where passages begin and end."""

    before: tuple[int, ...]
    passages: tuple[tuple[int, ...], ...]
    after: tuple[int, ...]

    def ids(self, kept: int = -1) -> tuple[int, ...]:
        """The prompt. `kept`: bit i says whether passage i stands in it.

        >>> Parts((1,), ((2,), (3, 3)), (4,)).ids(0b10)
        (1, 3, 3, 4)
        """
        inner = [token for i, part in enumerate(self.passages) if kept >> i & 1 for token in part]
        return (*self.before, *inner, *self.after)

    def spans(self, kept: int = -1) -> tuple[tuple[int, int] | None, ...]:
        """Where each passage begins and ends in the prompt; None where it is left out."""
        at, found = len(self.before), []
        for i, part in enumerate(self.passages):
            here = kept >> i & 1
            found.append((at, at + len(part)) if here else None)
            at += len(part) if here else 0
        return tuple(found)

    def in_order(self, places: Sequence[int]) -> Parts:
        """The same with its passages in another order."""
        return replace(self, passages=tuple(self.passages[i] for i in places))

    def __post_init__(self) -> None:
        if not self.after:
            raise ValueError("A prompt ends with the question.")


@dataclass(frozen=True, eq=False)
class Ablated:
    """The answer out of one of the prompts."""

    kept: int
    logp: Float[Tensor, " token"]
    """Of each token of the answer."""
    read: int
    """Tokens that have been read for all prompts so far."""


def order(n: int) -> list[int]:
    """The subsets in the order in which they are read: with a passage before without it, all first, none last."""
    bits = [tuple(1 - (row >> (n - 1 - i) & 1) for i in range(n)) for row in range(2**n)]
    return [sum(bit << i for i, bit in enumerate(each)) for each in bits]


def tokens_alone(parts: Parts, answer: Sequence[int]) -> int:
    """Tokens to read where each prompt is read from its beginning."""
    n = len(parts.passages)
    return sum(len(parts.ids(kept)) + len(answer) - 1 for kept in range(2**n))


def tokens_shared(parts: Parts, answer: Sequence[int]) -> int:
    """Tokens to read where beginnings are shared."""
    tail = len(parts.after) + len(answer) - 1
    inner = sum(2**i * len(part) for i, part in enumerate(parts.passages))
    return len(parts.before) + inner + 2 ** len(parts.passages) * tail


@torch.inference_mode()
def ablated(decoder: Decoder, parts: Parts, answer: Sequence[int]) -> Iterator[Ablated]:
    """The answer's log-probability with every subset of the passages, in the order of `order`."""
    n, tail = len(parts.passages), (*parts.after, *answer[:-1])
    if n > MOST or not answer:
        raise ValueError(f"{n} passages and an answer of {len(answer)} tokens: at most {MOST}, and at least one token.")
    cache = ContiguousCache(decoder.config, 1, len(parts.ids()) + len(answer))
    wanted, read = torch.tensor(answer), 0

    def append(ids: Sequence[int]) -> Float[Tensor, "batch pos d_model"] | None:
        nonlocal read
        read += len(ids)
        return decoder.stream(torch.tensor(ids)[None], cache=cache) if ids else None

    def walk(passage: int, kept: int) -> Iterator[Ablated]:
        held = cache.seen
        if passage == n:
            stream = append(tail)
            assert stream is not None
            logits = decoder.unembedded(stream[:, -len(answer) :])[0]  # token d_vocab
            yield Ablated(kept, logits.log_softmax(-1).gather(-1, wanted[:, None])[:, 0], read)
        else:
            append(parts.passages[passage])
            yield from walk(passage + 1, kept | 1 << passage)
            cache.truncate(held)
            yield from walk(passage + 1, kept)
        cache.truncate(held)

    append(parts.before)
    yield from walk(0, 0)
