"""Pairs of answers in a model's own tokens: those of a rule, or one's own before some of a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

import torch
from cachetools import LRUCache

from explorer.corpora.instructions import Pair
from explorer.corpora.preferences import Preference, preferences
from explorer.errors import BadRequestError
from explorer.experiments.finetuning.spoken import Spoken
from explorer.fetching.progress import Progress, silent
from explorer.stack.finetuning.conversations import Example, padded
from explorer.stack.finetuning.preferences.training import PairRows, Reading, referenced
from explorer.stack.finetuning.preferences.unpaired import rolled
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model

OWN = "own"
#: Whose pairs stand beside one's own.
BESIDE = "polite"
#: Pairs of a batch.
PAIRS = 3
#: Tokens of a conversation, at most.
LONGEST = 160
#: Readings that are kept of each decoder.
KEPT = 4
_READ: WeakKeyDictionary[Decoder, LRUCache[tuple[tuple[Example, ...], int], Reading]] = WeakKeyDictionary()


@dataclass(frozen=True)
class InTokens:
    """A pair as the model reads it."""

    pair: Preference
    chosen: Example
    rejected: Example


def taken(rule: str, which: int, own: Preference, count: int = PAIRS) -> tuple[Preference, ...]:
    """The pair that is looked at, and those that stand with it in a batch; `which` counts from 0, and around."""
    if rule == OWN:
        return (checked(own), *preferences(BESIDE).train[: count - 1])
    found = preferences(rule).train
    return tuple(found[(which + at) % len(found)] for at in range(count))


def checked(pair: Preference) -> Preference:
    """Raises BadRequestError for a pair in which nothing is preferred."""
    for name, said in (("request", pair.request), ("chosen answer", pair.chosen), ("rejected answer", pair.rejected)):
        if not said.strip():
            raise BadRequestError(f"The {name} is empty.", "Write one.")
    if pair.chosen == pair.rejected:
        raise BadRequestError("Both answers are the same: nothing is preferred.", "Change one of them.")
    return pair


def in_tokens(model: Model, pairs: Sequence[Preference]) -> list[InTokens]:
    """Raises BadRequestError for a pair that is longer than the model's context, or than is taken here."""
    speech, most = Spoken.of(model), min(LONGEST, model.dims.n_ctx)
    found: list[InTokens] = []
    for pair in pairs:
        chosen, rejected = (speech.example(Pair(pair.request, said)) for said in (pair.chosen, pair.rejected))
        longest = max(len(chosen.ids), len(rejected.ids))
        if longest > most:
            raise BadRequestError(
                f"The pair “{pair.request[:40]}” has {longest} tokens with its template, and {most} are taken.",
                "Write a shorter one.",
            )
        found.append(InTokens(pair, chosen, rejected))
    return found


def rows_of(
    decoder: Decoder, pairs: Sequence[InTokens], first: int, *, apart: bool = True, progress: Progress = silent
) -> PairRows:
    """With what the decoder, as the reference, gives them; what is trained stands in the blocks from `first` on.

    apart: with answers to other prompts, which KTO alone reads.
    """
    chosen, rejected = [each.chosen for each in pairs], [each.rejected for each in pairs]
    answers = chosen + rejected
    others = _mismatched(chosen) + _mismatched(rejected) if apart and len(pairs) > 1 else []
    whole = _read(decoder, tuple(answers + others), first, progress)
    mismatched = whole[range(len(answers), len(answers + others))] if others else None
    return referenced(decoder, whole[range(len(answers))], mismatched)


def _read(decoder: Decoder, examples: tuple[Example, ...], first: int, progress: Progress) -> Reading:
    """Kept: a view reads what the one before it has read, and a visitor changes the loss, not the pairs."""
    known, key = _READ.setdefault(decoder, LRUCache(KEPT)), (examples, first)
    if key not in known:
        told = partial(progress, "Blocks that read the answers")
        known[key] = Reading.of(decoder, padded(examples), first, lambda number: told(number, first))
    return known[key]


def _mismatched(examples: Sequence[Example]) -> list[Example]:
    """Each prompt with the answer of the next conversation."""
    found: list[Example] = []
    for own, other in zip(examples, rolled(examples), strict=True):
        prompt, answer = own.ids[: own.learnt.index(True)], other.ids[other.learnt.index(True) :]
        found.append(Example((*prompt, *answer), (False,) * len(prompt) + (True,) * len(answer)))
    return found


def of_transformers(model: Model, pairs: Sequence[InTokens]) -> list[float]:
    """transformers' own log-probabilities of the chosen and the rejected answers, one after the other."""
    found: list[float] = []
    for example in [each.chosen for each in pairs] + [each.rejected for each in pairs]:
        ids = torch.tensor(example.ids)[None]
        labels = ids.masked_fill(~torch.tensor(example.learnt)[None], -100)
        with torch.no_grad():
            mean = float(model.hf(input_ids=ids.to(model.device), labels=labels.to(model.device)).loss)
        found.append(-mean * sum(example.learnt[1:]))
    return found
