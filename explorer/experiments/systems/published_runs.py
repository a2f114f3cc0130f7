"""Trainings whose speed was published with the way they were laid over cards: what the planner is held against.

A row says where its speed was read and where its plan was; "memory" means that nobody has read it again here, and that
what a source does not say (chunks of a stage, micro-batch) is assumed, as `assumed` says. No constant of the planner
belongs to a row. Seconds come as published, or from published operations a second with the work that the source counts:

    useful      6 a weight and token, and attention under its mask (Llama 3)
    unmasked    the same with whole attention (PaLM's MFU, NVIDIA's recipes)
    hardware    96 B s l h² (1 + s/6h + V/16lh), which computes activations twice (Narayanan et al. 2021, formula 3)

>>> runs = published_runs()
>>> len(runs), sum(each.run.speed_read for each in runs), sum(abs(each.error) <= GOAL for each in runs)
(39, 26, 26)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from explorer.experiments.systems.published_run_rows import Counts, PublishedRun, all_rows
from explorer.stack.parallelism.planning.model import MODELS, Model
from explorer.stack.parallelism.planning.plan import Plan
from explorer.stack.parallelism.planning.step import Step, step
from explorer.stack.systems.clusters import CLUSTERS

#: The error that is aimed at.
GOAL = 0.15
#: Two numbers of one source that differ by more do not agree.
ROUNDING = 0.02


@dataclass(frozen=True)
class Judged:
    """A row beside the planner's step."""

    run: PublishedRun
    published: float
    """Seconds of a step."""
    step: Step
    agreement: float | None
    """Of its own two numbers, relative; None: it has one."""

    @property
    def error(self) -> float:
        return self.step.seconds / self.published - 1

    @property
    def of_memory(self) -> float:
        """Share of a card's memory that the plan needs."""
        return self.step.bytes / CLUSTERS[self.run.cluster].memory


def work(model: Model, plan: Plan, counts: Counts) -> float:
    """Operations of a step as a source counts them."""
    if counts == "hardware":
        s, h, blocks = plan.length, model.d_model, model.layers
        return 96 * plan.batch * s * blocks * h**2 * (1 + s / (6 * h) + model.d_vocab / (16 * blocks * h))
    return model.useful(plan.batch * plan.length, plan.length, causal=counts == "useful")


def judge(run: PublishedRun) -> Judged:
    """Raises ValueError for a row without a speed."""
    model, cluster = MODELS[run.model], CLUSTERS[run.cluster]
    done = work(model, run.plan, run.counts) / run.plan.cards
    if run.seconds is None and run.flops is None:
        raise ValueError(f"{run.name} has no published speed")
    published = run.seconds if run.seconds is not None else done / (run.flops or 1.0)
    agreement = None
    if run.mfu is not None:
        reached = run.flops if run.flops is not None else done / published
        agreement = reached / cluster.peak / run.mfu - 1
    elif run.seconds is not None and run.flops is not None:
        agreement = done / run.seconds / run.flops - 1
    return Judged(run, published, step(model, run.plan, cluster), agreement)


@cache
def published_runs() -> tuple[Judged, ...]:
    """All rows."""
    return tuple(judge(each) for each in all_rows())


def by_name() -> Mapping[str, Judged]:
    return {each.run.name: each for each in published_runs()}
