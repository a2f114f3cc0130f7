"""One student taught in several ways, seed by seed and in turns; the same student on text alone is the control.

With one seed all begin with the same weights and read the same windows, or their beginnings written on by a model. What
a teacher writes is drawn once for each seed, `WRITTEN` windows at most, and read again and again. Held-out passages
say how well each guesses the next token, and how far its distributions are from the teacher's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

import torch
from jaxtyping import Int
from torch import Tensor

from explorer import zoo
from explorer.experiments import shelf_course, side_by_side
from explorer.experiments.side_by_side import in_turns, settings_of, windows
from explorer.fetching.progress import Progress, silent
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.frontier.distillation.chunked import distilled_loss
from explorer.stack.frontier.distillation.divergences import FORWARD, REVERSE
from explorer.stack.frontier.distillation.pruned import stored
from explorer.stack.frontier.distillation.student import BY_NAME, Student, Teacher, parameters, way_of, weights_of
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.pretraining.train import one_step
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.worst import worst

TEACHER = "six-kinds-moe"
#: A teacher that read far more text; with its 49,152 tokens a student's embedding alone has 3.1 M weights.
SMOLLM2 = "smollm2-135m"
#: Blocks, width, hidden width and heads of the students, by their size.
SIZES = {"0.3": (3, 40, 112, 2), "0.6": (4, 64, 176, 4), "1": (4, 96, 256, 4)}
#: Of the students that have SmolLM2's vocabulary.
LARGE_VOCABULARY = {"3.3": (4, 64, 176, 4)}
#: Peak learning rate, times that all are measured after the beginning, and the windows that a teacher writes at most.
RATE, MEASURED, WRITTEN = 4e-3, 5, 256
#: Steps that are trained a second time.
AGAIN = 3


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is trained."""

    ways: tuple[str, ...] = tuple(BY_NAME)
    """The control, "text", is the first."""
    size: str = "0.3"
    steps: int = 40
    texts: str = "texts"
    temperature: float = 1.0
    seed: int = 0
    seeds: int = 3
    teacher: str = TEACHER


@dataclass(eq=False)
class Arm(side_by_side.Arm):
    """One student, as far as it has come."""

    seed: int = 0
    reads: WindowCourse | None = None
    """The windows that what is read is made of."""
    steps: int = 0
    apart: tuple[float, float] | None = None
    """Forward and reverse KL from the teacher on the passages held out, at the end."""
    written: list[Int[Tensor, "row pos"]] = field(default_factory=list)
    """Batches that the teacher wrote."""

    @property
    def student(self) -> Student:
        assert isinstance(self.model, Student)
        return self.model

    @property
    def parameters(self) -> int:
        return parameters(self.model)

    def step(self, batch: Int[Tensor, "row pos"]) -> None:
        began, at = time.perf_counter(), len(self.losses)
        read = self._read(batch, at)
        done = one_step(self.model, self.optimiser, self.settings, read, self.settings.schedule(at))
        self.losses.append(float(done.losses.parts["lm"].detach()))
        self.seconds.append(time.perf_counter() - began)

    def _read(self, batch: Int[Tensor, "row pos"], at: int) -> Int[Tensor, "row pos"]:
        text, generator = self.student.way.text, torch.Generator().manual_seed(self.seed * 1_000_003 + at)
        if text in ("corpus", "own"):
            return self.student.read_from(batch, generator)
        if not self.written:
            assert self.reads is not None
            batches = min(self.steps, max(1, WRITTEN // len(batch)))
            begun = torch.cat([self.reads.batch(each) for each in range(batches)])
            self.written = [*self.student.read_from(begun, generator).split(len(batch))]
        return self.written[at % len(self.written)]


@dataclass(frozen=True, eq=False)
class Distilling:
    """All students so far."""

    asked: Asked
    teacher_parameters: int
    teacher_loss: float
    """Of the teacher on the same held-out passages, nats a token."""
    courses: list[WindowCourse]
    """Of each seed so far."""
    seeds: list[list[Arm]]
    """Of each seed, the ways in their order."""

    @property
    def done(self) -> bool:
        return len(self.seeds) == self.asked.seeds and all(
            arm.steps_measured[-1:] == [self.asked.steps] for arms in self.seeds for arm in arms
        )


@cache
def teacher(name: str = TEACHER) -> Teacher:
    return Teacher(zoo.load(name).decoder)


def config_of(size: str, of: str = TEACHER) -> DecoderConfig:
    layers, width, hidden, heads = (SIZES | LARGE_VOCABULARY)[size]
    return DecoderConfig(
        layers, width, heads, heads // 2, width // heads, hidden, teacher(of).decoder.config.d_vocab, 1024,
        rope=RopeConfig(10_000.0, width // heads), tied=True,
    )  # fmt: skip


def arms_of(asked: Asked, seed: int, course: WindowCourse) -> list[Arm]:
    """Before their first step."""
    return [_begun(name, asked, seed, course) for name in asked.ways]


def _begun(name: str, asked: Asked, seed: int, course: WindowCourse) -> Arm:
    way, generator = way_of(name, asked.temperature), torch.Generator().manual_seed(seed)
    student = Student(config_of(asked.size, asked.teacher))
    student.initialise(generator)
    student.taught(teacher(asked.teacher), way, generator)
    settings = replace(settings_of(RATE, asked.steps, course), weights=weights_of(way))
    return Arm(name, student, settings, seed=seed, reads=course, steps=asked.steps)


def course_of(asked: Asked, seed: int, progress: Progress = silent) -> WindowCourse:
    return shelf_course.course(zoo.load(asked.teacher).vocabulary, asked.texts, seed, progress)


def beginning(asked: Asked, progress: Progress = silent) -> Distilling:
    """The first seed's students before their first step. Raises NotApplicableError where the texts cannot be had."""
    course = course_of(asked, asked.seed, progress)
    decoder = teacher(asked.teacher).decoder
    return Distilling(
        asked, stored(decoder), side_by_side.held_loss(decoder, course), [course],
        [arms_of(asked, asked.seed, course)],
    )  # fmt: skip


def distilling(asked: Asked, progress: Progress = silent) -> Iterator[Distilling]:
    """Seed after seed, all ways in turns."""
    made = beginning(asked, progress)
    total = asked.steps * len(asked.ways) * asked.seeds
    for number in range(asked.seeds):
        if number:
            made.courses.append(course_of(asked, asked.seed + number, progress))
            made.seeds.append(arms_of(asked, asked.seed + number, made.courses[-1]))
        arms, course, before = made.seeds[-1], made.courses[-1], number * asked.steps * len(asked.ways)
        told = lambda done, before=before: progress("Training steps", before + done, total)  # noqa: E731
        for _ in in_turns(arms, course, asked.steps, MEASURED, told):
            if arms[-1].steps_measured[-1:] == [asked.steps]:
                for arm in arms:
                    arm.apart = apart(arm.student, course)
            yield made


@torch.no_grad()
def apart(student: Student, course: WindowCourse) -> tuple[float, float]:
    """Forward and reverse KL from the teacher over the held-out passages, means over positions, nats."""
    rows = windows(course)
    ids, targets = rows[:, :-1], rows[:, 1:].flatten()
    read, own = student.teacher.read(ids), student.read(student.stream(ids)).flatten(0, 1)
    there = student.teacher.decoder.unembed.weight
    forward, reverse = (
        float(distilled_loss(own, student.unembed.weight, read, there, targets, beta).divergence)
        for beta in (FORWARD, REVERSE)
    )
    return forward, reverse


# ---- what is claimed -------------------------------------------------------------------------------------------------


def again_error(made: Distilling, name: str) -> float:
    """The first seed's student of that way, its first steps trained by itself: the largest difference of a loss."""
    asked = replace(made.asked, ways=(name,))
    [again] = arms_of(asked, asked.seed, made.courses[0])
    first = next(arm for arm in made.seeds[0] if arm.name == name)
    for at in range(min(AGAIN, len(first.losses))):
        again.step(made.courses[0].batch(at))
    return worst([0.0, *(abs(a - b) for a, b in zip(again.losses, first.losses, strict=False))])


@torch.no_grad()
def torch_error(made: Distilling) -> float:
    """Forward and reverse KL of the first seed's students by torch's own kl_div on whole tables, of one held-out
    window, against those in pieces: the largest difference."""
    rows = windows(made.courses[0])[:1]
    theirs = teacher(made.asked.teacher).decoder(rows[:, :-1])[0].log_softmax(-1)
    found = [0.0]
    for arm in made.seeds[0]:
        own = arm.student(rows[:, :-1])[0].log_softmax(-1)
        one = replace(made.courses[0], held={"one": rows[0].int()}, measured=1)
        wanted = [
            float(torch.nn.functional.kl_div(a, b, reduction="batchmean", log_target=True))
            for a, b in ((own, theirs), (theirs, own))
        ]
        found += [abs(a - b) for a, b in zip(apart(arm.student, one), wanted, strict=True)]
    return worst(found)
