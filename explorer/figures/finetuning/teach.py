"""A lesson as a picture: its curves, what the model says before and after, and the adapter that is kept."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.finetuning.teaching import Taught
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class LessonSample:
    """What it says to the prompt after so many steps."""

    step: int
    said: str


@dataclass(frozen=True, kw_only=True)
class LessonAnswer:
    """A held-out request."""

    request: str
    wanted: str
    before: str
    now: str
    exact_before: bool
    exact: bool


@dataclass(frozen=True, kw_only=True)
class LessonMade(Payload):
    base: str
    task: str
    method: str
    matrices: str
    r: int
    alpha: int
    rate: float
    steps: int
    seed: int
    pairs: int
    """Trained on."""
    held_out: int
    fresh: bool
    """Whether the held-out items are others than those trained on."""
    template: bool
    """Whether the chat template is the model's own."""
    rows: int
    """Of a step."""
    length: int
    """Tokens of a row."""
    trained: int
    """Numbers of the adapter that are trained."""
    parameters: int
    losses: list[float]
    """Of each step's batch, before the step; nats a token of an answer."""
    rates: list[float]
    measured: list[int]
    held: list[float]
    exact: list[int]
    asked: int
    """Held-out requests that are answered each time."""
    ask: str
    samples: list[LessonSample]
    answers: list[LessonAnswer]
    step_seconds: float | None
    seconds_left: float | None
    seconds: float
    """All steps and measurements."""
    done: bool
    stopped: str
    """What is not a number, and at which step; nothing where all are."""
    read: bool
    """It was taught before."""
    name: str | None
    """Of the adapter that is kept."""
    unkept: bool


def lesson(made: Taught) -> LessonMade:
    told, record = made.lesson, made.record
    return LessonMade(
        base=told.base,
        task=told.task,
        method=told.method,
        matrices=told.matrices,
        r=told.r,
        alpha=told.alpha,
        rate=told.rate,
        steps=told.steps,
        seed=told.seed,
        pairs=len(made.course.train),
        held_out=len(made.course.held_out),
        fresh=made.fresh,
        template=made.template,
        rows=made.course.rows,
        length=made.course.length,
        trained=record.trained,
        parameters=made.model.dims.parameters,
        losses=list(record.losses),
        rates=list(record.rates),
        measured=list(record.measured),
        held=list(record.held),
        exact=list(record.exact),
        asked=len(made.held_out),
        ask=record.ask,
        samples=[LessonSample(step=step, said=said) for step, said in record.samples],
        answers=_answers(made),
        step_seconds=made.step_seconds,
        seconds_left=None if made.done else made.seconds_left,
        seconds=sum(record.seconds) + sum(record.measuring),
        done=made.done,
        stopped="" if made.stopped is None else str(made.stopped),
        read=made.read,
        name=made.name,
        unkept=made.unkept,
    )


def _answers(made: Taught) -> list[LessonAnswer]:
    if not made.record.answers:
        return []
    first, last = made.record.answers[0], made.record.answers[-1]
    return [
        LessonAnswer(
            request=pair.request,
            wanted=pair.answer,
            before=before,
            now=now,
            exact_before=made.exact(pair, before),
            exact=made.exact(pair, now),
        )
        for pair, before, now in zip(made.held_out, first, last, strict=True)
    ]
