"""A pipeline's stages as a Sankey draws them: what reaches each, what it takes, by which rule, and whether rightly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.experiments.pretraining.data_pipeline import Piped
from explorer.figures.payload import Payload
from explorer.stack.pretraining.data.pipeline import Count, Passport, Step
from explorer.stack.pretraining.data.stage import PLANTED

#: Documents of a stage that are listed, and characters of each.
LISTED, LONGEST = 60, 100


@dataclass(frozen=True, kw_only=True)
class PipelineRule(Payload):
    """A rule of a stage."""

    rule: str
    threshold: float
    side: str
    removed: int
    """Documents of which it is the first rule that removes them."""
    control: str
    """That moves its threshold; empty where none does."""


@dataclass(frozen=True, kw_only=True)
class PipelineRemoved(Payload):
    """A document that a stage removed, or set aside."""

    id: str
    url: str
    planted: str
    """What it is, by the recipe."""
    begins: str
    rule: str
    """Or why it could not be read."""
    value: float
    threshold: float
    side: str
    """Empty where it was set aside."""
    tokens: int


@dataclass(frozen=True, kw_only=True)
class PipelineStage(Payload):
    """One stage."""

    name: str
    documents: int
    removed: int
    set_aside: int
    changed: int
    tokens: int
    tokens_removed: int
    tokens_cut: int
    meant: tuple[str, ...]
    """What is planted for it; empty where nothing is."""
    acted: int
    right: int
    planted: int
    rules: tuple[PipelineRule, ...]
    listed: tuple[PipelineRemoved, ...]


@dataclass(frozen=True, kw_only=True)
class PipelineLeft(Payload):
    """What is left of one kind of page."""

    planted: str
    pages: int
    kept: int
    most: str
    """The stage that removes most of them; empty where none does."""
    most_removed: int


@dataclass(frozen=True, kw_only=True)
class DataPipelineFlow(Payload):
    """A crawl through all stages."""

    order: str
    documents: int
    kept: int
    tokens: int
    tokens_kept: int
    tokenizer: str
    stages: tuple[PipelineStage, ...]
    left: tuple[PipelineLeft, ...]


def flow(made: Piped, controls: Mapping[str, str]) -> DataPipelineFlow:
    """`controls`: which one moves the threshold of a rule."""
    outcome = made.outcome
    judged = {each.stage: each for each in outcome.judged(made.kinds)}
    stages = []
    for count in outcome.counts:
        found = judged.get(count.stage)
        steps = [(each, step) for each in outcome.passports if (step := reached(each, count.stage))]
        stages.append(
            PipelineStage(
                name=count.stage,
                documents=count.documents,
                removed=count.removed,
                set_aside=count.set_aside,
                changed=count.changed,
                tokens=count.tokens,
                tokens_removed=count.tokens_removed,
                tokens_cut=count.tokens_cut,
                meant=tuple(sorted(PLANTED.get(count.stage, ()))),
                acted=found.acted if found else 0,
                right=found.right if found else 0,
                planted=found.planted if found else 0,
                rules=rules(steps, controls),
                listed=listed(made, count),
            )
        )
    return DataPipelineFlow(
        order=made.order,
        documents=len(outcome.passports),
        kept=len(outcome.kept),
        tokens=outcome.counts[0].tokens,
        tokens_kept=sum(made.tokens(each) for each in outcome.kept),
        tokenizer=made.tokenizer,
        stages=tuple(stages),
        left=left(made),
    )


def left(made: Piped) -> tuple[PipelineLeft, ...]:
    kinds = Counter(made.kinds.values())
    kept = Counter(made.kinds.get(each.id, "") for each in made.outcome.kept)
    gone = {kind: Counter[str]() for kind in kinds}
    for each in made.outcome.passports:
        if each.removed_by and each.id in made.kinds:
            gone[made.kinds[each.id]][each.removed_by] += 1
    most = {kind: counts.most_common(1)[0] if counts else ("", 0) for kind, counts in gone.items()}
    return tuple(
        PipelineLeft(planted=kind, pages=pages, kept=kept[kind], most=most[kind][0], most_removed=most[kind][1])
        for kind, pages in kinds.most_common()
    )


def reached(passport: Passport, stage: str) -> Step | None:
    """The document's step through the stage, where no stage before has removed it."""
    for step in passport.steps:
        if step.stage == stage:
            return step
        if step.removed:
            return None
    return None


def rules(steps: Sequence[tuple[Passport, Step]], controls: Mapping[str, str]) -> tuple[PipelineRule, ...]:
    """All rules that some document has met, in the stage's order."""
    first = Counter(step.removed.rule for _, step in steps if step.removed)
    met = {verdict.rule: verdict for _, step in steps for verdict in step.reading.verdicts}
    return tuple(
        PipelineRule(
            rule=rule,
            threshold=float(verdict.threshold),
            side=verdict.side,
            removed=first[rule],
            control=controls.get(rule, ""),
        )
        for rule, verdict in met.items()
    )


def listed(made: Piped, count: Count) -> tuple[PipelineRemoved, ...]:
    """The first documents that the stage removed or set aside."""
    found = []
    for passport in made.outcome.passports:
        aside = passport.set_aside.partition(": ")
        if len(found) == LISTED or count.stage not in (passport.removed_by, aside[0]):
            continue
        step = reached(passport, count.stage)
        verdict = step.removed if step else None
        before = step.before if step else passport.last
        found.append(
            PipelineRemoved(
                id=passport.id,
                url=passport.document.url,
                planted=made.kinds.get(passport.id, ""),
                begins=" ".join((before.text or made.served.get(passport.id, "")).split())[:LONGEST],
                rule=verdict.rule if verdict else aside[2],
                value=float(verdict.value) if verdict else 0.0,
                threshold=float(verdict.threshold) if verdict else 0.0,
                side=verdict.side if verdict else "",
                tokens=made.tokens(before),
            )
        )
    return tuple(found)
