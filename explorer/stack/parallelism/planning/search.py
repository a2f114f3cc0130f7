"""All plans of a model on a cluster: for each tensor and pipeline degree the best of the rest, or why there is none.

Data parallel ranks follow from the cards. Context and expert degrees, chunks of a stage, micro-batch, ZeRO and
recomputation are searched in full: some hundreds of plans a cell, each costed by `step`.

>>> from explorer.stack.parallelism.planning.model import MODELS
>>> from explorer.stack.systems.clusters import CLUSTERS
>>> cell = best(MODELS["Llama 3 70B"], CLUSTERS["h100"], Job(cards=64, batch=512, length=8192), tp=8, pp=2)
>>> cell.refusal, cell.plan.dp, cell.plan.recompute
(None, 4, 'none')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from explorer.stack.parallelism.planning.memory import needed
from explorer.stack.parallelism.planning.model import Model
from explorer.stack.parallelism.planning.plan import Plan, Recompute, Zero
from explorer.stack.parallelism.planning.refuse import USABLE, Refusal, cluster_of, hard, memory
from explorer.stack.parallelism.planning.step import Step, step
from explorer.stack.systems.clusters import Cluster

TPS = (1, 2, 4, 8, 16)
PPS = (1, 2, 4, 8, 16, 32)
CPS = (1, 2, 4, 8, 16)
CHUNKS = (1, 2, 4, 8)
MICROBATCHES = (1, 2, 4)
#: Tokens of a sequence that one rank should have at least, before context parallelism is worth its messages.
PIECE = 4096


@dataclass(frozen=True)
class Job:
    """What is to be trained with."""

    cards: int
    batch: int
    """Sequences of a step."""
    length: int


@dataclass(frozen=True)
class Cell:
    """One tensor and pipeline degree: its best plan with its cost, or the refusal of the one that came nearest."""

    tp: int
    pp: int
    plan: Plan
    step: Step | None
    refusal: Refusal | None
    tried: int
    """Plans that were looked at."""


def ends_of(model: Model, pp: int) -> int:
    """Blocks that first and last stage lack together, so that the others divide: none, one or two."""
    return next((ends for ends in (0, 1, 2, 3) if pp > 1 and (model.layers + ends) % pp == 0), 0)


def best(model: Model, cluster: Cluster, job: Job, tp: int, pp: int) -> Cell:
    """Of one cell."""
    base = Plan(tp=tp, pp=pp, batch=job.batch, length=job.length, sequence=tp > 1, ends=ends_of(model, pp))
    found: tuple[Plan, Step] | None = None
    nearest: tuple[float, Plan, Refusal] | None = None
    first: tuple[Plan, Refusal] | None = None
    tried = 0
    for shape in _shapes(model, base, job):
        why = hard(model, shape, cluster, job.cards)
        if why:
            first = first or (shape, why)
            continue
        for plan in _details(model, shape):
            tried += 1
            bytes_needed = sum(needed(model, plan).values())
            if bytes_needed > USABLE * cluster.memory:
                if nearest is None or bytes_needed < nearest[0]:
                    refused = memory(model, plan, cluster)
                    assert refused is not None
                    nearest = (bytes_needed, plan, refused)
                continue
            made = step(model, plan, cluster)
            if found is None or made.seconds < found[1].seconds:
                found = (plan, made)
    if found:
        return Cell(tp, pp, found[0], found[1], None, tried)
    if nearest:
        return Cell(tp, pp, nearest[1], step(model, nearest[1], cluster), nearest[2], tried)
    plan, why = first or (base, Refusal("batch", "No micro-batch divides the batch."))
    return Cell(tp, pp, plan, None, why, tried)


def _shapes(model: Model, base: Plan, job: Job) -> Iterator[Plan]:
    """Context and expert degrees; data parallel ranks follow."""
    for cp in CPS:
        if cp > 1 and job.length // cp < PIECE:
            return
        copies = job.cards // (base.tp * base.pp * cp)
        if copies < 1 and cp > 1:
            return
        shape = replace(base, cp=cp, dp=max(1, copies))
        for ep in _expert_degrees(model, shape.replicas):
            yield replace(shape, ep=ep)


def _expert_degrees(model: Model, copies: int) -> list[int]:
    """Degrees that divide, the four largest: few experts a rank are the point."""
    if not model.experts:
        return [1]
    return [each for each in range(min(model.experts, copies, 128), 0, -1)
            if model.experts % each == 0 and copies % each == 0][:4]  # fmt: skip


def _details(model: Model, shape: Plan) -> Iterator[Plan]:
    zeros: tuple[Zero, ...] = (1, 2) if shape.pp > 1 else (1, 2, 3)
    again: tuple[Recompute, ...] = ("none", "full")
    chunks = [each for each in CHUNKS if each == 1 or _chunked(model, shape, each)]
    for micro, chunk, zero, recompute in product(MICROBATCHES, chunks, zeros, again):
        plan = replace(shape, microbatch=micro, chunks=chunk, zero=zero, recompute=recompute)
        if shape.batch % (shape.dp * micro) or (chunk > 1 and plan.microbatches % shape.pp):
            continue
        yield plan


def _chunked(model: Model, shape: Plan, chunks: int) -> bool:
    return shape.pp > 1 and (model.layers + shape.ends) % (shape.pp * chunks) == 0


def grid(model: Model, cluster: Cluster, job: Job) -> list[Cell]:
    """Every cell. Raises ValueError for a cluster that is none, with what would be."""
    refused = cluster_of(job.cards)
    if refused:
        raise ValueError(refused.sentence)
    return [best(model, cluster, job, tp, pp) for tp in TPS for pp in PPS]


def top(cells: list[Cell]) -> Cell | None:
    """The quickest that fits."""
    fits = [each for each in cells if each.step and not each.refusal]
    return min(fits, key=lambda each: each.step.seconds if each.step else 0.0, default=None)
