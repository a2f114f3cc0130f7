"""Trainings side by side, a step of each in turns: models read the same windows in the same order, or each its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.experiments.timing import Timing
from explorer.stack.pretraining.batches import WindowCourse, held_out_windows
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Settings, one_step, optimiser_for
from explorer.stack.transformer.decoder import Decoder

#: Steps from one partial result to the next.
EVERY = 4


@dataclass(eq=False)
class Arm:
    """One training, as far as it has come."""

    name: str
    model: Decoder
    settings: Settings
    losses: list[float] = field(default_factory=list)
    """Of each step's batch, before the step; nats a token."""
    steps_measured: list[int] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    """On the passages held out, every kind with an equal say, at each of `steps_measured`."""
    seconds: list[float] = field(default_factory=list)
    """Of each step."""
    course: WindowCourse | None = None
    """What it reads, where arms do not read the same windows."""

    def __post_init__(self) -> None:
        self.model.train().requires_grad_(True)
        self.optimiser = optimiser_for(self.model, self.settings)

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.model.parameters())

    def step(self, batch: Int[Tensor, "row pos"]) -> None:
        began = time.perf_counter()
        done = one_step(self.model, self.optimiser, self.settings, batch, self.settings.schedule(len(self.losses)))
        self.losses.append(float(done.losses.parts["lm"].detach()))
        self.seconds.append(time.perf_counter() - began)

    def measure(self, course: WindowCourse) -> None:
        self.steps_measured.append(len(self.losses))
        self.held.append(held_loss(self.model, course))


def step_time(arms: Iterable[Arm]) -> Timing | None:
    """A step of trainings that are alike but for the seed; each one's first is left out, as the first call of anything
    that is timed. None before there is a second."""
    seconds = [taken for arm in arms for taken in arm.seconds[1:]]
    return Timing.of(seconds) if seconds else None


def settings_of(peak: float, steps: int, course: WindowCourse, warmup: float = 0.1) -> Settings:
    """A share of the steps warms up, the last quarter decays to nought."""
    schedule = Schedule("wsd", peak, 0.0, max(1, round(warmup * steps)), steps, decay=0.25)
    return Settings(schedule, course.batches.n_ctx * course.batches.rows)


def in_turns(
    arms: Sequence[Arm], course: WindowCourse, steps: int, measured: int, tell: Callable[[int], None]
) -> Iterator[None]:
    """Every arm measured, where it is not yet, then a step of each on the same windows, and so on; `measured` times
    after the beginning.

    Yields where there is something new. `tell` hears how many steps of all arms are done.
    """
    when = {round(steps * each / measured) for each in range(measured + 1)}
    for at in range(steps + 1):
        if at in when:
            for arm in arms:
                tell(at * len(arms))
                if arm.steps_measured[-1:] != [at]:
                    arm.measure(course)
            yield
        if at < steps:
            batch = course.batch(at)
            for number, arm in enumerate(arms):
                tell(at * len(arms) + number)
                arm.step(batch if arm.course is None else arm.course.batch(at))
            if at % EVERY == EVERY - 1:
                yield


def windows(course: WindowCourse) -> Int[Tensor, "row pos"]:
    """The held-out windows of all kinds."""
    n_ctx = course.batches.n_ctx
    return torch.cat([held_out_windows(each, n_ctx, course.measured) for each in course.held.values()])


@torch.no_grad()
def held_loss(model: Decoder, course: WindowCourse) -> float:
    """Nats a token on what is held out, every kind with an equal say."""
    found = course.losses(model)
    return sum(found.values()) / len(found)


def by_frequency(course: WindowCourse, d_vocab: int) -> float:
    """The held-out loss of guessing each token as often as it is drawn in training, whatever stands before it."""
    drawn = torch.ones(d_vocab, dtype=torch.float64)  # one more of each: none is impossible
    for kind, stream in course.batches.streams.items():
        counts = torch.bincount(stream.long(), minlength=d_vocab).double()
        drawn += course.batches.weights[kind] * counts / counts.sum() * 1e6
    log_p = (drawn / drawn.sum()).log()
    return float(-log_p[windows(course)[:, 1:]].mean())
