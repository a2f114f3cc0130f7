"""A system prompt's effect: token by token, over turns, against a user, against a passage, and what leaks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.safety.orders import Clash, Injected, Leaks, lean_of
from explorer.experiments.safety.system_prompt import Effect, Turns
from explorer.figures.payload import Payload
from explorer.figures.safety.talk_rates import TalkMean, TalkRate, mean, rate
from explorer.stack.evaluation.standard_errors import interval


@dataclass(frozen=True, kw_only=True)
class SystemWithout:
    """One conversation without the prompt, or with it elsewhere."""

    name: str
    about: str
    text: str
    """What the model says itself there."""
    kl: Float[Tensor, " token"] | None
    """Of the answer under the prompt, in nats; None while it is not measured."""
    gain: Float[Tensor, " token"] | None
    total: float | None


@dataclass(frozen=True, kw_only=True)
class SystemEffect(Payload):
    """What a system prompt changes."""

    own: bool
    """Whether the template is the model's own."""
    read: str
    tokens: int
    ids: list[int]
    logp: list[float]
    text: str
    without: list[SystemWithout]


@dataclass(frozen=True, kw_only=True)
class SystemTurn:
    """One turn."""

    message: str
    text: str
    before: int
    sink: float
    share: list[float]
    """System prompt, this message, the turns between."""
    lift: list[float]
    kl: float
    gain: float


@dataclass(frozen=True, kw_only=True)
class SystemTurns(Payload):
    own: bool
    total: int
    turns: list[SystemTurn]


@dataclass(frozen=True, kw_only=True)
class SystemConflict:
    order: str
    one: str
    other: str
    question: str
    texts: list[str]
    """System says one, user the other; exchanged; the system alone; the user alone."""
    verdicts: list[str]
    """Of the first two: one is the system’s."""
    lean: float


@dataclass(frozen=True, kw_only=True)
class SystemConflicts(Payload):
    """Whose order is followed."""

    own: bool
    total: int
    items: list[SystemConflict]
    rates: list[TalkRate]
    lean: TalkMean


@dataclass(frozen=True, kw_only=True)
class SystemPassage:
    passage: str
    question: str
    order: str
    word: str
    texts: list[str]
    followed: list[bool]
    yours: bool


@dataclass(frozen=True, kw_only=True)
class SystemInjected(Payload):
    """Orders in passages."""

    own: bool
    total: int
    items: list[SystemPassage]
    rates: list[TalkRate]
    guard: str


@dataclass(frozen=True, kw_only=True)
class SystemLeak:
    asks: str
    twin: str
    texts: list[str]
    runs: list[int]
    shared: list[str]
    """The words of the runs."""


@dataclass(frozen=True, kw_only=True)
class SystemLeaks(Payload):
    """How much of the prompt is repeated."""

    own: bool
    total: int
    tokens: int
    items: list[SystemLeak]
    longest_twin: int
    rates: list[TalkRate]


def effect(made: Effect, own: bool) -> SystemEffect:
    found = [*made.shifts, *[None] * (len(made.others) - len(made.shifts))]
    without = [
        SystemWithout(
            name=each.name,
            about=each.about,
            text=said.text,
            kl=None if shift is None else shift.kl,
            gain=None if shift is None else shift.gain,
            total=None if shift is None else shift.total,
        )
        for each, said, shift in zip(made.others, made.said, found, strict=True)
    ]
    return SystemEffect(
        own=own, read=made.read.text, tokens=made.tokens, ids=list(made.answer.ids), logp=list(made.answer.logp),
        text=made.answer.text, without=without,
    )  # fmt: skip


def turns(made: Turns, own: bool) -> SystemTurns:
    read = [
        SystemTurn(
            message=each.message, text=each.answer.text, before=each.before, sink=each.sink, share=list(each.share),
            lift=list(each.lift), kl=each.kl, gain=each.gain,
        )
        for each in made.read
    ]  # fmt: skip
    return SystemTurns(own=own, total=made.total, turns=read)


def conflicts(done: Sequence[Clash], total: int, own: bool) -> SystemConflicts:
    verdicts = [verdict for each in done for verdict in each.verdicts]
    names = {"one": "the system’s", "other": "the user’s", "both": "both", "neither": "neither"}
    rates = [rate(f"contradicting: {name}", [each == key for each in verdicts]) for key, name in names.items()]
    alone = [rate(f"{name} alone", [each.alone[at] for each in done]) for at, name in enumerate(("system", "user"))]
    items = [
        SystemConflict(
            order=each.item.order, one=each.item.one, other=each.item.other, question=each.item.question,
            texts=[said.text for said in each.answers], verdicts=list(each.verdicts), lean=each.lean,
        )
        for each in done
    ]  # fmt: skip
    found = mean(interval(lean_of(done)), len(done))
    return SystemConflicts(own=own, total=total, items=items, rates=[*rates, *alone], lean=found)


INJECTED = ("order in the passage", "no order", "order, and a system prompt against it", "no order, the same prompt")


def injected(done: Sequence[Injected], total: int, own: bool, guard: str, yours: bool) -> SystemInjected:
    rates = [rate(name, [each.followed[at] for each in done]) for at, name in enumerate(INJECTED)]
    items = [
        SystemPassage(
            **each.item._asdict(), texts=[said.text for said in each.answers], followed=list(each.followed),
            yours=yours and not at,
        )
        for at, each in enumerate(done)
    ]  # fmt: skip
    return SystemInjected(own=own, total=total, items=items, rates=rates, guard=guard)


def leaks(made: Leaks, total: int, own: bool, texts: Sequence[tuple[str, str]]) -> SystemLeaks:
    """`texts`: the words of each run. A leak is a run longer than any twin's."""
    longest = max((each.runs[1].length for each in made.done), default=0)
    items = [
        SystemLeak(
            asks=each.item.asks, twin=each.item.twin, texts=[said.text for said in each.answers],
            runs=[run.length for run in each.runs], shared=list(words),
        )
        for each, words in zip(made.done, texts, strict=True)
    ]  # fmt: skip
    rates = [
        rate("leaks: longer than any twin", [each.runs[0].length > longest for each in made.done]),
        rate("half of the prompt or more", [2 * each.runs[0].length >= len(made.prompt) for each in made.done]),
    ]
    return SystemLeaks(
        own=own, total=total, tokens=len(made.prompt), items=items, longest_twin=longest, rates=rates
    )  # fmt: skip
