r"""A pipeline: documents through stages, with every verdict kept.

A stage is a name and a pure function, of two kinds:

    Each     reads one document at a time: its verdicts, and the text as it leaves
    Whole    compares all documents that are left: a small `sketch` of each is taken one at a time (a hash, a
             signature), and `compare` sees sketches alone, so that memory holds sketches and no documents

`run` keeps a `Passport` of each document: what each stage said, the text before and after, and which stage removed it.
Thresholds may be set by the name of a rule, without a stage reading anew. A document that a stage cannot read is set
aside with the reason; the run goes on.

The reference removes duplicates first and then filters; FineWeb filters first (Penedo et al. 2024, arXiv 2406.17557).
`ORDERS` has both.

>>> from explorer.stack.pretraining.data import copies
>>> def characters(document):
...     return Reading(verdicts=(Verdict("characters", len(document.text), 5, "at least"),))
>>> short = Each("short", characters)
>>> first = Whole("copies", lambda document: document.text.encode(), copies.by_first("copies"))
>>> given = [Document(id=name, text=text) for name, text in (("a", "one two"), ("b", "one"), ("c", "one two"))]
>>> made = run(given, (short, first))
>>> [(passport.id, passport.removed_by) for passport in made.passports]
[('a', ''), ('b', 'short'), ('c', 'copies')]
>>> made.passports[2].steps[1].reading.origin
'a'
>>> [(count.stage, count.documents, count.removed, count.tokens) for count in made.counts]
[('short', 3, 1, 5), ('copies', 2, 1, 4)]
>>> run(given, (short, first), thresholds={"characters": 3}).kept[1].text  # only the threshold is another
'one'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import lru_cache

from explorer.stack.pretraining.data.stage import ORDERS as ORDERS
from explorer.stack.pretraining.data.stage import PLANTED, Document, Each, Reading, SetAside, Stage, Whole
from explorer.stack.pretraining.data.stage import Cut as Cut
from explorer.stack.pretraining.data.stage import Settings as Settings
from explorer.stack.pretraining.data.verdict import Verdict, removed_by


@dataclass(frozen=True)
class Step:
    """One stage on one document."""

    stage: str
    before: Document
    after: Document
    reading: Reading
    """With the thresholds that were set."""

    @property
    def removed(self) -> Verdict | None:
        return removed_by(self.reading.verdicts)


@dataclass(frozen=True)
class Passport:
    """A document's way."""

    document: Document
    """As it was given."""
    steps: tuple[Step, ...] = ()
    removed_by: str = ""
    """The stage; empty where it is kept or set aside."""
    set_aside: str = ""
    """Why it could not be read, with the stage's name before it."""

    @property
    def id(self) -> str:
        return self.document.id

    @property
    def kept(self) -> bool:
        return not (self.removed_by or self.set_aside)

    @property
    def last(self) -> Document:
        """As it left the last stage that read it."""
        return self.steps[-1].after if self.steps else self.document

    def advanced(self, stage: str, reading: Reading) -> Passport:
        """With one more step. A document that was removed before stays removed by that stage."""
        before = self.last
        # HTML goes where text comes from it
        after = before if reading.text is None else replace(before, text=reading.text, html=None)
        step = Step(stage, before, after, reading)
        ended = self.removed_by or (stage if step.removed else "")
        return replace(self, steps=(*self.steps, step), removed_by=ended)


@dataclass(frozen=True)
class Count:
    """What came to a stage, and what it took."""

    stage: str
    documents: int = 0
    removed: int = 0
    set_aside: int = 0
    changed: int = 0
    """Documents that go on with another text."""
    tokens: int = 0
    tokens_removed: int = 0
    """Of removed documents and of those set aside."""
    tokens_cut: int = 0
    """By which the documents that go on are shorter."""

    def __add__(self, other: Count) -> Count:
        numbers = zip(astuple(self)[1:], astuple(other)[1:], strict=True)
        return Count(self.stage, *(a + b for a, b in numbers))

    @classmethod
    def of(cls, stage: str, before: Passport, after: Passport, tokens: Callable[[Document], int]) -> Count:
        """One document that came to a stage."""
        size = tokens(before.last)
        if not after.kept:
            return cls(stage, 1, bool(after.removed_by), bool(after.set_aside), 0, size, size)
        changed = before.last is not after.last
        return cls(stage, 1, 0, 0, changed, size, 0, size - tokens(after.last) if changed else 0)


@dataclass(frozen=True)
class Judged:
    """A stage against the planted truth."""

    stage: str
    acted: int
    """Documents that it removed or, where that is its work, changed."""
    right: int
    """Of those, planted for it."""
    planted: int
    """Documents planted for it that reached it."""

    @property
    def precision(self) -> float | None:
        return self.right / self.acted if self.acted else None

    @property
    def recall(self) -> float | None:
        return self.right / self.planted if self.planted else None


@dataclass(frozen=True)
class Outcome:
    """What became of all documents."""

    stages: tuple[str, ...]
    passports: tuple[Passport, ...]
    counts: tuple[Count, ...]

    @property
    def kept(self) -> list[Document]:
        return [each.last for each in self.passports if each.kept]

    def judged(self, kinds: Mapping[str, str]) -> list[Judged]:
        """Each stage that something is planted for; `kinds` says by id what was planted."""
        return [judged(stage, self.passports, kinds) for stage in self.stages if stage in PLANTED]


def judged(stage: str, passports: Iterable[Passport], kinds: Mapping[str, str]) -> Judged:
    acted = right = planted = 0
    for passport in passports:
        at = next((at for at, step in enumerate(passport.steps) if step.stage == stage), None)
        if at is None or any(step.removed for step in passport.steps[:at]):
            continue
        step = passport.steps[at]
        meant = kinds.get(passport.id) in PLANTED[stage]
        acts = step.before.text != step.after.text if stage == "pii" else step.removed is not None
        acted, planted, right = acted + acts, planted + meant, right + (acts and meant)
    return Judged(stage, acted, right, planted)


#: By the name of a rule.
Thresholds = Mapping[str, float | int]
#: Readings that were made before, by stage, its key and document.
Memory = dict[tuple[str, object, Document], Reading | bytes | str]


def run(
    documents: Iterable[Document],
    stages: Sequence[Stage],
    thresholds: Thresholds | None = None,
    through: bool = False,
    tokens: Callable[[Document], int] | None = None,
    memory: Memory | None = None,
) -> Outcome:
    """All documents through all stages.

    `through` lets stages of single documents read those that are removed as well: then a passport says what each rule
    would have said. `tokens` counts a document's; without it, words between spaces. `memory` keeps what stages have
    read: a second run with other thresholds computes little anew.
    """
    memory, tokens = {} if memory is None else memory, tokens or word_count
    passports = [Passport(document) for document in documents]
    counts = []
    for stage in stages:
        made = through_stage(stage, passports, thresholds or {}, through, memory)
        both = zip(passports, made, strict=True)
        coming = (Count.of(stage.name, before, after, tokens) for before, after in both if before.kept)
        counts.append(sum(coming, Count(stage.name)))
        passports = made
    return Outcome(tuple(stage.name for stage in stages), tuple(passports), tuple(counts))


def through_stage(
    stage: Stage, passports: Sequence[Passport], thresholds: Thresholds, through: bool, memory: Memory
) -> list[Passport]:
    """All passports one stage further, in their order."""
    wanted = [each.kept or (through and isinstance(stage, Each) and not each.set_aside) for each in passports]
    act = stage.read if isinstance(stage, Each) else stage.sketch
    found: list[Reading | bytes | str] = []
    for passport, reads in zip(passports, wanted, strict=True):
        if reads:
            key = (stage.name, stage.key, passport.last)
            if key not in memory:
                memory[key] = attempted(act, passport.last)
            found.append(memory[key])
    if isinstance(stage, Whole):
        ids = (each.id for each, reads in zip(passports, wanted, strict=True) if reads)
        compared = stage.compare((name, made) for name, made in zip(ids, found, strict=True) if isinstance(made, bytes))
        found = [next(compared) if isinstance(made, bytes) else made for made in found]
    given = iter(found)
    return [
        moved(stage.name, each, next(given), thresholds) if reads else each
        for each, reads in zip(passports, wanted, strict=True)
    ]


def attempted(act: Callable[[Document], Reading | bytes], document: Document) -> Reading | bytes | str:
    """What the act says of it, or why it cannot."""
    try:
        return act(document)
    except SetAside as refused:
        return refused.reason
    except Exception as error:  # a page may break any parser: it alone is set aside
        return f"{type(error).__name__}: {str(error)[:200]}"


def moved(stage: str, passport: Passport, reading: Reading | bytes | str, thresholds: Thresholds) -> Passport:
    if isinstance(reading, str):  # one that is removed already is counted once
        return passport if passport.removed_by else replace(passport, set_aside=f"{stage}: {reading}")
    assert isinstance(reading, Reading)
    return passport.advanced(stage, with_thresholds(reading, thresholds))


def with_thresholds(reading: Reading, thresholds: Thresholds) -> Reading:
    """The reading with other thresholds; values stay."""
    if not any(each.rule in thresholds for each in reading.verdicts):
        return reading
    verdicts = tuple(replace(each, threshold=thresholds.get(each.rule, each.threshold)) for each in reading.verdicts)
    return replace(reading, verdicts=verdicts)


@lru_cache(maxsize=256)
def word_count(document: Document) -> int:
    return len(raw(document).split())


def raw(document: Document) -> str:
    """The text; before extraction the page with its marks."""
    return document.text if document.html is None else document.html.decode("utf-8", "replace")
