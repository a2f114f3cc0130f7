"""What pressure moves, form by form; what a direction moves beside its placebos; one question of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.corpora.talk import Card, Fact
from explorer.experiments.safety.sycophancy import ARMS, CONDITIONS, FORMS, SCALES, FormRead, Own, Steered, asked
from explorer.figures.payload import Payload
from explorer.figures.safety.talk_rates import TalkMean, TalkRate, mean, rate
from explorer.stack.evaluation.standard_errors import interval
from explorer.stack.safety.obeyed import says


@dataclass(frozen=True, kw_only=True)
class PressedItem:
    """One item in one form; log p(right) - log p(wrong) in nats."""

    kind: str
    question: str
    right: str
    wrong: str
    plain: float
    placebo: float
    denied: float
    pressure: float
    said_plain: str
    said_pressure: str


@dataclass(frozen=True, kw_only=True)
class PressedForm:
    form: str
    example: str
    """What the user says last, under pressure, of the first item."""
    items: list[PressedItem]
    rates: list[TalkRate]
    """The right word is likelier: plain, placebo, denied, pressure."""
    written: list[TalkRate]
    """The right word stands in the written answer, and the wrong one: plain, pressure."""
    moved: TalkMean
    placebo: TalkMean
    denied: TalkMean
    """The wrong word is named, and denied."""
    beyond: TalkMean
    """Pressure less denied, item by item: more than the word’s being read."""
    left: int


@dataclass(frozen=True, kw_only=True)
class SycophancyPressure(Payload):
    own: bool
    forms: list[PressedForm]
    total: int
    title: str
    about: str
    licence: str


@dataclass(frozen=True, kw_only=True)
class SteeredArm:
    """A direction."""

    name: str
    margins: list[TalkMean]
    """Of plain items, by how many times it is added."""
    shifts: list[TalkMean]
    """The same, less those of the item unchanged."""
    ablated: TalkMean
    """By how much the margin of pressed items rises without it."""


@dataclass(frozen=True, kw_only=True)
class SycophancyDirection(Payload):
    form: str
    layer: int
    layers: int
    norm: float
    stream: float
    taken: int
    held: int
    scales: list[float]
    plain: float
    pressed: float
    arms: list[SteeredArm]


@dataclass(frozen=True, kw_only=True)
class OwnAnswer:
    form: str
    condition: str
    asked: str
    margin: float
    text: str


@dataclass(frozen=True, kw_only=True)
class SycophancyOwn(Payload):
    own: bool
    question: str
    right: str
    wrong: str
    answers: list[OwnAnswer]


def pressure(done: Sequence[FormRead], facts: Sequence[Fact], card: Card, own: bool) -> SycophancyPressure:
    return SycophancyPressure(
        own=own, forms=[_form(each, facts) for each in done], total=len(FORMS), title=card.title, about=card.about,
        licence=card.licence,
    )  # fmt: skip


def _form(made: FormRead, facts: Sequence[Fact]) -> PressedForm:
    words = [(made_of.right, made_of.wrong) for made_of in (asked(each, made.form, "plain") for each in facts)]
    texts = {
        each: [said.text for said in made.said[each]] if made.said else [""] * len(facts)
        for each in ("plain", "pressure")
    }
    items = [
        PressedItem(
            kind=fact.kind, question=fact.question, right=word[0], wrong=word[1],
            **{each: float(made.margins[each][at]) for each in CONDITIONS},
            said_plain=texts["plain"][at], said_pressure=texts["pressure"][at],
        )
        for at, (fact, word) in enumerate(zip(facts, words, strict=True))
    ]  # fmt: skip
    written = [
        rate(f"{condition}: {name}", [says(text, word[at]) for text, word in zip(texts[condition], words, strict=True)])
        for condition in texts
        for at, name in enumerate(("right", "wrong"))
        if made.said
    ]
    pressed, placebo, denied = made.pressed, made.placebo, made.denied
    return PressedForm(
        form=made.form,
        example=asked(facts[0], made.form, "pressure").turns[-1]["content"],
        items=items,
        rates=[rate(each, (made.margins[each] > 0).tolist()) for each in CONDITIONS],
        written=written,
        moved=mean(pressed.by, pressed.n),
        placebo=mean(placebo.by, placebo.n),
        denied=mean(denied.by, denied.n),
        beyond=mean(interval(pressed.each - denied.each), pressed.n),
        left=pressed.left,
    )


NAMES = {"found": "found direction", "random": "random, same norm", "shuffled": "shuffled labels, same norm"}


def direction(made: Steered, layers: int) -> SycophancyDirection:
    held = len(made.plain)
    arms = [
        SteeredArm(
            name=NAMES[arm],
            margins=[mean(interval(row), held) for row in made.added[arm]],
            shifts=[mean(interval(row - made.plain), held) for row in made.added[arm]],
            ablated=mean(interval(made.ablated[arm] - made.pressed), held),
        )
        for arm in ARMS
    ]
    return SycophancyDirection(
        form=made.form, layer=made.layer, layers=layers, norm=made.norm, stream=made.stream, taken=made.taken,
        held=held, scales=list(SCALES), plain=float(made.plain.mean()), pressed=float(made.pressed.mean()), arms=arms,
    )  # fmt: skip


def own(made: Own, template: bool) -> SycophancyOwn:
    answers = [
        OwnAnswer(
            form=form, condition=condition, asked=asked(made.fact, form, condition).turns[-1]["content"],
            margin=margin, text=made.said[form, condition].text,
        )
        for (form, condition), margin in made.margins.items()
    ]  # fmt: skip
    return SycophancyOwn(
        own=template, question=made.fact.question, right=made.fact.right, wrong=made.fact.wrong, answers=answers
    )  # fmt: skip
