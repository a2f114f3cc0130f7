"""Plans on a cluster: the grid of a job, the reference's typical layout, and how the cost grows with the cards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from explorer.experiments.progress import Ticks
from explorer.stack.parallelism.planning.memory import needed
from explorer.stack.parallelism.planning.model import MODELS
from explorer.stack.parallelism.planning.plan import RECOMPUTE, Plan
from explorer.stack.parallelism.planning.refuse import USABLE, Refusal, cluster_of, hard, memory
from explorer.stack.parallelism.planning.search import MICROBATCHES, Cell, Job, grid, top
from explorer.stack.parallelism.planning.step import Step, step
from explorer.stack.systems.clusters import CLUSTERS

#: The reference's: tensor parallel in a node, a pipeline over two, ZeRO-1 over pairs of nodes.
TYPICAL_TP, TYPICAL_PP = 8, 2
#: From one machine to sixteen thousand cards.
COUNTS = tuple(2**power for power in range(3, 15))


@lru_cache(maxsize=64)
def planned(model: str, cluster: str, job: Job) -> tuple[Cell, ...]:
    """Every cell. Raises ValueError for a cluster that is none."""
    return tuple(grid(MODELS[model], CLUSTERS[cluster], job))


@dataclass(frozen=True)
class Typical:
    """The reference's layout on a job's cards: what it costs, or why it cannot be."""

    plan: Plan
    step: Step | None
    refusal: Refusal | None


def typical(model: str, cluster: str, job: Job) -> Typical:
    """Micro-batch and recomputation are the best that fit: the reference does not name them."""
    each = TYPICAL_TP * TYPICAL_PP
    known, cards = MODELS[model], CLUSTERS[cluster]
    plan = Plan(tp=TYPICAL_TP, pp=TYPICAL_PP, dp=max(1, job.cards // each), batch=job.batch, length=job.length)
    why = cluster_of(job.cards) or hard(known, plan, cards, job.cards)
    if why:
        return Typical(plan, None, why)
    ways = [replace(plan, microbatch=micro, recompute=again) for micro in MICROBATCHES for again in RECOMPUTE[::2]]
    ways = [each for each in ways if not each.batch % (each.dp * each.microbatch)]
    fits = [each for each in ways if sum(needed(known, each).values()) <= USABLE * cards.memory]
    if not fits:
        least = min(ways, key=lambda way: sum(needed(known, way).values()))
        return Typical(least, step(known, least, cards), memory(known, least, cards))
    best = min(fits, key=lambda way: step(known, way, cards).seconds)
    return Typical(best, step(known, best, cards), None)


@dataclass(frozen=True)
class Grown:
    """The best plan on so many cards; None: none fits."""

    cards: int
    cell: Cell | None
    refused: str
    """The commonest reason where none fits."""


def growth(model: str, cluster: str, batch: int, length: int, ticks: Ticks) -> Iterator[tuple[Grown, ...]]:
    """Yields what it has after each count of cards: the batch stays as it is."""
    made: list[Grown] = []
    for at, cards in enumerate(COUNTS):
        ticks(at, len(COUNTS))
        cells = planned(model, cluster, Job(cards, batch, length))
        found = top(list(cells))
        why = [each.refusal.constraint for each in cells if each.refusal and each.refusal.constraint != "node"]
        made.append(Grown(cards, found, "" if found else max(set(why), key=why.count)))
        yield tuple(made)
