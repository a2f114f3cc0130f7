"""Prompt look-up: draft by copying. Where the last few tokens stood before, what followed then is proposed again.

Saxena 2023, "Prompt Lookup Decoding" (github.com/apoorvumang/prompt-lookup-decoding); Yang et al. 2023, "Inference with
Reference" (arXiv 2304.04487). It costs no model at all, and pays where the output repeats its input: summaries,
edits of code, answers that quote.

    for n in max_ngram .. 1:  find the last n tokens earlier on;  propose the gamma tokens that came next

Longest match first. Of equally long ones the latest is taken (`latest=False`: the first, as transformers does).
Nothing is drawn, so that q is one-hot: a copied x is accepted with probability min(1, p(x) / 1) = p(x), and sum of
min(p, q) is p(x) as well.

Worked example: the last two tokens, 7 8, stood at the start as well; 9 7 8 came after them.

>>> look_up([7, 8, 9, 7, 8], gamma=2)
Match(copied_from=2, matched=2, ids=(9, 7))
>>> look_up([7, 8, 9, 7, 8], gamma=4).ids
(9, 7, 8)
>>> look_up([1, 2, 3], gamma=2) is None
True

The latest place is not the first: 5 was followed by 1, and later by 2.

>>> look_up([5, 1, 5, 2, 5], gamma=1).ids, look_up([5, 1, 5, 2, 5], gamma=1, latest=False).ids
((2,), (1,))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.stack.inference.decoding.drafts import Drafted
from explorer.stack.inference.decoding.sampling import Sampler


@dataclass(frozen=True)
class Match:
    """A place where the last `matched` tokens stood before."""

    copied_from: int
    """Position of the first copied token; the match ends just before it."""
    matched: int
    ids: tuple[int, ...]
    """What followed there, at most gamma tokens."""


def look_up(
    ids: Sequence[int], gamma: int, *, max_ngram: int = 3, min_ngram: int = 1, latest: bool = True
) -> Match | None:
    """The longest match of the last tokens, at most `max_ngram` and at least `min_ngram` of them."""
    ids = list(ids)
    for n in range(min(max_ngram, len(ids) - 1), min_ngram - 1, -1):
        tail = ids[-n:]
        starts = range(len(ids) - n)  # a match must be followed by something: the tail itself is not one
        for start in reversed(starts) if latest else starts:
            if ids[start + n - 1] == tail[-1] and ids[start : start + n] == tail:
                return Match(start + n, n, tuple(ids[start + n : start + n + gamma])) if gamma > 0 else None
    return None


@dataclass(frozen=True)
class PromptLookup:
    """The draft that looks up. It holds no state: everything is in the tokens so far."""

    d_vocab: int
    max_ngram: int = 3
    min_ngram: int = 1
    latest: bool = True

    def begin(self, prompt_ids: Sequence[int], capacity: int) -> None:
        """Nothing to read."""

    def propose(self, ids: Sequence[int], gamma: int, sampler: Sampler, generator: torch.Generator) -> Drafted:
        del sampler, generator  # nothing is drawn
        match = look_up(ids, gamma, max_ngram=self.max_ngram, min_ngram=self.min_ngram, latest=self.latest)
        if match is None:
            return Drafted((), one_hot((), self.d_vocab))
        return Drafted(match.ids, one_hot(match.ids, self.d_vocab), None, match.copied_from, match.matched)

    def truncate(self, length: int) -> None:
        """Nothing to forget."""


def one_hot(ids: Sequence[int], d_vocab: int) -> Tensor:
    """q of copied tokens: [drafted d_vocab] float64, all of it on the token that was copied."""
    q = torch.zeros(len(ids), d_vocab, dtype=torch.double)
    q[torch.arange(len(ids)), torch.tensor(list(ids), dtype=torch.long)] = 1.0
    return q
