"""Why a plan cannot be, in one sentence that says what would fit: the first constraint that binds.

>>> from explorer.stack.parallelism.planning.model import MODELS
>>> from explorer.stack.systems.clusters import CLUSTERS
>>> plan = Plan(tp=8, pp=3, dp=8, batch=512, length=8192)
>>> said = hard(MODELS["Llama 3 70B"], plan, CLUSTERS["h100"], 192)
>>> said and said.sentence
'80 blocks do not divide over 3 stages: 2 or 4 would fit.'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.stack.parallelism.planning.memory import needed
from explorer.stack.parallelism.planning.model import Model
from explorer.stack.parallelism.planning.plan import Plan
from explorer.stack.systems.clusters import Cluster

Constraint = Literal["cards", "node", "heads", "blocks", "experts", "length", "batch", "memory"]
#: Of a card's memory, what a plan may take: the rest is the driver's, NCCL's buffers, fragments.
USABLE = 0.94
#: Cards beyond which no plan is searched.
MOST = 1_000_000
GB = 1e9


@dataclass(frozen=True)
class Refusal:
    """The constraint that binds."""

    constraint: Constraint
    sentence: str


def near(number: int, by: int) -> str:
    """Which numbers next to `by` divide.

    >>> near(80, 3), near(7, 2)
    ('2 or 4 would fit', '1 or 7 would fit')
    """
    fit = [each for each in range(1, number + 1) if number % each == 0]
    below = [each for each in fit if each < by][-1:]
    above = [each for each in fit if each > by][:1]
    return f"{' or '.join(str(each) for each in (*below, *above))} would fit"


def cluster_of(cards: int) -> Refusal | None:
    """Whether there is a cluster at all."""
    if cards < 1:
        return Refusal("cards", "A cluster of 0 cards trains nothing: take 1 or more.")
    if cards > MOST:
        return Refusal("cards", f"More than {MOST:,} cards are not planned: take as many or fewer.")
    return None


def hard(model: Model, plan: Plan, cluster: Cluster, cards: int) -> Refusal | None:
    """What memory and micro-batches cannot change."""
    tp, pp, each = plan.tp, plan.pp, plan.tp * plan.pp * plan.cp
    if tp > cluster.node:
        slower = cluster.bus / cluster.net
        return Refusal("node", f"{tp} tensor ranks leave a node of {cluster.node} cards: their all-reduces would cross "
                               f"the network, {slower:.0f} times slower. Up to {cluster.node} would fit.")  # fmt: skip
    if model.heads % tp:
        return Refusal("heads", f"{model.heads} heads do not divide over {tp} ranks: {near(model.heads, tp)}.")
    if (model.layers + plan.ends) % pp:
        return Refusal("blocks", f"{model.layers} blocks do not divide over {pp} stages: {near(model.layers, pp)}.")
    if plan.length % plan.cp:
        return Refusal("length", f"{plan.length} tokens do not divide over {plan.cp} ranks.")
    if cards < each or cards % each:
        return Refusal("cards", _cards(plan, cards, each))
    if model.experts and (model.experts % plan.ep or plan.replicas % plan.ep):
        return Refusal("experts", f"{model.experts} experts over {plan.ep} ranks of {plan.replicas} copies do not "
                                  f"divide: {near(model.experts, plan.ep)}.")  # fmt: skip
    if plan.batch % plan.dp:
        return Refusal("batch", _batch(plan, each))
    return None


def _cards(plan: Plan, cards: int, each: int) -> str:
    degrees = " × ".join(str(degree) for degree in (plan.tp, plan.pp, plan.cp) if degree > 1) or "1"
    if cards < each:
        return f"{degrees} needs {each:,} cards for one copy; there are {cards:,}."
    below, above = cards // each * each, (cards // each + 1) * each
    return f"{cards:,} cards do not divide by {degrees} = {each:,}: {below:,} or {above:,} would fit."


def _batch(plan: Plan, each: int) -> str:
    if plan.batch < plan.dp:
        return (f"{plan.batch:,} sequences feed {plan.batch:,} copies, {plan.batch * each:,} cards; here are "
                f"{plan.dp:,} copies. A larger batch or more tensor, pipeline or context ranks would fit.")  # fmt: skip
    return f"{plan.batch:,} sequences do not divide over {plan.dp:,} copies: {near(plan.batch, plan.dp)}."


def memory(model: Model, plan: Plan, cluster: Cluster) -> Refusal | None:
    """Whether the fullest card holds it."""
    parts = needed(model, plan)
    total, there = sum(parts.values()), USABLE * cluster.memory
    if total <= there:
        return None
    largest = max(parts, key=lambda each: parts[each])
    return Refusal("memory", f"The first stage needs {total / GB:,.1f} GB of {there / GB:,.1f} GB that can be used; "
                             f"the largest part is {largest}, {parts[largest] / GB:,.1f} GB.")  # fmt: skip
