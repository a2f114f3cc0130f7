"""A small run trained on the page: it goes on from where it stopped, and keeps what it goes on from.

States are kept after 1, 2, 4, 8, ... steps, every `KEPT_S` seconds, and where the run is stopped: by a visitor who
leaves, by its bounds, or by a number that is none. A process that is killed loses what it did since the last of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from explorer.experiments.pretraining import run_states
from explorer.experiments.pretraining.live_run import LiveRun
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.not_finite import NotFiniteError
from explorer.stack.pretraining.train import doubling

#: Seconds from one state to the next, and from one picture to the next.
KEPT_S, NEWS_S = 10.0, 0.3
#: Times that a run is measured, besides those of the doubling.
MEASURED = 8


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
    _passing: int | None = None
    """The step of a state that the next one takes the place of."""

    @property
    def done(self) -> bool:
        return self.run.done or self.stopped is not None

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


def trained(run: LiveRun, progress: Progress = silent) -> Iterator[Trained]:
    """From its first step, or where it stopped, to its end; yields at once, after the first step, and then whenever
    there is news. Stops with the step and the tensor where a loss or a gradient is no number."""
    described = run.described
    made = Trained(run, went_on=run_states.go_on(run))
    made.kept = run_states.steps_of(described)
    steps, when, told = described.steps, measured_at(described.steps), -NEWS_S
    kept = time.monotonic()
    try:
        while True:
            step = run.progress.step
            due = step in when and run.steps_measured[-1:] != [step]
            if due:
                run.measure()
            if step in doubling(steps) or time.monotonic() - kept > KEPT_S:
                made.keep()
                kept = time.monotonic()
            if due or step == made.went_on + 1 or time.monotonic() - told > NEWS_S:
                told = time.monotonic()
                yield made
            if run.done:
                return
            progress("Training steps", step, steps)
            run.step()
    except NotFiniteError as error:
        made.stopped = error
        yield made
    finally:  # also where nobody waits any more
        made.keep()
