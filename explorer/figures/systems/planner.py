"""Plans, the reference's layout, growth and published runs, as the page draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from explorer.experiments.systems.planner import Grown, Typical
from explorer.experiments.systems.published_runs import GOAL, Judged
from explorer.figures.payload import Payload
from explorer.stack.parallelism.planning.memory import weights_of_a_rank
from explorer.stack.parallelism.planning.model import MODELS
from explorer.stack.parallelism.planning.plan import Plan
from explorer.stack.parallelism.planning.refuse import USABLE
from explorer.stack.parallelism.planning.search import Cell, Job, top
from explorer.stack.parallelism.planning.step import Step
from explorer.stack.systems.clusters import CLUSTERS


@dataclass(frozen=True, kw_only=True)
class PlanPart:
    """Seconds or bytes of one kind."""

    name: str
    amount: float


@dataclass(frozen=True, kw_only=True)
class PlanCost:
    """What a plan takes."""

    seconds: float
    mfu: float
    time: tuple[PlanPart, ...]
    memory: tuple[PlanPart, ...]
    bytes: float


@dataclass(frozen=True, kw_only=True)
class PlanDegrees:
    """How a plan lies over cards."""

    name: str
    tp: int
    pp: int
    dp: int
    cp: int
    ep: int
    cards: int
    microbatch: int
    microbatches: float
    chunks: int
    zero: int
    recompute: str


@dataclass(frozen=True, kw_only=True)
class PlanCell:
    """One tensor and pipeline degree."""

    tp: int
    pp: int
    plan: PlanDegrees
    cost: PlanCost | None
    refused: str
    """A sentence; empty: it fits."""
    constraint: str
    tried: int


@dataclass(frozen=True, kw_only=True)
class PlannerCells(Payload):
    model: str
    parameters: float
    active: float
    cluster: str
    cards: int
    batch: int
    length: int
    usable: float
    """Bytes of a card that a plan may take."""
    peak: float
    cells: tuple[PlanCell, ...]
    best: int | None
    refused: str
    """Why there is no cluster; empty: there is one."""


def degrees(plan: Plan) -> PlanDegrees:
    return PlanDegrees(**{each.name: getattr(plan, each.name) for each in fields(PlanDegrees)})


def _parts(parts: Mapping[str, float]) -> tuple[PlanPart, ...]:
    return tuple(PlanPart(name=name, amount=float(amount)) for name, amount in parts.items())


def cost(made: Step) -> PlanCost:
    return PlanCost(
        seconds=made.seconds, mfu=made.mfu, time=_parts(made.parts), memory=_parts(made.memory), bytes=made.bytes
    )


def _cell(cell: Cell) -> PlanCell:
    return PlanCell(
        tp=cell.tp,
        pp=cell.pp,
        plan=degrees(cell.plan),
        cost=cell.step and cost(cell.step),
        refused=cell.refusal.sentence if cell.refusal else "",
        constraint=cell.refusal.constraint if cell.refusal else "",
        tried=cell.tried,
    )


def plans(model: str, cluster: str, job: Job, cells: Sequence[Cell], refused: str = "") -> PlannerCells:
    known, cards, found = MODELS[model], CLUSTERS[cluster], top(list(cells))
    return PlannerCells(
        model=model,
        parameters=float(known.parameters),
        active=float(known.active),
        cluster=cards.name,
        cards=job.cards,
        batch=job.batch,
        length=job.length,
        usable=USABLE * cards.memory,
        peak=float(cards.peak),
        cells=tuple(_cell(each) for each in cells),
        best=list(cells).index(found) if found else None,
        refused=refused,
    )


@dataclass(frozen=True, kw_only=True)
class TypicalLink:
    """What crosses one kind of link in a step, of one card."""

    name: str
    where: str
    bytes: float
    rate: float
    """Bytes a second."""
    hidden: bool
    """Whether it moves while others compute."""


@dataclass(frozen=True, kw_only=True)
class TypicalLayout(Payload):
    model: str
    layers: int
    cards: int
    node: int
    copies: int
    plan: PlanDegrees
    cost: PlanCost | None
    refused: str
    usable: float
    links: tuple[TypicalLink, ...]
    best: PlanCell | None
    """The best plan on these cards."""


def typical(model: str, cluster: str, job: Job, made: Typical, cells: Sequence[Cell]) -> TypicalLayout:
    known, cards, found = MODELS[model], CLUSTERS[cluster], top(list(cells))
    return TypicalLayout(
        model=model,
        layers=known.layers,
        cards=job.cards,
        node=cards.node,
        copies=made.plan.dp,
        plan=degrees(made.plan),
        cost=made.step and cost(made.step),
        refused=made.refusal.sentence if made.refusal else "",
        usable=USABLE * cards.memory,
        links=_links(model, cluster, made.plan) if made.step else (),
        best=found and _cell(found),
    )


def _links(model: str, cluster: str, plan: Plan) -> tuple[TypicalLink, ...]:
    """Of a card on the first stage, by the formulas of `planning.step`."""
    known, cards = MODELS[model], CLUSTERS[cluster]
    one = plan.tokens * known.d_model * 2
    blocks = known.layers / plan.pp
    share = (plan.dp - 1) / plan.dp
    plain, experts = weights_of_a_rank(known, plan)
    tensor = 4 * 2 * (plan.tp - 1) / plan.tp * one * blocks * plan.microbatches
    return (
        TypicalLink(name="tensor", where="in the node", bytes=tensor, rate=cards.bus, hidden=False),
        TypicalLink(
            name="pipeline", where="between two nodes", bytes=2 * one / plan.tp * plan.microbatches, rate=cards.net,
            hidden=True,
        ),
        TypicalLink(
            name="data", where="between pairs of nodes", bytes=(4 + 2) * share * (plain + experts), rate=cards.net,
            hidden=True,
        ),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class GrownPlan:
    """The best plan on so many cards."""

    cards: int
    plan: PlanDegrees | None
    cost: PlanCost | None
    hours: float | None
    """Card hours for a trillion tokens."""
    refused: str


@dataclass(frozen=True, kw_only=True)
class PlannerGrowth(Payload):
    model: str
    cluster: str
    batch: int
    length: int
    grown: tuple[GrownPlan, ...]


def growth(model: str, cluster: str, batch: int, length: int, grown: Sequence[Grown]) -> PlannerGrowth:
    def one(each: Grown) -> GrownPlan:
        made = each.cell and each.cell.step
        return GrownPlan(
            cards=each.cards,
            plan=each.cell and degrees(each.cell.plan),
            cost=made and cost(made),
            hours=1e12 / (batch * length) * made.seconds * each.cards / 3600 if made else None,
            refused=each.refused,
        )

    return PlannerGrowth(
        model=model, cluster=CLUSTERS[cluster].name, batch=batch, length=length, grown=tuple(map(one, grown))
    )


@dataclass(frozen=True, kw_only=True)
class PublishedStep:
    """A published run beside the planner."""

    name: str
    source: str
    address: str
    cluster: str
    plan: PlanDegrees
    batch: int
    length: int
    published: float
    """Seconds of a step."""
    said: str
    """What the source states."""
    cost: PlanCost
    error: float
    of_memory: float
    agreement: float | None
    speed_read: bool
    plan_read: bool
    assumed: str
    note: str


@dataclass(frozen=True, kw_only=True)
class PublishedSteps(Payload):
    goal: float
    runs: tuple[PublishedStep, ...]


def published(runs: Sequence[Judged]) -> PublishedSteps:
    return PublishedSteps(goal=GOAL, runs=tuple(_published(each) for each in runs))


def _published(each: Judged) -> PublishedStep:
    run = each.run
    said = "seconds of a step" if run.seconds is not None else f"{(run.flops or 0) / 1e12:.0f} TFLOP/s a card"
    return PublishedStep(
        name=run.name,
        source=run.source.title,
        address=run.source.address,
        cluster=CLUSTERS[run.cluster].name,
        plan=degrees(run.plan),
        batch=run.plan.batch,
        length=run.plan.length,
        published=each.published,
        said=said,
        cost=cost(each.step),
        error=each.error,
        of_memory=each.of_memory,
        agreement=each.agreement,
        speed_read=run.speed_read,
        plan_read=run.plan_read,
        assumed=run.assumed,
        note=run.note,
    )
