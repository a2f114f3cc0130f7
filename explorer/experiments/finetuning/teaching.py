"""An adapter is taught before one's eyes: losses, held-out losses, what it says to a prompt, exact answers; then kept.

The result follows from the lesson alone (`Lesson.name`). It is kept as an adapter's folder with all that was measured
on the way, so that whoever asks for the same lesson reads it, and a second name is a copy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch

from explorer.corpora.instructions import Pair
from explorer.errors import ExplorerError
from explorer.experiments.finetuning import taught_files
from explorer.experiments.finetuning.course import Answered, InstructionCourse, Speaks, answered
from explorer.experiments.finetuning.lesson import Lesson, check_names, weights_of
from explorer.experiments.finetuning.spoken import Spoken
from explorer.experiments.finetuning.taught_files import Record
from explorer.fetching.progress import Progress, silent
from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.conversations import Rows
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.pretraining.not_finite import NotFiniteError
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Run, Settings
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.adapters import adapter as adapter_of
from explorer.zoo.model import Model

#: Held-out requests that are answered, and new tokens of what is said to the prompt.
ITEMS, NEW = 16, 32
#: Times that it is measured on the way.
MEASURED = 4
NEWS_S = 0.5


@dataclass(eq=False)
class Taught:
    """A lesson as far as it has come."""

    lesson: Lesson
    model: Model
    decoder: Decoder
    course: InstructionCourse
    fresh: bool
    """Whether the held-out items are others than those trained on."""
    tuned: Tuned
    record: Record
    first: Rows
    """The batch of the first step."""
    stopped: NotFiniteError | None = None
    name: str | None = None
    """Of the adapter that is kept."""
    unkept: bool = False
    """It could not be written."""
    read: bool = False
    """Whether it was taught before."""

    @property
    def step(self) -> int:
        return len(self.record.losses)

    @property
    def done(self) -> bool:
        return self.stopped is not None or (self.step >= self.lesson.steps and self.record.measured[-1:] == [self.step])

    @property
    def step_seconds(self) -> float | None:
        """The median of the last steps; the first is slower."""
        recent = sorted(self.record.seconds[1:][-20:])
        return recent[len(recent) // 2] if recent else None

    @property
    def seconds_left(self) -> float | None:
        """As steps and measurements have gone so far; None before the second step."""
        if self.step_seconds is None or not self.record.measuring:
            return None
        measures = sum(at > self.step for at in when(self.lesson.steps))
        each = sum(self.record.measuring) / len(self.record.measuring)
        return (self.lesson.steps - self.step) * self.step_seconds + measures * each

    @property
    def template(self) -> bool:
        """Whether the chat template is the model's own."""
        assert isinstance(self.course.speech, Spoken)
        return self.course.speech.own

    @staticmethod
    def exact(pair: Pair, said: str) -> bool:
        """Letter by letter."""
        return Answered(pair, said).exact

    @property
    def held_out(self) -> tuple[Pair, ...]:
        """Those that are answered."""
        return tuple(self.course.held_out[:ITEMS])


def when(steps: int) -> list[int]:
    """Steps after which it is measured."""
    return sorted({0, *(round(steps * each / MEASURED) for each in range(MEASURED + 1))})


def taught(
    model: Model, decoder: Decoder, lesson: Lesson, ask: str, *, name: str = "", anew: bool = False,
    progress: Progress = silent,
) -> Iterator[Taught]:  # fmt: skip
    """From the first step to the last, and kept; yields whenever there is news. What was taught before is read.

    Raises NotApplicableError and BadRequestError for what cannot be taught, or a name that is another adapter's.
    """
    taught_files.check_name(name, lesson)
    course, fresh = lesson.course(model)
    adapter = lesson.adapter(decoder)
    check_names(model, adapter)
    record = Record(ask=ask, trained=weights_of(adapter))
    made = Taught(lesson, model, decoder, course, fresh, Tuned(decoder, adapter), record, course.batch(0))
    if not anew and _read(made, ask):
        made.name = _named(made, name)
        yield made
        return
    try:
        yield from _going_on(made, progress)
    except NotFiniteError as error:
        made.stopped = error
    else:
        made.unkept = not taught_files.keep(lesson, adapter, decoder, made.record)
        made.name = None if made.unkept else _named(made, name)
    yield made


def _going_on(made: Taught, progress: Progress) -> Iterator[Taught]:
    lesson, record = made.lesson, made.record
    steps = lesson.steps
    schedule = Schedule("cosine", lesson.rate, 0.0, min(max(1, steps // 10), steps - 1), steps)
    settings = Settings(schedule, made.course.rows * made.course.length, weight_decay=0.0, betas=(0.9, 0.999))
    run, told = Run(made.tuned, made.course, settings), -NEWS_S
    while True:
        due, now = made.step in when(steps), time.monotonic()
        if due or made.step == steps // 8:
            tick = partial(progress, "Training steps", made.step, steps)
            record.samples.append((made.step, said_to(made.tuned.decoder, made.course.speech, record.ask, tick)))
        if due:
            _measure(made, progress)
        if made.done:
            return
        if due or made.step < 2 or now - told > NEWS_S:
            told = now
            yield made
        progress("Training steps", made.step, steps)
        before = time.perf_counter()
        with torch.enable_grad():
            point = run.step()
        record.seconds.append(time.perf_counter() - before)
        record.losses.append(point.losses["lm"])
        record.rates.append(point.lr)


def _measure(made: Taught, progress: Progress) -> None:
    before, record = time.perf_counter(), made.record
    tick = partial(progress, "Training steps", made.step, made.lesson.steps)
    tick()
    record.held.append(made.course.losses(made.tuned)["held out"])
    found = answered(made.tuned.decoder, made.course, ITEMS, at_once=ITEMS, tick=tick)
    record.exact.append(sum(each.exact for each in found))
    record.answers.append([each.said for each in found])
    record.measured.append(made.step)
    record.measuring.append(time.perf_counter() - before)


@torch.no_grad()
def said_to(decoder: Decoder, speech: Speaks, ask: str, tick: Callable[[], None] = lambda: None) -> str:
    """What it says to a prompt, the likeliest token each time."""
    made = speech.example(Pair(ask, "."))
    prompt, (_, end) = speech.asked(made), speech.said(made)
    [found] = Engine(decoder).generate([prompt], NEW, stop_ids={end}, on_token=lambda _: tick())
    return speech.decode([each for each in found.new_ids if each != end])


def _read(made: Taught, ask: str) -> bool:
    """Put it where the lesson ended, if it was taught before."""
    found = taught_files.find(made.lesson)
    if found is None:
        return False
    try:
        adapter = adapter_of(made.lesson.name).on(made.decoder)
    except ExplorerError:
        return False
    assert isinstance(adapter, Adapter)
    made.record, made.read = Record(**found), True
    made.tuned = Tuned(made.decoder, adapter)
    if made.record.ask != ask:
        speech = made.course.speech
        made.record.ask = ask
        made.record.samples = [
            (0, said_to(made.decoder, speech, ask)),
            (made.step, said_to(made.tuned.decoder, speech, ask)),
        ]
    return True


def _named(made: Taught, name: str) -> str | None:
    """The name under which it is here."""
    if not name:
        return made.lesson.name
    made.unkept = not taught_files.copy(made.lesson, name)
    return made.lesson.name if made.unkept else name
