"""The training loop: forward, losses, backward, clip, step; evaluate now and then; go on after a stop.

A run is a function of its recipe: weights and batches come from the seed, the batch of step t from t. A checkpoint
holds the weights, the optimiser's moments, the step and the curve, so that a run stopped anywhere and resumed ends
with the same weights as one that was never stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.pretraining.batches import Course
from explorer.stack.pretraining.recipe import Recipe


class Losses(Protocol):
    """What a trainable model's `loss(batch)` gives."""

    lm: Tensor
    balance: Tensor
    z: Tensor
    load: list[Tensor]


@dataclass(frozen=True)
class Point:
    """One step of the curve."""

    step: int
    tokens: int
    seconds: float
    """Processor time of this run, all threads, checkpoints and evaluations included."""
    lr: float
    lm: float
    balance: float
    z: float
    grad_norm: float
    busiest: float
    """The greatest share of one layer's pairs that one expert got; 1/n is even."""
    idlest: float
    """The smallest."""


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


def optimiser_for(model: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW; gains and other vectors are not decayed towards zero."""
    o = recipe.optimiser
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": o.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=o.peak, betas=(o.beta1, o.beta2), fused=True)


def one_step(model: Any, optimiser: torch.optim.Optimizer, recipe: Recipe, batch: Any, lr: float):
    """One step; returns its losses and the gradient's norm before clipping."""
    for group in optimiser.param_groups:
        group["lr"] = lr
    losses = model.loss(batch)
    total = losses.lm + recipe.losses.balance * losses.balance + recipe.losses.z * losses.z
    optimiser.zero_grad(set_to_none=True)
    total.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.optimiser.clip)
    optimiser.step()
    return losses, float(norm)


@torch.no_grad()
def evaluate(model: Any, course: Course, recipe: Recipe, step: int, everything: bool = False) -> Evaluation:
    """Held-out losses and scores after that step."""
    tokens = step * recipe.data.rows * recipe.data.n_ctx
    return Evaluation(step, tokens, course.losses(model, everything), course.scores(model, everything))


def train(
    model: nn.Module,
    recipe: Recipe,
    course: Course,
    checkpoint: Path | None = None,
    *,
    checkpoint_every_s: float = 300.0,
    until: int | None = None,
    stopped: Callable[[], bool] = lambda: False,
    report: Report = lambda _: None,
) -> Progress:
    """Train to the recipe's last step, or to `until`, or until `stopped()`; a checkpoint that is there is gone on from.

    `report` is called after every step. Raises FloatingPointError when the loss is no longer a number.
    """
    optimiser, schedule = optimiser_for(model, recipe), recipe.schedule()
    progress = (
        load_checkpoint(checkpoint, model, optimiser, recipe) if checkpoint and checkpoint.is_file() else Progress()
    )
    per_step = recipe.data.rows * recipe.data.n_ctx
    end = min(recipe.optimiser.steps, until if until is not None else recipe.optimiser.steps)
    saved, clock = time.monotonic(), time.process_time()
    while progress.step < end and not stopped():
        lr = schedule(progress.step)
        losses, norm = one_step(model, optimiser, recipe, course.batch(progress.step), lr)
        progress.step += 1
        now = time.process_time()
        progress.seconds, clock = progress.seconds + now - clock, now
        lm = float(losses.lm.detach())
        if lm != lm:
            raise FloatingPointError(f"the loss of step {progress.step} is not a number")
        shares = torch.stack(losses.load) if losses.load else torch.zeros(1, 1)
        progress.curve.append(
            Point(
                progress.step, progress.step * per_step, progress.seconds, lr, lm, float(losses.balance.detach()),
                float(losses.z.detach()), norm, float(shares.max()), float(shares.min()),
            )
        )  # fmt: skip
        if progress.step % recipe.run.evaluate_every == 0 or progress.step == recipe.optimiser.steps:
            progress.evaluations.append(evaluate(model, course, recipe, progress.step))
        report(progress)
        if checkpoint and time.monotonic() - saved > checkpoint_every_s:
            save_checkpoint(checkpoint, model, optimiser, recipe, progress)
            saved = time.monotonic()
    if checkpoint:
        save_checkpoint(checkpoint, model, optimiser, recipe, progress)
    return progress


def save_checkpoint(
    path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, recipe: Recipe, progress: Progress
) -> None:
    """Write a checkpoint beside its place and rename it there: a stop in the middle leaves the older one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    contents = {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "recipe": recipe.fixed(),
        "progress": asdict(progress),
    }
    torch.save(contents, part)
    part.replace(path)


def load_checkpoint(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, recipe: Recipe) -> Progress:
    """Put the model and the optimiser where the checkpoint was. Raises BadRequestError if it is another recipe's."""
    contents = torch.load(path, weights_only=True)
    if contents["recipe"] != recipe.fixed():
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
