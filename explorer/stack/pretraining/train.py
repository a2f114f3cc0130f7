"""The training loop: forward, losses, backward, clip, step; evaluate now and then; go on after a stop.

A run is a function of its seed: weights and batches come from it, the batch of step t from t. Nothing else is drawn, so
the step is the place in the data and the state of every generator. A checkpoint holds the weights, the optimiser's
moments, the step and the curve, so that a run stopped anywhere and resumed ends with the same weights as one that was
never stopped, bit for bit. A step whose loss or gradient is not finite is not taken (`not_finite`).

Steps at which a run is looked at twice as late each time are enough to see all of it:

>>> doubling(100)
[0, 1, 2, 4, 8, 16, 32, 64, 100]
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import nn

from explorer.errors import BadRequestError
from explorer.stack.pretraining.batches import Course, Trainable
from explorer.stack.pretraining.not_finite import NotFiniteError, first_gradient, first_output
from explorer.stack.pretraining.optimizers.by_name import optimizer_of
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.transformer.losses import Losses


@dataclass(frozen=True)
class Settings:
    """How a run goes."""

    schedule: Schedule
    """Its `steps` are the run's."""
    tokens_per_step: int
    weights: Mapping[str, float | int] = field(default_factory=dict)
    """Of the losses, by name, where they are not the usual ones."""
    betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = 0.1
    clip: float = 1.0
    """Greatest norm of the gradient."""
    evaluate_every: int = 100
    fixed: Mapping[str, object] = field(default_factory=dict)
    """What may not change between a checkpoint and the run that goes on from it: plain values."""
    optimizer: str = "adamw"
    """One of `optimizers.by_name`."""
    times: Mapping[str, float] = field(default_factory=dict)
    """What the rate of a weight is multiplied by, by the last part of its name: LoRA+ has {"B": 16}. AdamW's alone."""


@dataclass(frozen=True)
class Point:
    """One step of the curve."""

    step: int
    tokens: int
    seconds: float
    """Processor time of this run, all threads, evaluations included."""
    lr: float
    losses: dict[str, float]
    """Each part by its name, before it is weighed."""
    grad_norm: float
    """Before clipping."""
    measures: dict[str, float] = field(default_factory=dict)
    """What the model measures besides; of a mixture the greatest and smallest share of a layer's pairs."""

    def row(self) -> dict[str, float | int]:
        """As a row of a table, one column a number."""
        first = {"step": self.step, "tokens": self.tokens, "seconds": self.seconds, "lr": self.lr}
        return first | self.losses | {"grad_norm": self.grad_norm} | self.measures


@dataclass(frozen=True)
class Evaluation:
    """Held-out loss at one step, kind by kind."""

    step: int
    tokens: int
    losses: dict[str, float]
    scores: dict[str, float] = field(default_factory=dict)
    """What the course measures besides."""

    @property
    def mean(self) -> float:
        """Every kind with an equal say."""
        return sum(self.losses.values()) / len(self.losses)


@dataclass
class Progress:
    """Where a run stands."""

    step: int = 0
    seconds: float = 0.0
    curve: list[Point] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)

    @property
    def tokens(self) -> int:
        """Read so far."""
        return self.curve[-1].tokens if self.curve else 0


Report = Callable[[Progress], None]
Batch = TypeVar("Batch")


def optimiser_for(model: Trainable[Batch], settings: Settings) -> torch.optim.Optimizer:
    """The optimiser of the settings; gains and other vectors are not decayed towards zero."""
    return optimizer_of(
        settings.optimizer, model.named_parameters(), settings.schedule.peak, settings.betas, settings.weight_decay,
        settings.times,
    )  # fmt: skip


@dataclass(frozen=True)
class Step:
    """What one step found."""

    losses: Losses
    total: float
    """The weighed sum that was trained."""
    grad_norm: float
    """Before clipping."""


def one_step(
    model: Trainable[Batch],
    optimiser: torch.optim.Optimizer,
    settings: Settings,
    batch: Batch,
    lr: float,
    before: Callable[[], None] = lambda: None,
) -> Step:
    """Forward, losses, backward, clip, step. `before` is called with the clipped gradients in place, the step not yet
    taken.

    Raises NotFiniteError where loss or gradient is not finite: then the step is not taken.
    """
    for group in optimiser.param_groups:
        group["lr"] = lr * group.get("times", 1.0)
    losses = model.loss(batch)
    total = losses.total(settings.weights)
    value = float(total.detach())
    if not math.isfinite(value):
        raise NotFiniteError(first_output(model, lambda: model.loss(batch)) if isinstance(model, nn.Module) else "loss")
    optimiser.zero_grad(set_to_none=True)
    total.backward()
    weights = [each for each in model.parameters() if each.grad is not None]
    norm = torch.nn.utils.get_total_norm([each.grad for each in weights if each.grad is not None])
    if not math.isfinite(float(norm)):  # before it is multiplied into all of them
        raise NotFiniteError(first_gradient(model.named_parameters()))
    torch.nn.utils.clip_grads_with_norm_(weights, settings.clip, norm)
    before()
    optimiser.step()
    return Step(losses, value, float(norm))


@torch.no_grad()
def evaluate(
    model: Trainable[Batch], course: Course[Batch], progress: Progress, everything: bool = False
) -> Evaluation:
    """Held-out losses and scores where the run stands."""
    return Evaluation(
        progress.step, progress.tokens, course.losses(model, everything), course.scores(model, everything)
    )


class Run(Generic[Batch]):
    """A training as far as it has come: `step` takes it one further."""

    def __init__(self, model: Trainable[Batch], course: Course[Batch], settings: Settings) -> None:
        self.model, self.course, self.settings = model, course, settings
        self.optimiser = optimiser_for(model, settings)
        self.progress = Progress()

    def step(self, batch: Batch | None = None, before: Callable[[], None] = lambda: None) -> Point:
        """One step, on the course's batch where none is given. Raises NotFiniteError, which names the step; nothing
        has changed then."""
        progress, settings = self.progress, self.settings
        clock, lr = time.process_time(), settings.schedule(progress.step)
        batch = self.course.batch(progress.step) if batch is None else batch
        try:
            step = one_step(self.model, self.optimiser, settings, batch, lr, before)
        except NotFiniteError as error:
            raise NotFiniteError(error.tensor, progress.step + 1) from None
        progress.step += 1
        progress.seconds += time.process_time() - clock
        point = _point(progress, settings, lr, step)
        progress.curve.append(point)
        return point

    def evaluate(self, everything: bool = False) -> Evaluation:
        """Held-out losses and scores now, kept in `progress`."""
        clock = time.process_time()
        found = evaluate(self.model, self.course, self.progress, everything)
        self.progress.evaluations.append(found)
        self.progress.seconds += time.process_time() - clock
        return found

    def become(self, course: Course[Batch], settings: Settings) -> None:
        """From the next step on it reads that course under those settings. The moments stay, where the optimiser does;
        those of another one begin at zero."""
        moments = self.optimiser.state_dict() if settings.optimizer == self.settings.optimizer else None
        self.course, self.settings = course, settings
        self.optimiser = optimiser_for(self.model, settings)
        decays = [group.get("weight_decay") for group in self.optimiser.param_groups]
        if moments is not None:
            self.optimiser.load_state_dict(moments)
            for group, decay in zip(self.optimiser.param_groups, decays, strict=True):
                if decay is not None:
                    group["weight_decay"] = decay

    def state(self) -> dict[str, object]:
        """All that the run goes on from: plain values and tensors, the run's own and not copies."""
        return {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "fixed": dict(self.settings.fixed),
            "progress": asdict(self.progress),
        }

    def load(self, contents: Mapping[str, object]) -> None:
        """Go on from that state."""
        model, moments, stored = contents["model"], contents["optimiser"], contents["progress"]
        assert isinstance(model, Mapping)
        assert isinstance(moments, dict)
        assert isinstance(stored, Mapping)
        self.model.load_state_dict(model)
        self.optimiser.load_state_dict(moments)
        self.progress = Progress(
            stored["step"], stored["seconds"], [Point(**each) for each in stored["curve"]],
            [Evaluation(**each) for each in stored["evaluations"]],
        )  # fmt: skip


def doubling(steps: int) -> list[int]:
    """Before the first step, after 1, 2, 4, 8, ... and after the last."""
    return sorted({0, *(1 << each for each in range(steps.bit_length()) if 1 << each <= steps), steps})


def train(
    model: Trainable[Batch],
    course: Course[Batch],
    settings: Settings,
    checkpoint: Path | None = None,
    *,
    checkpoint_every_s: float = 300.0,
    until: int | None = None,
    stopped: Callable[[], bool] = lambda: False,
    report: Report = lambda _: None,
) -> Progress:
    """Train to the schedule's end, or to `until`, or until `stopped()`; a checkpoint that is there is gone on from.

    `report` is called after every step. Raises NotFiniteError when the loss or its gradient is no longer a number; the
    checkpoint is then the one before that step.
    """
    run, schedule = Run(model, course, settings), settings.schedule
    if checkpoint and checkpoint.is_file():
        load_checkpoint(checkpoint, run)
    progress = run.progress
    end = min(schedule.steps, until if until is not None else schedule.steps)
    saved = time.monotonic()
    try:
        while progress.step < end and not stopped():
            run.step()
            if progress.step % settings.evaluate_every == 0 or progress.step == schedule.steps:
                run.evaluate()
            report(progress)
            if checkpoint and time.monotonic() - saved > checkpoint_every_s:
                save_checkpoint(checkpoint, run)
                saved = time.monotonic()
    except NotFiniteError:
        if checkpoint:
            save_checkpoint(checkpoint, run)
        raise
    if checkpoint:
        save_checkpoint(checkpoint, run)
    return progress


def _point(progress: Progress, settings: Settings, lr: float, step: Step) -> Point:
    parts, measures = (
        {name: float(value.detach()) for name, value in values.items()}
        for values in (step.losses.parts, step.losses.measures)
    )
    tokens = progress.tokens + settings.tokens_per_step
    return Point(progress.step, tokens, progress.seconds, lr, parts, step.grad_norm, measures)


def save_checkpoint(path: Path, run: Run[Batch]) -> None:
    """Write a checkpoint beside its place and rename it there: a stop in the middle leaves the older one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(run.state(), part)
    part.replace(path)


def load_checkpoint(path: Path, run: Run[Batch]) -> None:
    """Put the run where the checkpoint was. Raises BadRequestError if it is another recipe's."""
    contents = torch.load(path, weights_only=True)
    if contents.get("fixed") != dict(run.settings.fixed) or contents["model"].keys() != run.model.state_dict().keys():
        raise BadRequestError(
            "The checkpoint was made by another recipe: only the schedule may change on the way.",
            f"Delete {path} to begin anew.",
        )
    run.load(contents)
