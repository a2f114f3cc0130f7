"""Data parallelism broken on purpose: how far each weight's gradient is from one process's, rank by rank.

Every wrong gradient is also made in one process, from the ranks' own gradients, as the mistake says that it must be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems.parallel_subject import Subject, decoder_of
from explorer.experiments.systems.ranks import TRAINS, Message, Ranks
from explorer.stack.parallelism.units import Forward
from explorer.stack.worst import worst

Mistake = Literal["right", "sum", "means", "stale", "order", "unsent"]
MISTAKES: tuple[Mistake, ...] = get_args(Mistake)
BROKEN = "explorer.experiments.systems.broken_rank:mistakes"
#: The parameter whose bucket one mistake does not sum.
UNSENT = "embed.weight"
Gradients = Mapping[str, Tensor]


@dataclass(frozen=True)
class Off:
    """One weight's gradient against one process's."""

    error: float
    """Length of the difference, relative."""
    cosine: float
    length: float
    """Times as long."""


@dataclass(frozen=True, eq=False)
class Broken:
    """One mistake, as it ran."""

    mistake: Mistake
    loss: float
    """As rank 0 reports its own."""
    first: Mapping[str, Off]
    """By weight, on rank 0."""
    last: Mapping[str, Off]
    whole: Off
    """All of rank 0's weights as one vector."""
    between: float
    """How far the last rank's gradient is from rank 0's, relative."""
    predicted: float
    """How far it is from what one process makes of the mistake, relative; the worst weight of both ranks."""


@dataclass(frozen=True, eq=False)
class AllBroken:
    """The mistakes so far."""

    subject: Subject
    ranks: int
    done: tuple[Broken, ...]

    @property
    def whole(self) -> bool:
        return len(self.done) == len(MISTAKES)


def broken(subject: Subject, ranks: int, progress: Ticks = unheard) -> Iterator[AllBroken]:
    """Mistake after mistake. The subject has four rows for each rank: two of this batch, two of the one before."""
    each = list(subject.windows.chunk(2 * ranks))
    even, before = each[:ranks], each[ranks:]
    batch = torch.cat(even)
    uneven = [batch[:1], *batch[1:].tensor_split(ranks - 1)]
    right, alone = _one(subject, batch), [_one(subject, rows) for rows in even]
    given = {
        **subject.payload(), "even": even, "uneven": uneven, "before": before,
        "mistakes": list(MISTAKES), "unsent": UNSENT,
    }  # fmt: skip
    told: dict[Mistake, dict[int, Message]] = {}
    made: list[Broken] = []
    with Ranks(ranks, lambda: progress(len(made), len(MISTAKES)), loads=TRAINS) as group:
        for rank, part in group.parts(BROKEN, [given] * ranks):
            mistake: Mistake = part["mistake"]
            told.setdefault(mistake, {})[rank] = part
            if len(told[mistake]) < 2:
                continue
            others = {
                "means": lambda: [_one(subject, rows) for rows in uneven],
                "stale": lambda: [*alone[:-1], _one(subject, before[-1])],
            }.get(mistake, lambda: alone)()
            answers = [told[mistake].pop(each) for each in sorted(told[mistake])]
            made.append(_compared(mistake, answers, right, others))
            progress(len(made), len(MISTAKES))
            yield AllBroken(subject, ranks, tuple(made))


def _one(subject: Subject, rows: Tensor) -> Gradients:
    """One process's gradient of the mean over these rows."""
    decoder = decoder_of(subject.payload())
    with torch.enable_grad():
        Forward(decoder, rows, None, 1.0).whole().backward()
    return {name: each.grad for name, each in decoder.named_parameters() if each.grad is not None}


def predicted(mistake: Mistake, own: Sequence[Gradients], rank: int) -> Gradients:
    """What the ranks' own gradients become by the mistake, on one rank."""
    ranks = len(own)
    total = {name: sum((each[name] for each in own[1:]), own[0][name]) for name in own[0]}
    if mistake == "sum":
        return total
    mean = {name: each / ranks for name, each in total.items()}
    if mistake == "unsent":
        return {**mean, UNSENT: own[rank][UNSENT] / ranks}
    if mistake == "order":
        for one, other in swapped(own[0]):
            mean[one], mean[other] = _crossed(own, one, other, rank)
    return mean


def _crossed(own: Sequence[Gradients], one: str, other: str, rank: int) -> tuple[Tensor, Tensor]:
    """Two weights' gradients where the last rank sends each in the place of the other."""
    last, ranks = own[-1], len(own)
    sums = {name: sum((each[name] for each in own[1:-1]), own[0][name]) for name in (one, other)}
    first = (sums[one].flatten() + last[other].flatten()) / ranks
    second = (sums[other].flatten() + last[one].flatten()) / ranks
    if rank == ranks - 1:
        first, second = second, first
    return first.view(last[one].shape), second.view(last[other].shape)


def swapped(gradients: Gradients) -> list[tuple[str, str]]:
    """Neighbours of one size, in the order of the buckets: the last weight's first."""
    names, at, found = list(gradients)[::-1], 0, list[tuple[str, str]]()
    while at + 1 < len(names):
        one, other = gradients[names[at]].numel(), gradients[names[at + 1]].numel()
        if one == other and one > 1000:
            found.append((names[at], names[at + 1]))
            at += 1
        at += 1
    return found


def _compared(mistake: Mistake, answers: Sequence[Message], right: Gradients, own: Sequence[Gradients]) -> Broken:
    first, last = (each["gradients"] for each in answers)
    apart = []
    for rank, made in ((0, first), (len(own) - 1, last)):
        wanted = predicted(mistake, own, rank)
        apart += [off(made[name], wanted[name]).error for name in wanted]
    flat = [torch.cat([each[name].flatten() for name in right]) for each in (first, last, right)]
    return Broken(
        mistake,
        answers[0]["loss"],
        {name: off(first[name], right[name]) for name in right},
        {name: off(last[name], right[name]) for name in right},
        off(flat[0], flat[2]),
        off(flat[1], flat[0]).error,
        worst(apart),
    )


def off(made: Tensor, wanted: Tensor) -> Off:
    made, wanted = made.double(), wanted.double()
    lengths = float(made.norm()), float(wanted.norm())
    cosine = float((made * wanted).sum()) / (lengths[0] * lengths[1])
    return Off(float((made - wanted).norm()) / lengths[1], cosine, lengths[0] / lengths[1])
