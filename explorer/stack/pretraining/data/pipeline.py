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

>>> def characters(document):
...     return Reading(verdicts=(Verdict("characters", len(document.text), 5, "at least"),))
>>> short = Each("short", characters)
>>> first = Whole("copies", lambda document: document.text.encode(), by_first("copies"))
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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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
    documents: int
    removed: int
    set_aside: int
    changed: int
    """Documents that go on with another text."""
    tokens: int
    tokens_removed: int
    """Of removed documents and of those set aside."""
    tokens_cut: int
    """By which the documents that go on are shorter."""


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
    tokens: Callable[[Document], int] = lambda document: len(raw(document).split()),
    memory: Memory | None = None,
) -> Outcome:
    """All documents through all stages.

    `through` lets stages of single documents read those that are removed as well: then a passport says what each rule
    would have said. `memory` keeps what stages have read: a second run with other thresholds computes little anew.
    """
    memory = {} if memory is None else memory
    passports = [Passport(document) for document in documents]
    counts = []
    for stage in stages:
        coming = [each for each in passports if each.kept]
        made = through_stage(stage, passports, thresholds or {}, through, memory)
        counts.append(counted(stage.name, coming, {each.id: each for each in made}, tokens))
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
        ids = [each.id for each, reads in zip(passports, wanted, strict=True) if reads]
        sketched = [(name, made) for name, made in zip(ids, found, strict=True) if isinstance(made, bytes)]
        compared = iter(stage.compare([name for name, _ in sketched], [made for _, made in sketched]))
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
    if isinstance(reading, str):
        return replace(passport, set_aside=passport.set_aside or f"{stage}: {reading}")
    assert isinstance(reading, Reading)
    return passport.advanced(stage, with_thresholds(reading, thresholds))


def with_thresholds(reading: Reading, thresholds: Thresholds) -> Reading:
    """The reading with other thresholds; values stay."""
    if not any(each.rule in thresholds for each in reading.verdicts):
        return reading
    verdicts = tuple(replace(each, threshold=thresholds.get(each.rule, each.threshold)) for each in reading.verdicts)
    return replace(reading, verdicts=verdicts)


def counted(
    stage: str, coming: Sequence[Passport], after: Mapping[str, Passport], tokens: Callable[[Document], int]
) -> Count:
    removed = aside = changed = total = gone = cut = 0
    for passport in coming:
        now = after[passport.id]
        size = tokens(passport.last)
        total += size
        if not now.kept:
            removed, aside, gone = removed + bool(now.removed_by), aside + bool(now.set_aside), gone + size
        elif raw(now.last) != raw(passport.last):
            changed, cut = changed + 1, cut + size - tokens(now.last)
    return Count(stage, len(coming), removed, aside, changed, total, gone, cut)


def raw(document: Document) -> str:
    """The text; before extraction the page with its marks."""
    return document.text if document.html is None else document.html.decode("utf-8", "replace")


def by_first(rule: str) -> Callable[[Sequence[str], Sequence[bytes]], Iterator[Reading]]:
    """Of equal sketches the first document stays; an empty sketch equals nothing."""

    def compare(ids: Sequence[str], sketches: Sequence[bytes]) -> Iterator[Reading]:
        first: dict[bytes, str] = {}
        for name, sketch in zip(ids, sketches, strict=True):
            origin = first.setdefault(sketch, name) if sketch else name
            copy = origin != name
            yield Reading(verdicts=(Verdict(rule, int(copy), 0, "at most"),), origin=origin if copy else "")

    return compare
