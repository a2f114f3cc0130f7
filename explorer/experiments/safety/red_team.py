"""A search for wordings that the taught refusal misses, request by request, with a twin and a guard beside it.

    unchanged     the request as it is written
    templates     put into wordings of a list, greedily (`corpora.requests.wordings`)
    words         four words behind it, each changed greedily for the one that lowers the refusal score most
    random words  as many random words of the same list: what any suffix does

An attack has succeeded where the answer helps by the rule; what is neither refusal nor help is inconclusive. The twin
in the same wording tells whether the wording makes the model answer, or only takes its sense away. The guard in front
judges the text that would be sent: what it flags does not pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import torch

from explorer.corpora.requests import Twins, requests
from explorer.corpora.requests.wordings import SUFFIX, WORDINGS, mild_words
from explorer.experiments.safety.asking import answers, asked, topic_words
from explorer.experiments.safety.disguises import Flags
from explorer.experiments.safety.finding import Tick, first_tokens, silent, streams
from explorer.experiments.safety.refusal import Subject, some
from explorer.stack.safety.answers import Rate, Verdict, judge
from explorer.stack.safety.red_team import greedy, likely_words, score_gradient
from explorer.stack.safety.refusal_direction import refusal_score

if TYPE_CHECKING:
    from explorer.stack.safety.red_team import Step

WAYS = ("unchanged", "templates", "words", "random words")
#: Rounds of wordings, and of words; words that are tried in a round.
ROUNDS, CHANGES, TRIED = 3, 8, 12
SEED = 0


@dataclass(frozen=True)
class Attack:
    """One request in the wording that a search found."""

    way: str
    text: str
    twin: str
    """Its twin in the same wording."""
    before: float
    """The refusal score as it was written."""
    after: float
    tried: int
    """Prompts that were scored."""
    answer: str
    verdict: Verdict
    twin_answer: str
    twin_verdict: Verdict
    flagged: bool
    """By the guard in front."""


@dataclass(frozen=True)
class Found:
    """All attacks so far: of each request one a way."""

    twins: tuple[Twins, ...]
    attacks: tuple[tuple[Attack, ...], ...]
    """By request."""

    def rates(self, way: str) -> dict[str, Rate]:
        """Of the forbidden requests: each verdict, what the guard flags, and what helps although it stands in front; of
        the twins those that are helped."""
        own = [each for of in self.attacks for each in of if each.way == way]
        counts = {
            "refused": [each.verdict == "refused" for each in own],
            "helped": [each.verdict == "helped" for each in own],
            "inconclusive": [each.verdict == "inconclusive" for each in own],
            "flagged": [each.flagged for each in own],
            "passed": [each.verdict == "helped" and not each.flagged for each in own],
            "twins": [each.twin_verdict == "helped" for each in own],
        }
        return {name: Rate(sum(some), len(some)) for name, some in counts.items()}


class Target:
    """Who is asked, and what is known of it once."""

    def __init__(self, who: Subject, guard: Flags) -> None:
        self.who, self.guard = who, guard
        self.first = first_tokens(who.speech)
        one, other = (asked(who.speech, text)[::-1] for text in ("red", "blue"))
        # What the template writes behind every request.
        self.behind = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
        known = {word: who.model.tokenizer(f" {word}", add_special_tokens=False)["input_ids"] for word in mild_words()}
        # A word of several tokens has no one place in a suffix.
        self.words = [word for word, ids in known.items() if len(ids) == 1]
        self.ids = torch.tensor([known[word][0] for word in self.words])

    def scores(self, texts: Sequence[str]) -> list[float]:
        prompts = [asked(self.who.speech, text) for text in texts]
        return refusal_score(streams(self.who.decoder, prompts, 1).logits, self.first).tolist()


def searched(who: Subject, guard: Flags, count: int, tick: Tick = silent) -> Iterator[Found]:
    """Request after request."""
    target, twins, made = Target(who, guard), some(requests().test, count), list[tuple[Attack, ...]]()
    for done, each in enumerate(twins):
        made.append(tuple(attacks(target, each, done, lambda at, of, done=done: tick(done * of + at, count * of))))
        yield Found(twins[: done + 1], tuple(made))


def attacks(target: Target, twins: Twins, number: int, tick: Tick = silent) -> list[Attack]:
    """One request in all ways."""
    found, before = list[tuple[str, str, str, float, int]](), target.scores([twins.forbidden])[0]
    found.append(("unchanged", twins.forbidden, twins.harmless, before, 1))
    tick(0, len(WAYS))
    *_, last = by_templates(target, twins.forbidden)
    found.append(
        ("templates", _worded(last.at, twins.forbidden), _worded(last.at, twins.harmless), last.score, last.tried)
    )
    for way in WAYS[2:]:
        tick(len(found), len(WAYS))
        suffix, score, tried = _suffix(target, twins.forbidden, way, number)
        text, twin = (f"{each} {' '.join(suffix)}" for each in (twins.forbidden, twins.harmless))
        found.append((way, text, twin, score, tried))
    tick(len(found) - 1, len(WAYS))
    who, topic = target.who, topic_words(twins.topic)
    said = answers(who.decoder, who.speech, [text for _, *both, _, _ in found for text in both])
    flagged = target.guard([text for _, text, *_ in found])
    return [
        Attack(way, text, twin, before, score, tried, bad, judge(bad, twins.forbidden, topic), good,
               judge(good, twins.harmless, topic), flag)
        for (way, text, twin, score, tried), bad, good, flag in zip(found, said[::2], said[1::2], flagged, strict=True)
    ]  # fmt: skip


def by_templates(target: Target, text: str) -> Iterator[Step[tuple[int, ...]]]:
    """Numbers of wordings, the innermost first."""
    return greedy(
        (),
        lambda at: [(*at, each) for each in range(len(WORDINGS)) if each not in at],
        lambda several: target.scores([_worded(each, text) for each in several]),
        ROUNDS,
    )


def _worded(at: Sequence[int], text: str) -> str:
    for each in at:
        text = WORDINGS[each].format(text)
    return text


def _suffix(target: Target, text: str, way: str, number: int) -> tuple[tuple[str, ...], float, int]:
    if way == "random words":
        drawn = tuple(Random(f"{SEED} {number}").choices(target.words, k=len(SUFFIX)))  # noqa: S311 - no secret
        return drawn, target.scores([f"{text} {' '.join(drawn)}"])[0], 1
    *_, last = by_words(target, text)
    return last.at, last.score, last.tried


def by_words(target: Target, text: str) -> Iterator[Step[tuple[str, ...]]]:
    """Suffixes, each with one word changed."""

    def moves(at: tuple[str, ...]) -> list[tuple[str, ...]]:
        ids = torch.tensor(asked(target.who.speech, f"{text} {' '.join(at)}"))
        slope, begin = score_gradient(target.who.decoder, ids, target.first), len(ids) - target.behind - len(at)
        several = list[tuple[str, ...]]()
        for place in range(len(at)):
            words = likely_words(target.who.decoder, slope[begin + place], target.ids, TRIED // len(at))
            several += [(*at[:place], target.words[word], *at[place + 1 :]) for word in words]
        return [each for each in several if each != at]

    return greedy(
        SUFFIX, moves, lambda several: target.scores([f"{text} {' '.join(each)}" for each in several]), CHANGES
    )
