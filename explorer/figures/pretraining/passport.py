"""A document's passport: every rule with its margin, and the text with what each stage cut out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.pretraining.data_pipeline import Followed
from explorer.experiments.pretraining.passport import Page
from explorer.figures.payload import Payload
from explorer.stack.pretraining.data.pipeline import Passport, Step
from explorer.stack.pretraining.data.stage import Cut

#: Documents that are offered for each stage.
OFFERED, LONGEST = 3, 60


@dataclass(frozen=True, kw_only=True)
class PassportRule(Payload):
    """One rule on the document."""

    rule: str
    value: float
    threshold: float
    side: str
    margin: float
    kept: bool


@dataclass(frozen=True, kw_only=True)
class PassportStage(Payload):
    """One stage."""

    name: str
    read: bool
    """Whether it judged the document: what compares all documents sees none that was removed before."""
    late: bool
    """Whether the document was removed by a stage before it."""
    removes: bool
    tokens_before: int
    tokens_after: int
    origin: str
    """The document that it copies; empty where it copies none."""
    rules: tuple[PassportRule, ...]


@dataclass(frozen=True, kw_only=True)
class PassportOffered(Payload):
    """A document that can be opened."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PassportRules(Payload):
    """The document's way through all stages."""

    id: str
    url: str
    planted: str
    """What it is, by the recipe; empty for a person's own."""
    begins: str
    removed_by: str
    set_aside: str
    documents: int
    stages: tuple[PassportStage, ...]
    offered: tuple[PassportOffered, ...]


@dataclass(frozen=True, kw_only=True)
class PassportPiece(Payload):
    """A run of text."""

    text: str
    by: str
    """The rule that cuts it; empty where it stays."""
    put: str
    """What stands in its place."""


@dataclass(frozen=True, kw_only=True)
class PassportBlock(Payload):
    """A block of the page."""

    path: str
    pieces: tuple[PassportPiece, ...]


@dataclass(frozen=True, kw_only=True)
class PassportText(Payload):
    """The text as it came to a stage that changed it."""

    stage: str
    pieces: tuple[PassportPiece, ...]


@dataclass(frozen=True, kw_only=True)
class PassportCuts(Payload):
    """What the document loses on its way."""

    id: str
    html: str
    """The page as it was served; empty where it is a text."""
    blocks: tuple[PassportBlock, ...]
    kept: int
    """Words of the page."""
    cut: int
    texts: tuple[PassportText, ...]
    text: str
    """As it left the last stage."""
    ended: str
    """How its way ended: kept, or by which stage."""


def rules(made: Followed) -> PassportRules:
    passport, piped = made.passport, made.piped
    steps = {step.stage: step for step in passport.steps}
    stages, late = [], False
    for stage in piped.stages:
        step = steps.get(stage.name)
        before, after = (step.before, step.after) if step else (passport.last, passport.last)
        stages.append(
            PassportStage(
                name=stage.name,
                read=step is not None,
                late=late,
                removes=bool(step and step.removed) and not late,
                tokens_before=piped.tokens(before),
                tokens_after=piped.tokens(after),
                origin=step.reading.origin if step else "",
                rules=ruled(step),
            )
        )
        late = late or bool(step and step.removed)
    return PassportRules(
        id=passport.id,
        url=passport.document.url,
        planted=piped.kinds.get(passport.id, ""),
        begins=begins(passport, made),
        removed_by=passport.removed_by,
        set_aside=passport.set_aside,
        documents=len(piped.outcome.passports),
        stages=tuple(stages),
        offered=offered(made),
    )


def ruled(step: Step | None) -> tuple[PassportRule, ...]:
    return tuple(
        PassportRule(
            rule=each.rule,
            value=float(each.value),
            threshold=float(each.threshold),
            side=each.side,
            margin=float(each.margin),
            kept=each.kept,
        )
        for each in (step.reading.verdicts if step else ())
    )


def begins(passport: Passport, made: Followed) -> str:
    """The first words of the text that was extracted, or of the page."""
    texts = [step.after.text for step in passport.steps if step.after.text]
    return " ".join((texts or [made.piped.served.get(passport.id, "")])[0].split())[:LONGEST]


def offered(made: Followed) -> tuple[PassportOffered, ...]:
    """For each stage some documents that it removes, then some that are kept."""
    found = []
    passports = made.piped.outcome.passports
    for stage in (*(each.name for each in made.piped.stages), ""):
        some = [each for each in passports if each.removed_by == stage and not each.set_aside][:OFFERED]
        kind = f"removed by {stage}" if stage else "kept"
        found += [PassportOffered(id=each.id, name=f"{kind}: page {each.id}") for each in some]
    return tuple(found)


def cuts(made: Followed, page: Page | None) -> PassportCuts:
    passport = made.passport
    changed = [(step.stage, step.before.text, step.reading.cuts) for step in passport.steps if step.reading.cuts]
    return PassportCuts(
        id=passport.id,
        html=page.html if page else "",
        blocks=tuple(
            PassportBlock(path=block.path, pieces=by_words(block.words, block.kept))
            for block in (page.opened.blocks if page else ())
        ),
        kept=page.opened.kept if page else 0,
        cut=page.opened.cut if page else 0,
        texts=tuple(PassportText(stage=stage, pieces=pieces(text, cut)) for stage, text, cut in changed),
        text=passport.last.text,
        ended=passport.set_aside or (f"removed by {passport.removed_by}" if passport.removed_by else "kept"),
    )


def by_words(words: Sequence[str], kept: Sequence[bool]) -> tuple[PassportPiece, ...]:
    """Runs of words that stay, and of words that do not."""
    runs: list[tuple[bool, list[str]]] = []
    for word, keep in zip(words, kept, strict=True):
        if not runs or runs[-1][0] != keep:
            runs.append((keep, []))
        runs[-1][1].append(word)
    return tuple(PassportPiece(text=" ".join(run), by="" if keep else "extraction", put="") for keep, run in runs)


def pieces(text: str, cut: Sequence[Cut]) -> tuple[PassportPiece, ...]:
    """The text in order, apart where something is cut."""
    found, at = [], 0
    for each in sorted(cut, key=lambda one: one.start):
        if each.start > at:
            found.append(PassportPiece(text=text[at : each.start], by="", put=""))
        found.append(PassportPiece(text=text[each.start : each.stop], by=each.by, put=each.put))
        at = max(at, each.stop)
    if at < len(text):
        found.append(PassportPiece(text=text[at:], by="", put=""))
    return tuple(found)
