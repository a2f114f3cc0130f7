"""What a step says of the run that it shows: the values in its text, whether its claims hold, the question's answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.lessons.document import Ask, Phase, Step
from explorer.lessons.errors import LessonError
from explorer.lessons.value import Value
from explorer.panels.scene import Scene


@dataclass(frozen=True)
class Claimed:
    """A claim, and whether this run bears it out."""

    source: str
    holds: bool


@dataclass(frozen=True)
class Told:
    """A step in one phase, read from a scene."""

    values: Mapping[str, Value]
    """By the expression as the text has it."""
    claims: tuple[Claimed, ...]
    right: int | None = None
    """Which choice is right."""
    picked: Mapping[str, int] | None = None
    """What must be picked."""
    problems: tuple[LessonError, ...] = ()
    """What could not be said; on the page it is left out."""


def told(step: Step, phase: Phase, scene: Scene) -> Told:
    """Everything that the step says in that phase. Never raises: what cannot be said is a problem."""
    values: dict[str, Value] = {}
    claims: list[Claimed] = []
    problems: list[LessonError] = []
    for each in step.values(phase):
        try:
            values[each.source] = each.value(scene)
        except LessonError as error:
            problems.append(error)
    for each in step.claimed(phase):
        try:
            claims.append(Claimed(each.source, each.holds(scene)))
        except LessonError as error:
            problems.append(error)
    right = picked = None
    if step.ask is not None and phase == step.ask_phase:
        try:
            right, picked = _answer(step.ask, scene)
        except LessonError as error:
            problems.append(error)
    return Told(values, tuple(claims), right, picked, tuple(problems))


def _answer(ask: Ask, scene: Scene) -> tuple[int | None, dict[str, int] | None]:
    """Which choice is right, or what must be picked. Raises LessonError where that is not one thing."""
    if ask.answer is None:
        right = [at for at, choice in enumerate(ask.choices) if choice.right.holds(scene)]
        if len(right) != 1:
            raise LessonError(ask.line, f"{len(right)} of {len(ask.choices)} choices are right on this run, not one")
        return right[0], None
    found = ask.answer.value(scene).value
    numbers = found if isinstance(found, tuple) else (found,)
    if len(numbers) != len(ask.pick) or not all(type(each) is int for each in numbers):
        raise LessonError(ask.answer.line, f"“{ask.answer.source}” is {found!r}, which is no {' and '.join(ask.pick)}")
    return None, dict(zip(ask.pick, map(int, numbers), strict=True))
