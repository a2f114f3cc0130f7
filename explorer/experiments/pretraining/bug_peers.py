"""A step with a bug and without it, held against torch's optimizers and schedules and transformers' Llama."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.experiments.pretraining import training_bugs as bugs
from explorer.experiments.pretraining.bug_evidence import Evidence, apart
from explorer.experiments.pretraining.document_rows import held_rows
from explorer.experiments.pretraining.training_bugs import Moved, Switches, Trainee
from explorer.experiments.transformer.library_blocks import llama_of
from explorer.stack.pretraining.documents import BEGIN, document_of
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst
from explorer.zoo.quiet import quiet


def torch_error(made: Evidence) -> float:
    """Both steps by torch's Adam and AdamW, from the same moments: the largest difference, by the largest step."""
    found = []
    for arm, moved in ((made.arm, made.right), (made.wrong_arm, made.wrong)):
        for name, weight in arm.model.named_parameters():
            theirs = _by_torch(arm, name, weight.detach(), moved)
            ours = moved.steps[name]
            step = ours.weight - weight.detach()
            found.append((float((theirs - ours.weight).abs().max()), float(step.abs().max())))
    largest = max(step for _, step in found) or 1.0
    return worst(error for error, _ in found) / largest


def _by_torch(arm: Trainee, name: str, weight: Tensor, moved: Moved) -> Tensor:
    held = weight.clone().requires_grad_()
    decay = arm.weight_decay if arm.switches.everything or bugs.decayed(name, weight) else 0.0
    if arm.switches.how == "unscheduled" and moved.rate:
        decay *= arm.settings.schedule.peak / moved.rate
    kind = torch.optim.Adam if arm.switches.how == "inside" else torch.optim.AdamW
    optimizer = kind([held], lr=moved.rate, betas=(0.9, 0.95), weight_decay=decay)
    if state := arm.states[name]:
        step = torch.tensor(float(len(arm.losses)))
        optimizer.state[held] = {"step": step, "exp_avg": state["m"].clone(), "exp_avg_sq": state["v"].clone()}
    held.grad = moved.gradients[name].clone()
    optimizer.step()
    return held.detach()


def rows_error(made: Evidence) -> float:
    """Gradients accumulated row by row, against those of transformers' Llama on all rows at once."""
    model = made.arm.model
    weights = dict(model.named_parameters())
    numbers = [int(bugs.counts(row[None]).sum()) for row in made.batch]
    sums: list[Tensor] = [torch.zeros_like(each) for each in weights.values()]
    for row in made.batch.split(1):
        part = bugs.row_losses(model, row, Switches())
        scaled = bugs.by_tokens([part.each.sum()], [sum(numbers)])
        for into, each in zip(sums, torch.autograd.grad(scaled, [*weights.values()]), strict=True):
            into += each
    ours = dict(zip(weights, sums, strict=True))
    theirs = _library_gradients(model, made.batch)
    errors = [apart(theirs[name], ours[name]) for name in ours]
    return worst(errors)


def _library(model: Decoder):
    with quiet():
        return llama_of(model)


def _library_gradients(model: Decoder, batch: Int[Tensor, "row pos"]) -> dict[str, Tensor]:
    """By our names."""
    from explorer.stack.transformer.weights import from_hf

    theirs = _library(model)
    labels = batch.clone()
    labels[:, 1:][~bugs.counts(batch)] = -100
    theirs(batch, labels=labels).loss.backward()
    found = {name: each.grad for name, each in theirs.named_parameters() if each.grad is not None}
    return from_hf(model.config, found)


@torch.no_grad()
def shifted_error(made: Evidence) -> float:
    """The loss of the bug, against transformers' where it is given labels that are shifted already."""
    row = made.batch[:1]
    labels = torch.full_like(row, -100)
    labels[:, :-1] = row[:, 1:]
    theirs = float(_library(made.arm.model)(row, labels=labels).loss)
    each = bugs.row_losses(made.arm.model, row, Switches(shift=2, masked=False))
    return abs(float(each.each.sum() / each.real.sum()) - theirs)


@torch.no_grad()
def alone_error(made: Evidence) -> float:
    """Every document of a packed row in a row of its own: the largest difference of a target's loss."""
    row = int((made.batch == BEGIN).sum(1).argmax())
    model, ids = made.arm.model, made.batch[row : row + 1]
    packed = bugs.row_losses(model, ids, Switches()).each[0]
    of, found = document_of(ids)[0], []
    for number in range(int(of[-1]) + 1):
        places = (of == number).nonzero().flatten()
        single = bugs.row_losses(model, ids[:, places], Switches(masked=False)).each[0]
        found.append(float((single - packed[places[:-1]]).abs().max()) if len(single) else 0.0)
    return worst(found)


def rates_error(made: Evidence) -> float:
    """Both warm-ups against schedules of others: torch's LinearLR, and transformers' with its rate of 0 at first."""
    from transformers import get_constant_schedule_with_warmup

    warmup, peak = made.arm.settings.schedule.warmup, made.arm.settings.schedule.peak
    found = []
    for which in range(2):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
        theirs = (
            get_constant_schedule_with_warmup(optimizer, warmup)
            if which
            else torch.optim.lr_scheduler.LinearLR(optimizer, 1 / warmup, 1.0, warmup - 1)
        )
        for pair in made.rates[:warmup]:
            found.append(abs(pair[which] - float(theirs.get_last_lr()[0])) / peak)
            optimizer.step()
            theirs.step()
    return worst(found)


@torch.no_grad()
def held_error(arms: Iterable[Trainee]) -> float:
    """The last held-out losses, against transformers' Llama on the same rows."""
    rows = held_rows()
    labels = rows.clone()
    labels[:, 1:][~bugs.counts(rows)] = -100
    return worst(abs(float(_library(arm.model)(rows, labels=labels).loss) - arm.held[-1]) for arm in arms)
