"""An automatic search for a wording that a taught refusal misses.

    score(x)      the refusal score of the prompt x: the log-odds that its answer begins as a refusal does
    greedy        of all moves from x the one with the lowest score is made, as long as it lowers the score
    by templates  a move puts the text into one of a list of wordings
    by words      a move puts another word at one place of a suffix; of all words those are tried along whose embedding
                  the score falls most, to first order:   (E[word] - E[now]) . d score / d x     at that place

(Zou et al. 2023, arXiv 2307.15043, search suffixes by that gradient; Ebrahimi et al. 2018, arXiv 1712.06751.) A low
score is no success: whether the answer helps is read from all of it, and what is neither help nor refusal is
inconclusive (`stack.safety.answers`; Souly et al. 2024, arXiv 2402.10260: most reported successes say nothing useful).

Worked example: from 5, moves by one and by two, the score is the distance to 1.

>>> def moves(n): return [n - 2, n - 1, n + 1]
>>> def distance(some): return [abs(n - 1.0) for n in some]
>>> [(each.at, each.score) for each in greedy(5, moves, distance, 9)]
[(5, 4.0), (3, 2.0), (1, 0.0)]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.safety.refusal_direction import refusal_score
from explorer.stack.transformer.decoder import Decoder

At = TypeVar("At")


@dataclass(frozen=True)
class Step(Generic[At]):
    """Where the search stands."""

    at: At
    score: float
    tried: int
    """Prompts that were scored so far."""


def greedy(
    start: At, moves: Callable[[At], Sequence[At]], score: Callable[[Sequence[At]], Sequence[float]], most: int
) -> Iterator[Step[At]]:
    """The start, and each move that lowers the score; at most so many rounds. A round without such a move ends it."""
    now = Step(start, score([start])[0], 1)
    yield now
    for _ in range(most):
        some = moves(now.at)
        if not some:
            return
        found = score(some)
        best = min(range(len(some)), key=lambda each: found[each])
        if not found[best] < now.score:
            return
        now = Step(some[best], found[best], now.tried + len(some))
        yield now


def score_gradient(decoder: Decoder, ids: Int[Tensor, " pos"], first: Sequence[int]) -> Float[Tensor, "pos d_model"]:
    """Of the refusal score, by the stream as the first block meets it."""
    x, at = decoder.entered(ids[None])
    begun = x.detach().requires_grad_()
    with torch.enable_grad():
        stream = begun
        for block in decoder.blocks:
            stream = block(stream, at)
        score = refusal_score(decoder.unembedded(stream[:, -1:])[:, 0], first).sum()
        (found,) = torch.autograd.grad(score, begun)
    return found[0]


def likely_words(
    decoder: Decoder, gradient: Float[Tensor, " d_model"], words: Int[Tensor, " word"], count: int
) -> list[int]:
    """Places in `words` of those along which the score falls most. gradient: at the place where the word stands."""
    falls = -(decoder.embed.weight[words].float() @ gradient.float())
    return falls.topk(min(count, len(words))).indices.tolist()
