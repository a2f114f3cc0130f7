"""Tasks for circuits: pairs of prompts of equal length that differ where the answer is decided.

Each task makes a *clean* prompt, whose next token is known, and a *corrupt* one that lacks what decides it. All is
checked against the tokenizer on screen: equal lengths, and an answer and a rival of one token each behind the prompt.

- **IOI** (Wang et al. 2022, arXiv 2211.00593): "When Mary and John went to the store, John gave a drink to" -> " Mary".
  ABBA names the receiver first, BABA second; in the corrupt prompt three other names stand.
- **Induction** (Olsson et al. 2022, arXiv 2209.11895): five words and the first four again -> the fifth. Corrupt: other
  words the first time.
- **Greater than** (Hanna et al. 2023, arXiv 2305.00586): "The war lasted from the year 1743 to the year 17" -> digits
  that make a later year, against those that make an earlier one. Corrupt: from the year 1701.
- **Facts** (see `facts`), **agreement** (see `minimal_pairs`): another subject, and the subject in the other number.
- **Docstring** (Heimersheim & Janiak 2023): the next parameter's name. Corrupt: others in the description so far.

>>> def words(text):  # a tokenizer of whole words
...     return [sum(map(ord, each)) for each in text.split()]
>>> pair = next(pairs("ioi", words, 0))
>>> pair.clean, pair.answers
('When Mary and John went to the store, John gave a drink to', (' Mary',))
>>> pair.corrupt
'When Paul and Anna went to the store, Tom gave a drink to'
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from explorer.corpora import facts, minimal_pairs

Task = Literal["ioi", "ioi_baba", "induction", "greater", "facts", "agreement", "docstring"]
TASKS: dict[Task, str] = {
    "ioi": "IOI, receiver first",
    "ioi_baba": "IOI, receiver second",
    "induction": "Induction",
    "greater": "Greater than",
    "facts": "Facts",
    "agreement": "Agreement",
    "docstring": "Docstring",
}
Encode: TypeAlias = Callable[[str], Sequence[int]]
#: Draws of which none fits a tokenizer, until a task is given up.
TRIES = 400

NAMES = (
    "Mary", "John", "Paul", "Anna", "Tom", "James", "Sarah", "David", "Peter", "Lisa", "Mark", "Alice", "Robert",
    "Jane", "Michael", "Emma", "George", "Kate", "Henry", "Laura",
)  # fmt: skip
SCENES = (
    ("went to the store", "gave a drink to"), ("went to the park", "handed a ball to"),
    ("were at the school", "showed a book to"), ("met at the station", "gave a ticket to"),
    ("worked in the garden", "passed a flower to"),
)  # fmt: skip
WORDS = (
    "river", "stone", "apple", "window", "horse", "paper", "music", "garden", "winter", "bread", "silver", "doctor",
    "bridge", "letter", "mountain", "candle", "market", "engine", "forest", "table", "island", "ship", "gold", "field",
)  # fmt: skip
EVENTS = ("war", "trial", "voyage", "project", "famine", "reign")
ARGUMENTS = ("load", "size", "file", "last", "name", "index", "value", "path", "mode", "count", "key", "text")


@dataclass(frozen=True)
class PromptPair:
    """Two prompts, and what stands behind the clean one."""

    task: Task
    clean: str
    corrupt: str
    answers: tuple[str, ...]
    """Tokens that are right; where there are several, the mean of their logits counts."""
    rivals: tuple[str, ...]


@dataclass(frozen=True)
class Fitted:
    """A pair as a tokenizer has it."""

    pair: PromptPair
    answers: tuple[int, ...]
    rivals: tuple[int, ...]


def pairs(task: Task, encode: Encode, seed: int) -> Iterator[PromptPair]:
    """The task's pairs that fit the tokenizer, without end; none where none of `TRIES` draws does."""
    return (each.pair for each in fitted(task, encode, seed))


def fitted(task: Task, encode: Encode, seed: int) -> Iterator[Fitted]:
    """The same, with the ids of answers and rivals. The first pair of seed 0 is each task's best-known one."""
    draw, missed = random.Random(seed), 0  # noqa: S311  # a choice of words
    make = _MAKERS[task]
    first = seed == 0
    while missed < TRIES:
        pair = make(draw, first, encode)
        found = None if pair is None else fit(pair, encode)
        first, missed = False, missed + 1
        if found is not None:
            missed = 0
            yield found


def fit(pair: PromptPair, encode: Encode) -> Fitted | None:
    """The pair's ids; None where lengths differ, or an answer is not one token."""
    if len(encode(pair.clean)) != len(encode(pair.corrupt)) or pair.clean == pair.corrupt:
        return None
    answers, rivals = ([follower(pair.clean, each, encode) for each in those] for those in (pair.answers, pair.rivals))
    if None in answers or None in rivals or not answers or not rivals or set(answers) & set(rivals):
        return None
    known = [tuple(each for each in those if each is not None) for those in (answers, rivals)]
    return Fitted(pair, known[0], known[1])


def follower(prompt: str, text: str, encode: Encode) -> int | None:
    """The one token that the text is behind the prompt; None where it is several, or the prompt's own change."""
    before, after = list(encode(prompt)), list(encode(prompt + text))
    return after[-1] if after[:-1] == before else None


def _ioi(draw: random.Random, first: bool, _: Encode, receiver_first: bool = True) -> PromptPair:
    scene = SCENES[0] if first else draw.choice(SCENES)
    io, subject, *others = NAMES[:5] if first else draw.sample(NAMES, 5)

    def text(one: str, two: str, giver: str) -> str:
        return f"When {one} and {two} {scene[0]}, {giver} {scene[1]}"

    clean = text(io, subject, subject) if receiver_first else text(subject, io, subject)
    task: Task = "ioi" if receiver_first else "ioi_baba"
    return PromptPair(task, clean, text(*others), (f" {io}",), (f" {subject}",))


def _ioi_baba(draw: random.Random, first: bool, encode: Encode) -> PromptPair:
    return _ioi(draw, first, encode, receiver_first=False)


def _induction(draw: random.Random, first: bool, _: Encode) -> PromptPair:
    words: list[str] = [*WORDS[:10]] if first else draw.sample(WORDS, 10)
    shown, other = words[:5], words[5:]

    def text(before: Sequence[str]) -> str:
        return " ".join(["The", *before, *shown[:4]])

    return PromptPair("induction", text(shown), text(other), (f" {shown[4]}",), (f" {other[4]}",))


def _greater(draw: random.Random, first: bool, encode: Encode) -> PromptPair | None:
    century, year = (17, 43) if first else (draw.randint(11, 18), draw.randint(12, 88))
    event = EVENTS[0] if first else draw.choice(EVENTS)

    def text(start: int) -> str:
        return f"The {event} lasted from the year {century}{start:02d} to the year {century}"

    clean = text(year)
    later, earlier = _endings(clean, year, encode)
    return PromptPair("greater", clean, text(1), later, earlier) if later and earlier else None


def _endings(prompt: str, year: int, encode: Encode) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What may stand behind the century as one token (one digit or two): of later years only, of earlier ones only."""
    before = list(encode(prompt))
    wide = all(len(encode(f"{prompt}{n:02d}")) == len(before) + 1 for n in (11, 57))
    ends = [f"{n:02d}" for n in range(100)] if wide else [str(n) for n in range(10)]
    at = year if wide else year // 10
    return tuple(each for each in ends if int(each) > at), tuple(each for each in ends if int(each) < at)


def _facts(draw: random.Random, first: bool, _: Encode) -> PromptPair | None:
    relation = "capital" if first else draw.choice(list(facts.RELATIONS))
    objects = facts.OBJECTS[relation]
    subject, other = ("France", "Italy") if first else draw.sample(list(objects), 2)
    if objects[subject] == objects[other]:
        return None
    sentence = facts.RELATIONS[relation]
    return PromptPair(
        "facts", sentence.format(subject), sentence.format(other), (f" {objects[subject]}",), (f" {objects[other]}",)
    )


def _agreement(draw: random.Random, first: bool, _: Encode) -> PromptPair:
    items = minimal_pairs.agreement()
    item = items[0] if first else draw.choice(items)
    one, many = minimal_pairs.NOUNS[item.subject]
    noun = item.prefix.split()[1]
    corrupt = item.prefix.replace(f"The {noun}", f"The {many if noun == one else one}", 1)
    return PromptPair("agreement", item.prefix, corrupt, (item.right,), (item.wrong,))


def _docstring(draw: random.Random, first: bool, _: Encode) -> PromptPair:
    names = list(ARGUMENTS[:6]) if first else draw.sample(ARGUMENTS, 6)
    words = draw.sample(WORDS, 4)

    def text(described: Sequence[str]) -> str:
        lines = [f"    :param {name}: {words[2 * at]} {words[2 * at + 1]}" for at, name in enumerate(described)]
        head = f"def port(self, {', '.join(names[:4])}):"
        return "\n".join([head, '    """sample', "", *lines, "    :param"])

    return PromptPair("docstring", text(names[:2]), text(names[4:]), (f" {names[2]}",), (f" {names[3]}",))


_MAKERS: dict[Task, Callable[[random.Random, bool, Encode], PromptPair | None]] = {
    "ioi": _ioi,
    "ioi_baba": _ioi_baba,
    "induction": _induction,
    "greater": _greater,
    "facts": _facts,
    "agreement": _agreement,
    "docstring": _docstring,
}
