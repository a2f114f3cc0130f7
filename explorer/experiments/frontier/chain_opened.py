"""A chain opened: the answer's probability after each step, what each step is worth, and what a changed one does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from explorer.experiments.frontier import thinking
from explorer.experiments.frontier.thinking import Stage
from explorer.stack.frontier.thinking.chains import ANSWER, MODULUS, STEP, Chain, held_out, read
from explorer.stack.frontier.thinking.steps import after_change, changed, written
from explorer.stack.worst import worst

#: Ends drawn behind each beginning.
DRAWN = 100
#: Texts less likely are not gone on with.
FLOOR = 1e-4


@dataclass(frozen=True)
class Place:
    """The beginning with so many of the chain's steps."""

    next: Float[np.ndarray, " digit"]
    """The next step, where one is written; all 0 behind the last."""
    cut: Float[np.ndarray, " answer"]
    """Behind `=`: the answer is asked for here."""
    free: Float[np.ndarray, " answer"]
    """The model goes on or stops as it likes."""
    sampled: int
    """Of the drawn ends, those that are right."""
    stops: float
    """The chance that the model stops here by itself."""
    rest: float


@dataclass(frozen=True)
class Change:
    """The step at one place is another digit."""

    at: int
    digit: int
    kept: Float[np.ndarray, " answer"]
    """The steps behind it stay; then the answer."""
    anew: Float[np.ndarray, " answer"]
    """The steps behind it are written anew."""
    follows: int
    """The answer that follows from the change by the instructions behind it."""


@dataclass
class Opened:
    """As far as it has come."""

    of: Chain
    text: str
    steps: tuple[int, ...]
    places: list[Place] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    longer: Float[np.ndarray, " answer"] = field(default_factory=lambda: np.zeros(MODULUS))
    """A step more is forced behind the whole chain."""
    swapped: Float[np.ndarray, " answer"] = field(default_factory=lambda: np.zeros(MODULUS))
    other: Chain | None = None
    """Whose steps stand there instead."""


def answers(stage: Stage, of: Chain, begun: str) -> Float[np.ndarray, " answer"]:
    """Of all ends of a beginning."""
    return thinking.all_texts(stage, of, begun, floor=FLOOR).of_answers()


def opened(stage: Stage, of: Chain, seed: int) -> Iterator[Opened]:
    """Place by place. seed 0: the likeliest text, else one that is drawn."""
    text = thinking.drawn(stage, of, 1, seed)[0] if seed else thinking.likeliest(stage, of)
    made = Opened(of, text, read(text).steps[: len(of.instructions)])
    for count in range(len(made.steps) + 1):
        made.places.append(_place(stage, made, count))
        yield made
    whole = written(made.steps)
    made.longer = answers(stage, of, whole + STEP)
    made.other = next(each for each in held_out(9) if each.answer not in (of.answer, *made.steps[-1:]))
    made.swapped = answers(stage, of, written(made.other.states) + ANSWER)
    yield made
    for at, step in enumerate(made.steps):
        for digit in (each for each in range(MODULUS) if each != step):
            begun = changed(made.steps, at, digit)
            kept = answers(stage, of, begun + ANSWER)
            anew = answers(stage, of, begun[: 2 * at + 2])
            made.changes.append(Change(at, digit, kept, anew, after_change(of, at, digit)))
        yield made


def _place(stage: Stage, made: Opened, count: int) -> Place:
    of, begun = made.of, written(made.steps[:count])
    free = thinking.all_texts(stage, of, begun or STEP, floor=FLOOR)
    ends = thinking.drawn(stage, of, DRAWN, 1 + count, begun=begun or STEP)
    signs, p = thinking.signs(), chances(stage, of.prompt + (begun or STEP))
    stops = float(p[signs.ids[ANSWER]]) if begun else 0.0
    digits = [signs.ids[str(each)] for each in range(MODULUS)]
    after = chances(stage, of.prompt + begun + STEP)[digits] if count < len(made.steps) else np.zeros(MODULUS)
    return Place(
        after, answers(stage, of, begun + ANSWER), free.of_answers(),
        sum(read(each).answer == of.answer for each in ends), stops, free.rest,
    )  # fmt: skip


def chances(stage: Stage, text: str) -> Float[np.ndarray, " d_vocab"]:
    """Of the next token."""
    import torch

    ids = torch.tensor([thinking.signs().encode(text)])
    return thinking.decoder(stage)(ids, last_only=True)[0, -1].double().softmax(-1).numpy()


def expected_next(stage: Stage, made: Opened) -> float:
    """The value of the beginning without a step, as the mean of those that each first step leads to."""
    place = made.places[0]
    values = [answers(stage, made.of, f"{STEP}{digit}")[made.of.answer] for digit in range(MODULUS)]
    return float((place.next * np.array(values)).sum())


def off_samples(made: Opened) -> float:
    """Of the drawn ends' share from the exact value, in standard errors; the farthest."""
    right = made.of.answer
    return worst(
        abs(each.sampled / DRAWN - float(each.free[right])) / _error(float(each.free[right])) for each in made.places
    )


def _error(p: float) -> float:
    """Of a share of the drawn ends; at least 0.02, since the less likely texts are not counted."""
    return float(max((p * (1 - p) / DRAWN) ** 0.5, 0.02))
