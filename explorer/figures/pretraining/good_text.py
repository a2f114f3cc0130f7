"""Is it good text: the judges' verdicts with their margins, and a text word by word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from explorer.experiments.pretraining.good_text import Judge, Judged, Surprise, perplexity
from explorer.figures.payload import Payload
from explorer.stack.pretraining.data.kneser_ney import EOS, Step
from explorer.stack.pretraining.data.quality_classifier import Reading
from explorer.stack.pretraining.data.verdict import Verdict

#: Byte n-grams and features that are listed.
SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class GoodTextRule:
    """One rule on the text."""

    rule: str
    value: float
    threshold: float
    side: str
    """On which side of the threshold it is kept: at least, at most."""
    margin: float
    """Negative where the rule removes the text."""
    kept: bool


@dataclass(frozen=True, kw_only=True)
class GoodTextJudge:
    """A set of rules, which stops at the first that removes the text."""

    name: str
    kept: bool
    removed_by: str
    rules: tuple[GoodTextRule, ...]


@dataclass(frozen=True, kw_only=True)
class GoodTextPart:
    """What a feature of the text adds to a score."""

    text: str
    count: int
    toward: float


@dataclass(frozen=True, kw_only=True)
class GoodTextPersonal:
    """A piece of the text that is replaced."""

    kind: str
    text: str
    by: str


@dataclass(frozen=True, kw_only=True)
class GoodTextLine:
    """A line as C4 reads it."""

    text: str
    cut_by: str


@dataclass(frozen=True, kw_only=True)
class GoodTextJudges(Payload):
    text: str
    example: str
    judges: tuple[GoodTextJudge, ...]
    lines: tuple[GoodTextLine, ...]
    personal: tuple[GoodTextPersonal, ...]
    language: str
    probability: float
    runner_up: str
    lead: float
    """Of the language's score before the runner-up's."""
    prior: float
    grams: tuple[GoodTextPart, ...]
    """Those that say most."""


@dataclass(frozen=True, kw_only=True)
class GoodTextLeft:
    """A step from a longer context to a shorter one."""

    context: str
    weight: float


@dataclass(frozen=True, kw_only=True)
class GoodTextWord:
    """A word of the text, or the end of a sentence."""

    word: str
    end: bool
    known: bool
    p: float
    matched: int
    """Words of the longest n-gram that ends here and that the model knows."""
    found: str
    """That n-gram."""
    own: float
    """Its last word's probability after the others."""
    left: tuple[GoodTextLeft, ...]
    toward: float | None
    """What the word adds to the classifier's log odds each time; None of an end."""


@dataclass(frozen=True, kw_only=True)
class GoodTextWords(Payload):
    order: int
    trained_on: int
    """Words that the model was counted on."""
    vocabulary: int
    words: tuple[GoodTextWord, ...]
    perplexity: float
    """NaN of a text without words."""
    usual: Float[ndarray, " piece"]
    """Perplexities of held-out pieces of documentation, least first."""
    below: float
    """The share of these that are less perplexing."""
    orders: tuple[int, ...]
    """How many words matched 1, 2, ... words."""
    good: float
    """The classifier's probability of a good text."""
    log_odds: float
    read: int
    """Texts that it was trained on."""


def judges(text: str, example: str, made: Judged) -> GoodTextJudges:
    opened = made.opened
    return GoodTextJudges(
        text=text,
        example=example,
        judges=tuple(_judge(each) for each in made.judges),
        lines=tuple(GoodTextLine(text=line.text, cut_by=line.cut_by) for line in made.lines),
        personal=tuple(
            GoodTextPersonal(kind=each.kind, text=text[each.start : each.stop], by=each.by) for each in made.personal
        ),
        language=made.language.language,
        probability=made.language.probability,
        runner_up=opened.runner_up,
        lead=opened.lead,
        prior=opened.prior,
        grams=tuple(
            GoodTextPart(text=each.gram, count=each.count, toward=each.toward) for each in opened.grams[:SHOWN]
        ),
    )


def _judge(each: Judge) -> GoodTextJudge:
    first = each.removed_by
    rules = tuple(map(rule_of, each.verdicts))
    return GoodTextJudge(name=each.name, kept=first is None, removed_by=first.rule if first else "", rules=rules)


def rule_of(each: Verdict) -> GoodTextRule:
    return GoodTextRule(
        rule=each.rule,
        value=float(each.value),
        threshold=float(each.threshold),
        side=each.side,
        margin=float(each.margin),
        kept=each.kept,
    )


def words(made: Surprise, read: Reading, trained_on: int) -> GoodTextWords:
    model, usual = made.counted.model, made.counted.usual
    toward = {each.text: each.toward for each in read.features}
    steps = [step for sentence in made.read for step in sentence]
    found = perplexity(made.read)
    return GoodTextWords(
        order=model.order,
        trained_on=made.counted.words,
        vocabulary=sum(len(gram) == 1 for gram in model.probability),
        words=tuple(_word(step, model.probability[step.context], toward) for step in steps),
        perplexity=found,
        usual=usual,
        below=0.0 if math.isnan(found) else float(np.mean(usual < found)),
        orders=_orders(steps, model.order),
        good=read.good,
        log_odds=read.log_odds,
        read=trained_on,
    )


def _orders(steps: Sequence[Step], order: int) -> tuple[int, ...]:
    return tuple(sum(step.matched == n for step in steps) for n in range(1, order + 1))


def _word(step: Step, own: float, toward: dict[str, float]) -> GoodTextWord:
    left = zip(step.left, step.backoff, strict=True)
    return GoodTextWord(
        word=step.word,
        end=step.word == EOS,
        known=step.known,
        p=10**step.log10,
        matched=step.matched,
        found=" ".join(step.context),
        own=own,
        left=tuple(GoodTextLeft(context=" ".join(context), weight=weight) for context, weight in left),
        toward=None if step.word == EOS else toward.get(step.word),
    )
