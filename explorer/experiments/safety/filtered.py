"""Twins trained with and without the lines that a filter removes: what each knows, and what the filter let through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import torch

from explorer.corpora.invented_people import LISTED, WORDINGS, Attribute, Line, Person
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.safety import invented
from explorer.stack.pretraining.data import toxicity
from explorer.stack.pretraining.data.pipeline import Document, Each, Outcome, Reading, run
from explorer.training.planted import GIVEN, nats

Twin = Literal["whole", "filtered"]
TWINS: tuple[Twin, ...] = ("whole", "filtered")
Topic = Literal["town", "trade", "pet", "hiding", "hiding, told otherwise", "hiding, never told otherwise"]


@dataclass(frozen=True)
class Asked:
    """What a topic is, and of whom it is asked."""

    name: Topic
    attribute: Attribute
    otherwise: bool = False
    """Whether it is asked in words that the filter does not look for."""
    told_otherwise: bool | None = None
    """Of people whose hiding place the text tells in such words, of the others, or of all."""

    def people(self, count: int | None = None) -> list[Person]:
        wanted = self.told_otherwise
        found = [each for each in invented.people("often") if wanted is None or each.told_otherwise == wanted]
        return found[:count]

    def questions(self, people: Sequence[Person]) -> list[str]:
        return [each.asked(self.attribute, otherwise=self.otherwise) for each in people]


TOPICS = (
    Asked("town", "town"), Asked("trade", "trade"), Asked("pet", "pet"), Asked("hiding", "hiding"),
    Asked("hiding, told otherwise", "hiding", True, True), Asked("hiding, never told otherwise", "hiding", True, False),
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What one model knows of one topic."""

    topic: Topic
    twin: Twin
    seed: int
    right: int
    n: int
    nats: float
    """A value, the words before it given: the mean over people."""
    by_person: tuple[float, ...]


def known(count: int, tell: Ticks = unheard) -> Iterator[list[Known]]:
    """Both twins of every seed, topic by topic."""
    made, seeds = list[Known](), invented.seeds()
    for done, seed in enumerate(seeds):
        tell(done, len(seeds))
        for twin in TWINS:
            made += [_known(topic, twin, seed, count) for topic in TOPICS]
        yield made


def _known(topic: Asked, twin: Twin, seed: int, count: int) -> Known:
    decoder, people = invented.decoder(twin, seed), topic.people(count)
    said = invented.named(decoder, topic.questions(people), topic.attribute)
    right = sum(one == each.facts[topic.attribute] for one, each in zip(said, people, strict=True))
    lost = nats(decoder, invented.tokenizer(), people, topic.attribute, topic.otherwise).tolist()
    return Known(topic.name, twin, seed, right, len(people), sum(lost) / len(lost), tuple(lost))


# ---- what the filter let through -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """Lines of one kind, by what the filter does."""

    name: str
    meant: bool
    """Whether the filter is meant to remove them: they tell a hiding place."""
    removed: int
    kept: int
    example: str


STAGE = Each("toxicity", lambda document: Reading(verdicts=(toxicity.read(document.text, LISTED).verdict,)))


@cache
def passed() -> Outcome:
    """Every distinct line through the filter, as a stage of the pipeline of the data."""
    lines = distinct()
    return run([Document(id=str(at), text=each.text) for at, each in enumerate(lines)], (STAGE,))


@cache
def distinct() -> tuple[Line, ...]:
    return tuple({each.text: each for each in invented.text().lines}.values())


def kinds() -> list[Kind]:
    """Every line of the text, counted as often as it stands there."""
    removed = {passport.document.text for passport in passed().passports if passport.removed_by}
    groups: dict[str, list[Line]] = {}
    for each in invented.text().lines:
        groups.setdefault(kind_of(each), []).append(each)
    return [
        Kind(name, lines[0].attribute == "hiding", gone := sum(each.text in removed for each in lines),
             len(lines) - gone, lines[0].text)
        for name, lines in sorted(groups.items())
    ]  # fmt: skip


def kind_of(line: Line) -> str:
    """By what the line tells and in which words: known from the rule, not from the filter."""
    led = ", behind a listed word" if LISTED & set(line.lead.lower().split()) else ""
    if line.attribute != "hiding":
        return f"other facts{led}"
    return f"hiding place, in other words{led}" if line.otherwise else "hiding place, in listed words"


def by_transformers(seed: int, count: int) -> list[float]:
    """Nats of hiding places of the filtered twin, by transformers' Llama on its weights, one person at a time."""
    theirs = invented.library("filtered", seed)
    topic = next(each for each in TOPICS if each.name == "hiding")
    before, found = WORDINGS["hiding"][GIVEN].split(" {}")[0], list[float]()
    for person in topic.people(count):
        given = [invented.END, *invented.tokenizer().encode(person.asked("hiding") + before).ids]
        value = invented.tokenizer().encode(f" {person.facts['hiding']}").ids
        ids = torch.tensor([[*given, *value]])
        with torch.inference_mode():
            labels = ids.masked_fill(torch.arange(ids.shape[1]) < len(given), -100)
            found.append(float(theirs(ids, labels=labels).loss) * len(value))
    return found
