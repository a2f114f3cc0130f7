"""One step of a training, with a bug and without it: from the same weights and moments, on the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.pretraining import training_bugs as bugs
from explorer.experiments.pretraining.training_bugs import BUGS, Asked, Moved, Switches, Trainee
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.documents import BEGIN, document_of, over_borders, reads
from explorer.stack.pretraining.optimizers.decay import rule
from explorer.stack.transformer.decoder import Decoder

#: The step that is opened; the first one, or the last, where the bug is there.
OPENED = 20
FIRST, LAST = ("warmup",), ("unscheduled",)
#: Tokens of a row whose labels are shown, and steps whose rates are.
LABELS, RATES = 28, 16
#: Parts of the decoder, by what their parameters' names begin with or hold.
PARTS = {"embedding": "embed.", "attention": ".attn.", "feed-forward": ".mlp.", "head": "unembed."}
GAINS = "gains"


@dataclass(frozen=True, kw_only=True)
class Part:
    """The weights of one part: right and wrong."""

    name: str
    weights: int
    gradients: tuple[float, float]
    """Norms, after clipping."""
    gradient_apart: float
    """The norm of their difference, by that of the right one."""
    cosine: float
    moved: tuple[float, float]
    """Norms of what the step takes from the weights."""
    moved_apart: float
    changed: tuple[int, int]
    """Weights that are others after the step."""
    decay: tuple[float, float]
    """The norm of what weight decay changes of this step, by that of the weights."""


@dataclass(frozen=True)
class RowShare:
    """A row of the batch, and what a token of it counts for in the loss."""

    tokens: int
    loss: float
    right: float
    wrong: float


@dataclass(frozen=True)
class Label:
    """What a position is asked for."""

    id: int
    right: int
    wrong: int
    right_nats: float
    wrong_nats: float


@dataclass(frozen=True, eq=False)
class Borders:
    """A row of documents, read without a mask."""

    ids: Int[Tensor, " pos"]
    documents: Int[Tensor, " pos"]
    pattern: Float[Tensor, "query key"]
    """Attention without the mask, mean over heads and blocks."""
    over: Float[Tensor, " query"]
    """The share of it that goes over a border."""
    pairs: int
    """Of query and key of two documents, in the whole batch."""
    all_pairs: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """The step opened."""

    asked: Asked
    opened: int
    arm: Trainee
    """The training without the bug, before the step."""
    wrong_arm: Trainee
    batch: Int[Tensor, "row pos"]
    right: Moved
    wrong: Moved
    parts: tuple[Part, ...]
    rows: tuple[RowShare, ...]
    labels: tuple[Label, ...]
    rates: tuple[tuple[float, float], ...]
    borders: Borders | None


def evidence(asked: Asked, progress: Progress = silent) -> Evidence:
    """Train without the bug up to the step, and open it."""
    opened = 1 if asked.bug in FIRST else asked.steps if asked.bug in LAST else min(OPENED, asked.steps)
    arm, _ = bugs.pair(asked, asked.seed)
    course = arm.course
    assert course is not None
    for at in range(opened - 1):
        progress("Training steps", at, opened)
        arm.step(course.batch(at))
    progress("Training steps", opened - 1, opened)
    switches, batch = BUGS[asked.bug], course.batch(opened - 1)
    other = bugs.with_switches(arm, switches)
    right, wrong = arm.moved(batch), other.moved(batch)
    return Evidence(
        asked=asked,
        opened=opened,
        arm=arm,
        wrong_arm=other,
        batch=batch,
        right=right,
        wrong=wrong,
        parts=tuple(_parts(arm, other, right, wrong)),
        rows=tuple(_rows(arm.model, batch)) if not switches.over_tokens else (),
        labels=tuple(_labels(arm.model, batch)) if switches.shift > 1 else (),
        rates=tuple(_rates(arm, switches)) if switches.from_nought else (),
        borders=None if switches.masked else _borders(arm.model, batch),
    )


def part_of(name: str, weight: Tensor) -> str:
    """
    >>> part_of("blocks.0.attn.W_Q.weight", torch.empty(2, 2)), part_of("blocks.0.ln1.w", torch.empty(2))
    ('attention', 'gains')
    """
    if weight.dim() < 2:
        return GAINS
    return next(part for part, held in PARTS.items() if name.startswith(held) or (held[0] == "." and held in name))


def _parts(arm: Trainee, other: Trainee, right: Moved, wrong: Moved) -> Iterable[Part]:
    weights = {name: each.detach() for name, each in arm.model.named_parameters()}
    for part in (*PARTS, GAINS):
        names = [name for name, each in weights.items() if part_of(name, each) == part]
        first, second = (torch.cat([made.gradients[n].flatten() for n in names]) for made in (right, wrong))
        before = torch.cat([weights[n].flatten() for n in names])
        after = [torch.cat([made.steps[n].weight.flatten() for n in names]) for made in (right, wrong)]
        moves = [each - before for each in after]
        decays = [_decay_of(which, made, names, weights) for which, made in ((arm, right), (other, wrong))]
        yield Part(
            name=part,
            weights=before.numel(),
            gradients=(float(first.norm()), float(second.norm())),
            gradient_apart=apart(first, second),
            cosine=min(float(torch.cosine_similarity(first.double(), second.double(), dim=0)), 1.0),
            moved=(float(moves[0].norm()), float(moves[1].norm())),
            moved_apart=apart(*moves),
            changed=(int((after[0] != before).sum()), int((after[1] != before).sum())),
            decay=(float(decays[0].norm() / before.norm()), float(decays[1].norm() / before.norm())),
        )


def apart(one: Tensor, two: Tensor) -> float:
    """The norm of the difference by that of the first."""
    norm = float(one.norm())
    return float((two - one).norm()) / norm if norm else float(two.norm() > 0)


def _decay_of(arm: Trainee, made: Moved, names: list[str], weights: dict[str, Tensor]) -> Tensor:
    """What the step would not have done without weight decay, its moments as they are."""
    without = rule(arm.switches.how, 0.0, arm.settings.schedule.peak)
    t = len(arm.losses) + 1
    return torch.cat(
        [
            (without.step(weights[n], made.gradients[n], arm.states[n], t, made.rate).weight - made.steps[n].weight)
            .flatten()
            for n in names
        ]
    )  # fmt: skip


@torch.no_grad()
def _rows(model: Decoder, batch: Int[Tensor, "row pos"]) -> list[RowShare]:
    made = bugs.row_losses(model, batch, Switches())
    numbers = made.real.sum(1).tolist()
    return [
        RowShare(number, total / number, 1 / sum(numbers), 1 / (len(numbers) * number))
        for number, total in zip(numbers, made.each.sum(1).tolist(), strict=True)
    ]


@torch.no_grad()
def _labels(model: Decoder, batch: Int[Tensor, "row pos"]) -> list[Label]:
    row = batch[:1]
    once, twice = (bugs.row_losses(model, row, Switches(shift=by)).each[0].tolist() for by in (1, 2))
    ids = row[0].tolist()
    count = min(LABELS, len(ids) - 2)
    return [Label(ids[at], ids[at + 1], ids[at + 2], once[at], twice[at]) for at in range(count)]


def _rates(arm: Trainee, switches: Switches) -> Iterable[tuple[float, float]]:
    schedule = arm.settings.schedule
    for at in range(min(RATES, schedule.warmup + 2)):
        yield schedule(at), bugs.rate_of(schedule, at, switches)


@torch.no_grad()
def _borders(model: Decoder, batch: Int[Tensor, "row pos"]) -> Borders:
    ids = batch[:, :-1]
    row = int((ids == BEGIN).sum(1).argmax())
    x, at = model.entered(ids[row : row + 1])
    at.patterns = {}
    for block in model.blocks:
        x = block(x, at)
    pattern = torch.stack([each[0].mean(0) for each in at.patterns.values()]).mean(0)  # query key
    inside = reads(ids[row : row + 1])[0, 0]
    return Borders(
        ids[row], document_of(ids[row : row + 1])[0], pattern, (pattern * ~inside).sum(1), over_borders(ids),
        ids.shape[0] * ids.shape[1] * (ids.shape[1] + 1) // 2,
    )  # fmt: skip
