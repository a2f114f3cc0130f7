"""The training loop: forward, losses, backward, clip, step; evaluate now and then; go on after a stop.

A run is a function of its seed: weights and batches come from it, the batch of step t from t. A checkpoint holds
the weights, the optimiser's moments, the step and the curve, so that a run stopped anywhere and resumed ends with the
same weights as one that was never stopped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

import torch

from explorer.errors import BadRequestError
from explorer.stack.pretraining.batches import Course, Trainable
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.transformer.losses import Losses


@dataclass(frozen=True)
class Settings:
    """How a run goes: the optimiser is AdamW."""

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


@dataclass(frozen=True)
class Point:
    """One step of the curve."""

    step: int
    tokens: int
    seconds: float
    """Processor time of this run, all threads, checkpoints and evaluations included."""
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


Report = Callable[[Progress], None]
Batch = TypeVar("Batch")


def optimiser_for(model: Trainable[Batch], settings: Settings) -> torch.optim.AdamW:
    """AdamW; gains and other vectors are not decayed towards zero."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.schedule.peak, betas=settings.betas, fused=True)


@dataclass(frozen=True)
class Step:
    """What one step found."""

    losses: Losses
    total: float
    """The weighed sum that was trained."""
    grad_norm: float
    """Before clipping."""


def one_step(
    model: Trainable[Batch], optimiser: torch.optim.Optimizer, settings: Settings, batch: Batch, lr: float
) -> Step:
    """Forward, losses, backward, clip, step."""
    for group in optimiser.param_groups:
        group["lr"] = lr
    losses = model.loss(batch)
    total = losses.total(settings.weights)
    optimiser.zero_grad(set_to_none=True)
    total.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
    optimiser.step()
    return Step(losses, float(total.detach()), float(norm))


@torch.no_grad()
def evaluate(
    model: Trainable[Batch], course: Course[Batch], settings: Settings, step: int, everything: bool = False
) -> Evaluation:
    """Held-out losses and scores after that step."""
    tokens = step * settings.tokens_per_step
    return Evaluation(step, tokens, course.losses(model, everything), course.scores(model, everything))


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

    `report` is called after every step. Raises FloatingPointError when the loss is no longer
    a number.
    """
    optimiser, schedule = optimiser_for(model, settings), settings.schedule
    progress = (
        load_checkpoint(checkpoint, model, optimiser, settings) if checkpoint and checkpoint.is_file() else Progress()
    )
    end = min(schedule.steps, until if until is not None else schedule.steps)
    saved, clock = time.monotonic(), time.process_time()
    while progress.step < end and not stopped():
        lr = schedule(progress.step)
        step = one_step(model, optimiser, settings, course.batch(progress.step), lr)
        progress.step += 1
        now = time.process_time()
        progress.seconds, clock = progress.seconds + now - clock, now
        if not math.isfinite(step.total):
            raise FloatingPointError(f"the loss of step {progress.step} is not a number")
        progress.curve.append(_point(progress, settings, lr, step))
        if progress.step % settings.evaluate_every == 0 or progress.step == schedule.steps:
            progress.evaluations.append(evaluate(model, course, settings, progress.step))
        report(progress)
        if checkpoint and time.monotonic() - saved > checkpoint_every_s:
            save_checkpoint(checkpoint, model, optimiser, settings, progress)
            saved = time.monotonic()
    if checkpoint:
        save_checkpoint(checkpoint, model, optimiser, settings, progress)
    return progress


def _point(progress: Progress, settings: Settings, lr: float, step: Step) -> Point:
    parts, measures = (
        {name: float(value.detach()) for name, value in values.items()}
        for values in (step.losses.parts, step.losses.measures)
    )
    tokens = progress.step * settings.tokens_per_step
    return Point(progress.step, tokens, progress.seconds, lr, parts, step.grad_norm, measures)


def save_checkpoint(
    path: Path, model: Trainable[Batch], optimiser: torch.optim.Optimizer, settings: Settings, progress: Progress
) -> None:
    """Write a checkpoint beside its place and rename it there: a stop in the middle leaves the older one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    contents = {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "fixed": dict(settings.fixed),
        "progress": asdict(progress),
    }
    torch.save(contents, part)
    part.replace(path)


def load_checkpoint(
    path: Path, model: Trainable[Batch], optimiser: torch.optim.Optimizer, settings: Settings
) -> Progress:
    """Put the model and the optimiser where the checkpoint was. Raises BadRequestError if it is another recipe's."""
    contents = torch.load(path, weights_only=True)
    if contents.get("fixed") != dict(settings.fixed) or contents["model"].keys() != model.state_dict().keys():
        raise BadRequestError(
            "The checkpoint was made by another recipe: only the schedule may change on the way.",
            f"Delete {path} to begin anew.",
        )
    model.load_state_dict(contents["model"])
    optimiser.load_state_dict(contents["optimiser"])
    stored = contents["progress"]
    return Progress(
        stored["step"], stored["seconds"], [Point(**each) for each in stored["curve"]],
        [Evaluation(**each) for each in stored["evaluations"]],
    )  # fmt: skip
