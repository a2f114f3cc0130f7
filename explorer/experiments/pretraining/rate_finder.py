"""The range test: a run whose learning rate grows by the same factor at each step, from far too small to far too large.

Smith 2015 (arXiv 1506.01186). The loss is smoothed, l~ = (b l~ + (1 - b) l) / (1 - b^t). What is usually taken lies
where it falls most steeply, or a tenth of where it is lowest; above, the run comes apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from explorer.experiments.pretraining import run_bounds
from explorer.experiments.pretraining.live_run import LiveRun
from explorer.experiments.pretraining.run_peers import losses_of_peer
from explorer.experiments.pretraining.run_texts import RunTexts
from explorer.experiments.pretraining.small_run import SmallRun
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.not_finite import NotFiniteError
from explorer.stack.worst import worst

#: Rates at the first and the last step.
LOW, HIGH = 1e-6, 10.0
STEPS = 80
#: Of the smoothing, and how many times the lowest loss ends the test.
SMOOTH, APART = 0.8, 2.0
#: Steps of which a slope is taken.
SLOPE = 5
#: Steps that the peer takes too.
COMPARED = 40


@dataclass(eq=False)
class Found:
    """The test as far as it has come."""

    run: LiveRun
    steps: int
    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    """Of each step's batch, before the step."""
    stopped: str = ""
    """What was no number, where that ended it."""
    ended: bool = False

    @property
    def smoothed(self) -> list[float]:
        return smoothed(self.losses)

    @property
    def lowest(self) -> int:
        """The step of the lowest smoothed loss."""
        return int(np.argmin(self.smoothed))

    @property
    def steepest(self) -> int | None:
        """The step, up to the lowest loss, at which the smoothed loss falls most by the logarithm of the rate."""
        return steepest(self.rates, self.smoothed)


def smoothed(losses: Sequence[float], share: float = SMOOTH) -> list[float]:
    """
    >>> [round(each, 3) for each in smoothed([1.0, 1.0, 4.0], 0.5)]
    [1.0, 1.0, 2.714]
    """
    found, average = [], 0.0
    for t, loss in enumerate(losses, 1):
        average = share * average + (1 - share) * loss
        found.append(average / (1 - share**t))
    return found


def steepest(rates: Sequence[float], losses: Sequence[float], over: int = SLOPE) -> int | None:
    """The middle of the `over` steps with the greatest fall; None before there are so many.

    >>> steepest([1.0, 10.0, 100.0, 1000.0, 10000.0], [5.0, 5.0, 4.0, 2.0, 2.0], over=3)
    2
    """
    last = int(np.argmin(losses)) + 1 if len(losses) else 0
    falls = [
        (losses[at + over - 1] - losses[at]) / math.log(rates[at + over - 1] / rates[at])
        for at in range(max(last - over + 1, 0))
    ]
    return int(np.argmin(falls)) + over // 2 if falls else None


def described(run: SmallRun) -> SmallRun:
    """The same shape, text and optimizer with rates from `LOW` to `HIGH`."""
    return replace(run, schedule="range", rate=HIGH, floor=LOW / HIGH, warmup=0.0, steps=STEPS, changes=())


def rates_tried(run: SmallRun, texts: RunTexts, progress: Progress = silent) -> Iterator[Found]:
    """The test step by step; it ends where the loss is twice the lowest, or no number. Raises NotApplicableError."""
    live = LiveRun(run, texts)
    run_bounds.check(live)
    found, schedule = Found(live, run.steps), run.settings().schedule
    for step in range(run.steps):
        progress("Steps of the range test", step, run.steps)
        try:
            live.step()
        except NotFiniteError as error:
            found.stopped = error.tensor
            break
        found.rates.append(schedule(step))
        found.losses.append(live.losses[-1])
        if found.smoothed[-1] > APART * min(found.smoothed):
            break
        yield found
    found.ended = True
    yield found


def peer_error(found: Found) -> float:
    """Largest relative difference of the losses of the first steps from those of the peer's optimizer, whose rates
    torch's own scheduler multiplies."""
    theirs = losses_of_peer(found.run, (HIGH / LOW) ** (1 / (found.steps - 1)), LOW, min(COMPARED, len(found.losses)))
    return worst(math.nan if not theirs else 0.0, *(abs(a / b - 1) for a, b in zip(found.losses, theirs, strict=False)))
