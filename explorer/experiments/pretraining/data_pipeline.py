"""A crawl of the recipe through the pipeline, and one of its documents alone.

What stages have read of a crawl is kept for the next run on it: another threshold asks few of them again. `reread` asks
some of them anew, and says how many differ.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from explorer.corpora import crawl
from explorer.experiments.pretraining.corpus_run.tools import tools
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.shelf_course import tokenizer_of
from explorer.stack.pretraining.data.extraction import is_page
from explorer.stack.pretraining.data.pipeline import (
    Memory,
    Outcome,
    Passport,
    Thresholds,
    raw,
    run,
    through_stage,
    with_thresholds,
)
from explorer.stack.pretraining.data.stage import ORDERS, Document, Each, Order, Settings, Stage
from explorer.stack.pretraining.data.stages import stages

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Answer = TypeVar("Answer")
#: The tokenizer that counts tokens: of a model that lies beside its card.
TOKENIZER = "six-kinds-dense"
#: Crawls whose readings are kept, steps that are read anew, and seconds between two words of progress.
CRAWLS, AGAIN, NEWS = 2, 60, 0.2


@dataclass(frozen=True, eq=False)
class Crawl:
    """The pages of a recipe as documents, with what stages have read of them."""

    pages: tuple[crawl.Page, ...]
    documents: tuple[Document, ...]
    memory: Memory = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    """Tokens by text."""

    @property
    def kinds(self) -> dict[str, str]:
        """What each page is, by its document's id."""
        return {document.id: page.kind for document, page in zip(self.documents, self.pages, strict=False)}


@dataclass(frozen=True, eq=False)
class Piped:
    """A crawl that has passed the stages."""

    order: Order
    stages: tuple[Stage, ...]
    outcome: Outcome
    thresholds: Thresholds
    kinds: Mapping[str, str]
    served: Mapping[str, str]
    """What a reader sees of each page."""
    tokens: Callable[[Document], int]
    tokenizer: str
    asked: int = 0
    """Readings that were asked anew."""
    differing: int = 0
    """Those that differ from what was kept."""


@dataclass(frozen=True, eq=False)
class Followed:
    """One document through all stages: those of single documents read it on after it was removed."""

    piped: Piped
    passport: Passport


@lru_cache(maxsize=CRAWLS)
def crawled(documents: int, seed: int) -> Crawl:
    pages = crawl.pages(documents, seed)
    made = (Document(id=str(at), url=page.url, html=page.html.encode()) for at, page in enumerate(pages))
    return Crawl(tuple(pages), tuple(made))


def piped(
    documents: int,
    seed: int,
    settings: Settings,
    tell: Ticks = unheard,
    own: str = "",
    again: int = AGAIN,
) -> Iterator[Piped]:
    """All documents through all stages, once the last stage has read them. `own` is one more document, the last one."""
    found = crawled(documents, seed)
    made = stages(settings, tools(ORDERS[settings.order]))
    all_documents = (*found.documents, *([document_of(own, str(documents))] if own.strip() else []))
    tokens = counter(found.counts)
    heard = [listened(stage, at, len(made), len(all_documents), tell) for at, stage in enumerate(made)]
    outcome = run(all_documents, heard, settings.thresholds, tokens=tokens, memory=found.memory)
    asked, differing = reread(outcome, made, settings.thresholds, again, seed)
    yield Piped(
        order=settings.order,
        stages=made,
        outcome=outcome,
        thresholds=settings.thresholds,
        kinds=found.kinds,
        served={document.id: page.served for document, page in zip(found.documents, found.pages, strict=True)},
        tokens=tokens,
        tokenizer=TOKENIZER,
        asked=asked,
        differing=differing,
    )


def followed(made: Piped, chosen: str) -> Followed:
    """The document of that id, or one that is instructive where there is none."""
    passports = {each.id: each for each in made.outcome.passports}
    passport = passports.get(chosen) or instructive(made)
    done = {step.stage for step in passport.steps}
    for stage in made.stages:
        if isinstance(stage, Each) and stage.name not in done and not passport.set_aside:
            passport = through_stage(stage, [passport], made.thresholds, True, {})[0]
    return Followed(made, passport)


def instructive(made: Piped) -> Passport:
    """Real prose that a rule removes by the narrowest margin, a part of its threshold; else the first document."""

    def margin(passport: Passport) -> float:
        verdict = passport.steps[-1].removed
        return abs(float(verdict.margin)) / (abs(verdict.threshold) or 1) if verdict else 1e9

    removed = [
        each
        for each in made.outcome.passports
        if each.removed_by and "duplicates" not in each.removed_by and made.kinds.get(each.id) == "prose"
    ]
    return min(removed, key=margin, default=made.outcome.passports[0])


def document_of(text: str, name: str) -> Document:
    """What somebody has pasted: a page where it is HTML, else a text."""
    written = text.encode("utf-8", "replace")  # half of a pair of surrogates has no bytes
    return Document(id=name, html=written) if is_page(text) else Document(id=name, text=written.decode())


def reread(outcome: Outcome, made: tuple[Stage, ...], thresholds: Thresholds, again: int, seed: int) -> tuple[int, int]:
    """Steps whose document is read anew by the stage itself, without memory, and how many come out otherwise."""
    read = {stage.name: stage.read for stage in made if isinstance(stage, Each)}
    steps = [step for each in outcome.passports for step in each.steps if step.stage in read]
    some = random.Random(seed).sample(steps, min(again, len(steps)))  # noqa: S311 - steps, not secrets
    differing = sum(with_thresholds(read[step.stage](step.before), thresholds) != step.reading for step in some)
    return len(some), differing


def listened(stage: Stage, at: int, stages: int, documents: int, tell: Ticks) -> Stage:
    """The stage, which says how far all stages are while it reads."""
    done, last = 0, monotonic()

    def counted(act: Callable[[Document], Answer]) -> Callable[[Document], Answer]:
        def read(document: Document) -> Answer:
            nonlocal done, last
            done += 1
            if monotonic() - last > NEWS:
                last = monotonic()
                tell(at * documents + min(done, documents), stages * documents)
            return act(document)

        return read

    if isinstance(stage, Each):
        return replace(stage, read=counted(stage.read))
    return replace(stage, sketch=counted(stage.sketch))


def counter(counts: dict[str, int]) -> Callable[[Document], int]:
    """Tokens of a document, each text counted once."""
    tokenizer = _tokenizer()

    def tokens(document: Document) -> int:
        text = raw(document)
        if text not in counts:
            counts[text] = len(tokenizer.encode(text).ids)
        return counts[text]

    return tokens


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    return tokenizer_of(TOKENIZER)


def again(made: Followed) -> tuple[int, int]:
    """Stages of single documents, asked anew for this one, and how many say something else."""
    read = {stage.name: stage.read for stage in made.piped.stages if isinstance(stage, Each)}
    steps = [step for step in made.passport.steps if step.stage in read]
    fresh = (with_thresholds(read[step.stage](step.before), made.piped.thresholds) for step in steps)
    return len(steps), sum(found != step.reading for found, step in zip(fresh, steps, strict=True))
