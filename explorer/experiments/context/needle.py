"""One sentence hidden at every depth of texts of several lengths, and asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.context.grounded_prompt import plain
from explorer.experiments.context.long_text import first_ids, long_text, sentence_ends
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.context.needle import Cell, Haystack, planted, searched

if TYPE_CHECKING:
    from explorer.zoo.model import Model

NEEDLE = " The secret number of the lighthouse is 48213."
QUESTION = "\nWhat is the secret number of the lighthouse? The secret number of the lighthouse is"
ANSWER = " 48213"
DEPTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def haystack(model: Model, longest: int) -> Haystack:
    """Of `longest` tokens of text, or as many as there are."""
    filler, vocabulary = long_text(model, longest), model.vocabulary
    ends = sentence_ends(model, filler)
    parts = (plain(vocabulary, vocabulary.writable(each)) for each in (NEEDLE, QUESTION, ANSWER))
    return Haystack(first_ids(model), filler, ends, *parts)


def search(
    model: Model, hay: Haystack, lengths: Sequence[int], progress: Ticks = unheard
) -> Iterator[tuple[Cell, ...]]:
    """All cells so far."""
    total = sum(length + len(hay.first) for length in lengths)
    total += sum(
        len(hay.needle) + length - planted(length, depth, hay.breaks) for length in lengths for depth in DEPTHS
    )
    found: list[Cell] = []
    for cell in searched(model.plain_decoder, hay, lengths, DEPTHS, lambda read: progress(read, total)):
        found.append(cell)
        yield tuple(found)


@torch.inference_mode()
def of_transformers(model: Model, hay: Haystack, cell: Cell) -> Float[Tensor, " token"]:
    """The answer's log-probabilities in one pass of the loaded model over the whole prompt."""
    filler = hay.filler[: cell.length]
    text = (*hay.first, *filler[: cell.at], *hay.needle, *filler[cell.at :], *hay.question, *hay.answer)
    logits = model.hf(torch.tensor(text[:-1])[None].to(model.device), use_cache=False).logits[0]
    logp = logits[-len(hay.answer) :].float().cpu().log_softmax(-1)
    return logp.gather(-1, torch.tensor(hay.answer)[:, None])[:, 0]
