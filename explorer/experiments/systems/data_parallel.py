"""A decoder's step shared by real processes in four stages, from data parallelism to ZeRO 3, against one process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems.parallel_subject import Subject, decoder_of
from explorer.experiments.systems.ranks import TRAINS, Message, Ranks
from explorer.stack.parallelism.group import Record
from explorer.stack.parallelism.shard import Held, Moment
from explorer.stack.parallelism.units import flat_views, segments_of, shares, units_of
from explorer.stack.parallelism.zero_memory import STAGES, BytesAWeight, Precision, Stage, bytes_a_weight, item_of, sent
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

STEP = "explorer.experiments.systems.zero_rank:stages"


@dataclass(frozen=True, eq=False)
class Ran:
    """One stage, as its processes did it."""

    stage: Stage
    ranks: int
    loss: float
    moments: tuple[tuple[Moment, ...], ...]
    """By rank."""
    records: tuple[Record, ...]
    """Of rank 0, in order: the others took part in the same."""
    sent: tuple[float, ...]
    """Bytes that each rank sent for weights and gradients, by its records."""
    formula: float
    """The same by the formula, of every rank."""
    whole: BytesAWeight
    """What the formula says that each rank holds at the end of the backward pass: bytes of all weights."""
    counters: int
    """Bytes that the optimizer counts its steps with."""
    gradients: Mapping[str, float]
    """By unit: how far its gradient is from one process's, relative to its length."""

    @property
    def unaccounted(self) -> int:
        """The most bytes of living tensors that are in no part, at any moment of any rank."""
        return worst(abs((each.seen or 0) - each.held.total) for did in self.moments for each in did)

    @property
    def off(self) -> float:
        """Bytes by which weights, gradients and optimizer differ from the formula, of all ranks."""
        found = 0.0
        for did in self.moments:
            held = next(each.held for each in did if each.kind == "ready")
            found += abs(held.weights - self.whole.weights) + abs(held.gradients - self.whole.gradients)
            found += abs(held.optimizer - self.counters - self.whole.optimizer)
        return found

    @property
    def socket(self) -> int | None:
        """Bytes that crossed the socket for all collectives, headers too; None: not measured."""
        counted = [each.socket for each in self.records]
        return None if None in counted else sum(each for each in counted if each is not None)


@dataclass(frozen=True, eq=False)
class Compared:
    """The stages so far."""

    subject: Subject
    ranks: int
    precision: Precision
    alone: float
    """One process's loss."""
    counted: bool
    """Whether bytes on the socket were counted."""
    stages: tuple[Ran, ...]

    @property
    def done(self) -> bool:
        return len(self.stages) == len(STAGES)


@dataclass(eq=False)
class _Heard:
    """What the ranks have told of one stage."""

    done: dict[int, Message] = field(default_factory=dict)
    gradients: dict[str, dict[int, Tensor]] = field(default_factory=dict)


def compared(subject: Subject, ranks: int, precision: Precision, progress: Ticks = unheard) -> Iterator[Compared]:
    """Stage after stage. Raises ValueError where the rows are too few, RanksError where a rank is lost."""
    shares(len(subject.windows), ranks)
    decoder, alone, wanted = one_process(subject, precision)
    made, heard = list[Ran](), {stage: _Heard() for stage in STAGES}
    given = {**subject.payload(), "stages": list(STAGES), "precision": precision}
    with Ranks(ranks, lambda: progress(len(made), len(STAGES)), loads=TRAINS) as group:
        for rank, part in group.parts(STEP, [given] * ranks):
            told = heard[part["stage"]]
            if "gradient" in part:
                told.gradients.setdefault(part["unit"], {})[rank] = part["gradient"]
                continue
            told.done[rank] = part
            if len(told.done) == ranks:
                made.append(_ran(part["stage"], decoder, told, wanted, precision))
                told.gradients.clear()
                progress(len(made), len(STAGES))
                yield Compared(subject, ranks, precision, alone, group.counted, tuple(made))


def one_process(subject: Subject, precision: Precision) -> tuple[Decoder, float, dict[str, Tensor]]:
    """The decoder, its loss on all rows and its gradients, each as it comes in this precision."""
    decoder = decoder_of(subject.payload())
    if precision == "mixed":
        decoder = decoder.to(torch.bfloat16)
    with torch.enable_grad():
        loss = decoder.loss(subject.windows).total({})
        loss.backward()
    gradients = {name: each.grad for name, each in decoder.named_parameters() if each.grad is not None}
    return decoder, float(loss.detach()), gradients


def _ran(stage: Stage, decoder: Decoder, told: _Heard, wanted: Mapping[str, Tensor], precision: Precision) -> Ran:
    ranks, units, item = len(told.done), units_of(decoder), item_of(precision)
    moments = tuple(tuple(map(_moment, told.done[rank]["moments"])) for rank in range(ranks))
    records = [tuple(Record(**{**each, "members": tuple(each["members"])}) for each in told.done[rank]["records"])
               for rank in range(ranks)]  # fmt: skip
    names = {unit.name for unit in units}
    sizes = {unit.name: item * unit.padded(ranks) for unit in units}
    a_weight, numbers = bytes_a_weight(stage, ranks, precision), sum(unit.padded(ranks) for unit in units)
    whole = BytesAWeight(*(each * numbers for each in (a_weight.weights, a_weight.gradients, a_weight.optimizer)))
    apart = {}
    for unit in units:
        parts = [told.gradients[unit.name][rank] for rank in sorted(told.gradients[unit.name])]
        flat = torch.cat(parts).float()
        ours = torch.cat([view.flatten() for _, view in flat_views(flat, unit)])
        theirs = torch.cat([wanted[name].flatten() for name, _ in unit.parameters]).float()
        apart[unit.name] = float((ours - theirs).norm() / theirs.norm())
    return Ran(
        stage, ranks, told.done[0]["loss"], moments, records[0],
        tuple(sum(each.formula for each in did if each.what in names) for did in records),
        sent(stage, ranks, sizes, segments_of(decoder)), whole, 4 * len(units), apart,
    )  # fmt: skip


def _moment(told: Message) -> Moment:
    listed = {name: tuple(told[name]) for name in ("whole", "summing", "summed")}
    return Moment(**{**told, **listed, "held": Held(**told["held"])})
