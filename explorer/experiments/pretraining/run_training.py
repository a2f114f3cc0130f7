"""A small run trained on the page: it goes on from where it stopped, and keeps what it goes on from.

States are kept after 1, 2, 4, 8, ... steps, every `KEPT_S` seconds, and where the run is stopped: by a visitor who
leaves, by its bounds, or by a number that is none. A process that is killed loses what it did since the last of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from explorer.experiments import machine
from explorer.experiments.machine import MachineSpeed
from explorer.experiments.pretraining import run_bounds, run_states
from explorer.experiments.pretraining.live_run import LiveRun
from explorer.experiments.pretraining.run_sample import Sample, sample
from explorer.experiments.side_by_side import by_frequency
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.compute import attention_of_a_token, mfu
from explorer.stack.pretraining.not_finite import NotFiniteError
from explorer.stack.pretraining.scaling_law import FLOPS
from explorer.stack.pretraining.train import Point, doubling

#: Seconds from one state to the next, and from one picture to the next.
KEPT_S, NEWS_S = 10.0, 0.3
#: Times that a run is measured, besides those of the doubling.
MEASURED = 8
#: Seconds from one sample to the next, and until the machine's speed is asked for, which may take one.
SAMPLE_S, SPEED_S = 4.0, 3.0
#: Steps whose time says how fast it is.
RECENT = 50


@dataclass(eq=False)
class Trained:
    """A run on the page, as far as it has come."""

    run: LiveRun
    went_on: int = 0
    """The step that it went on from."""
    stopped: NotFiniteError | None = None
    """Why it does not go on."""
    kept: list[int] = field(default_factory=list)
    """Steps of which states are here."""
    unkept: bool = False
    """A state could not be written."""
    seconds: list[float] = field(default_factory=list)
    """Of each step that was taken here and now; evaluations and samples are not in it."""
    samples: list[Sample] = field(default_factory=list)
    speed: MachineSpeed | None = None
    """Of the machine, once it was asked for."""
    parent: list[Point] = field(default_factory=list)
    """Of a fork: the curve of the run that it left, as far as it is here."""
    _passing: int | None = None
    """The step of a state that the next one takes the place of."""

    @property
    def done(self) -> bool:
        return self.run.done or self.stopped is not None

    @cached_property
    def by_frequency(self) -> float:
        """The held-out loss of guessing each token as often as it is drawn in training."""
        return by_frequency(self.run.texts.course(self.run.described), self.run.texts.d_vocab)

    @property
    def tokens_per_second(self) -> float | None:
        """Of the last steps, by their median; None before the second, since the first is slower."""
        recent = sorted(self.seconds[1:][-RECENT:])
        now = self.run.described.at(max(self.run.progress.step - 1, 0))
        return now.rows * now.context / recent[len(recent) // 2] if recent else None

    @property
    def flops_of_a_token(self) -> float:
        """As PaLM counts them, ``6 N + 12 L H Q T``; of a mixture N has the experts that a token visits."""
        config, run = self.run.model.config, self.run
        idle = 0
        if config.n_experts:
            experts = sum(each.numel() for each in run.model.parameters() if each.dim() > 2)
            idle = experts - experts * config.k // config.n_experts
        attention = attention_of_a_token(config.n_layers, config.n_heads, config.d_head, run.described.context)
        return float(FLOPS * (run.parameters - idle) + attention)

    @property
    def mfu(self) -> float | None:
        """Of the most that this machine was seen to compute, with the threads of this process."""
        rate = self.tokens_per_second
        if rate is None or self.speed is None:
            return None
        return mfu(rate * self.flops_of_a_token, 1, self.speed.flops.best)

    def keep(self) -> None:
        """Keep its state. Those of the doubling stay; of the others the last one."""
        step = self.run.progress.step
        if step in self.kept:
            return
        self.unkept = not run_states.keep(self.run)
        if self.unkept:
            return
        self.kept.append(step)
        if self._passing is not None:
            run_states.drop(self.run.described, self._passing)
            self.kept.remove(self._passing)
        self._passing = None if step in doubling(self.run.described.steps) else step


def measured_at(steps: int) -> set[int]:
    """Steps after which a run is measured: those of the doubling, and evenly over it."""
    return {*doubling(steps), *(round(steps * each / MEASURED) for each in range(MEASURED + 1))}


def begun(run: LiveRun) -> Trained:
    """The run where it stopped, or at its first step. Raises NotApplicableError for one that takes too much."""
    run_bounds.check(run)
    made = Trained(run, went_on=run_states.go_on(run))
    made.kept = run_states.steps_of(run.described)
    if run.described.changes:
        made.parent = run_states.curve_of(replace(run.described, changes=run.described.changes[:-1]))
    return made


def trained(run: LiveRun, progress: Progress = silent) -> Iterator[Trained]:
    """From its first step, or where it stopped, to its end; yields at once, after the first step, and then whenever
    there is news. Stops with the step and the tensor where a loss or a gradient is no number."""
    made = begun(run)
    try:
        yield from _going_on(made, progress)
    except NotFiniteError as error:
        made.stopped = error
        made.keep()
        yield made
    finally:  # also where nobody waits any more
        made.keep()


def _going_on(made: Trained, progress: Progress) -> Iterator[Trained]:
    run, steps, when = made.run, made.run.described.steps, measured_at(made.run.described.steps)
    began = kept = time.monotonic()
    told, sampled = -NEWS_S, -SAMPLE_S
    while True:
        step, now = run.progress.step, time.monotonic()
        due = step in when and run.steps_measured[-1:] != [step]
        if due:
            run.measure()
        if step in doubling(steps) or now - kept > KEPT_S:
            made.keep()
            kept = now
        if run.done or now - sampled > SAMPLE_S:
            made.samples.append(sample(run))
            sampled = now
        if made.speed is None and (run.done or now - began > SPEED_S):
            made.speed = machine.speed()
        if due or run.done or step <= made.went_on + 1 or now - told > NEWS_S:
            told = now
            yield made
        if run.done:
            return
        progress("Training steps", step, steps)
        before = time.perf_counter()
        run.step()
        made.seconds.append(time.perf_counter() - before)
