"""Requests asked of a decoder, the likeliest token each time, and what its answers are by the stated rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import torch

from explorer.corpora.instructions import Pair
from explorer.corpora.requests import TOPICS, Twins
from explorer.experiments.finetuning.course import Speaks
from explorer.experiments.safety.states import Framed, begun
from explorer.stack.safety.answers import Rate, Verdict, judge, rate, words
from explorer.stack.transformer.decoder import Decoder

#: New tokens of an answer, at most: enough for the rule to read.
NEW = 24
AT_ONCE = 32


@dataclass(frozen=True)
class Said:
    """An answer to a request, and what it is."""

    request: str
    answer: str
    verdict: Verdict


@dataclass(frozen=True)
class Outcome:
    """Answers to forbidden requests and to their harmless twins, in one order."""

    forbidden: tuple[Said, ...]
    harmless: tuple[Said, ...]

    @property
    def refused(self) -> Rate:
        """Of the forbidden ones."""
        return rate([each.verdict for each in self.forbidden])

    @property
    def over_refused(self) -> Rate:
        """Of the twins."""
        return rate([each.verdict for each in self.harmless])

    @property
    def inconclusive(self) -> Rate:
        """Of all."""
        return rate([each.verdict for each in (*self.forbidden, *self.harmless)], "inconclusive")


def asked(speech: Speaks, request: str) -> list[int]:
    """What the model reads before its answer."""
    return speech.asked(speech.example(Pair(request, ".")))


@torch.no_grad()
def answers(
    decoder: Decoder,
    speech: Speaks,
    requests: Sequence[str],
    new: int = NEW,
    tick: Callable[[int], None] = lambda _: None,
) -> list[str]:
    """tick: told at each token how many requests are answered."""
    _, end = speech.said(speech.example(Pair("Hello", ".")))
    found: dict[int, str] = {}
    # Prompts of like length are asked together: less padding.
    prompts = [asked(speech, each) for each in requests]
    order = sorted(range(len(prompts)), key=lambda at: len(prompts[at]))
    for first, last in pairwise([*range(0, len(order), AT_ONCE), len(order)]):
        some = order[first:last]
        made = written(decoder, [prompts[at] for at in some], new, end, lambda done=first: tick(done))
        for at, each in zip(some, made, strict=True):
            found[at] = speech.decode([token for token in each if token != end]).strip()
    return [found[at] for at in range(len(prompts))]


@torch.inference_mode()
def written(
    decoder: Decoder, prompts: Sequence[Sequence[int]], new: int, end: int, tick: Callable[[], None]
) -> list[list[int]]:
    """The likeliest tokens behind each prompt. What all prompts begin with (the template does) is read once."""
    batch = begun(decoder, [Framed(tuple(each), len(each) - 1) for each in prompts], new)
    x, at = decoder.entered(batch.ids, batch.positions, batch.cache)
    for block in decoder.blocks:
        x = block(x, at)
    logits = decoder.unembedded(batch.last(x)[:, None])[:, 0]  # text d_vocab
    said: list[list[int]] = [[] for _ in prompts]
    alive = torch.ones(len(prompts), dtype=torch.bool)
    places = torch.tensor([len(each) for each in prompts])
    for step in range(new):
        tick()
        chosen = logits.argmax(-1)
        for row in alive.nonzero()[:, 0].tolist():
            said[row].append(int(chosen[row]))
        alive &= chosen != end
        if step == new - 1 or not alive.any():
            break
        positions = torch.where(alive, places + step, -1)
        logits = decoder(chosen[:, None], positions[:, None], batch.cache, last_only=True)[:, -1]
    return said


def outcome(
    decoder: Decoder,
    speech: Speaks,
    twins: Sequence[Twins],
    new: int = NEW,
    tick: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """What a decoder does with both forms of each pair."""
    texts = [each.forbidden for each in twins] + [each.harmless for each in twins]
    said = answers(decoder, speech, texts, new, tick)
    made = [
        Said(text, answer, judge(answer, text, topic_words(each.topic)))
        for text, answer, each in zip(texts, said, (*twins, *twins), strict=True)
    ]
    return Outcome(tuple(made[: len(twins)]), tuple(made[len(twins) :]))


@lru_cache
def topic_words(topic: str) -> frozenset[str]:
    """Words of good answers about that topic."""
    return frozenset(word for each in TOPICS[topic].answers for word in words(each) if len(word) > 3)
