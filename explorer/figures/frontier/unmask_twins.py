"""The bound of the masked model beside the exact loss of its causal twin: by draws, over all orders, and recorded."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.frontier.any_order import Drawn, Exact, Running, running
from explorer.experiments.frontier.unmask_twins import HeldOut, TwinCourse
from explorer.figures.payload import Payload
from explorer.stack.frontier.masked_diffusion import bound


@dataclass(frozen=True, kw_only=True)
class BoundEstimator:
    """Estimates of one kind so far; nats a token."""

    name: str
    running: list[Running]
    spread: float
    """The standard deviation of one draw."""
    largest: float
    values: Float[Tensor, " draw"]


@dataclass(frozen=True, kw_only=True)
class BoundDrawn(Payload):
    """One text's bound by draws."""

    text: str
    tokens: list[str]
    left_out: int
    asked: int
    eps: float
    estimators: list[BoundEstimator]
    causal: float
    """The twin's exact loss, nats a token."""


def drawn(made: Drawn, text: str, tokens: list[str], asked: int, eps: float) -> BoundDrawn:
    n = len(made.causal)
    return BoundDrawn(
        text=text,
        tokens=tokens,
        left_out=made.left_out,
        asked=asked,
        eps=eps,
        estimators=[_estimator("count", made.count, n), _estimator("time", made.time, n)],
        causal=float(made.causal.mean()),
    )


def _estimator(name: str, draws: bound.Draws, tokens: int) -> BoundEstimator:
    values = draws.values / tokens
    return BoundEstimator(
        name=name, running=running(draws.values, tokens), spread=draws.spread / tokens, largest=float(values.max()),
        values=values,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BoundExact(Payload):
    """A short text over all orders; nats of the whole text."""

    text: str
    tokens: list[str]
    left_out: int
    sets: int
    orders: float
    """How many there are."""
    bound: float
    best: float
    worst: float
    mixture: float
    forward: float
    backward: float
    causal: float
    best_order: tuple[int, ...]
    worst_order: tuple[int, ...]
    by_count: list[float]
    """Nats of a hidden token, where 1, 2, ... are hidden."""
    spread_by_count: float
    eps: float
    mean_by_time: float
    """For this eps."""
    spread_by_time: float
    weights: list[float]
    """What a count weighs for this eps, by what it weighs without."""
    curve: list[tuple[float, float, float]]
    """(eps, mean, standard deviation) by time."""


def exact(made: Exact, text: str, tokens: list[str], orders: int) -> BoundExact:
    found, (without, weighed) = made.orders, made.weights
    return BoundExact(
        text=text,
        tokens=tokens,
        left_out=made.left_out,
        sets=len(made.costs) - 1,
        orders=float(orders),
        bound=made.bound,
        best=found.best,
        worst=found.worst,
        mixture=found.mixture,
        forward=found.forward,
        backward=found.backward,
        causal=made.causal,
        best_order=found.best_order,
        worst_order=found.worst_order,
        by_count=made.by_count,
        spread_by_count=bound.spread_by_count(made.costs),
        eps=made.eps,
        mean_by_time=bound.mean_by_time(made.costs, made.eps),
        spread_by_time=bound.spread_by_time(made.costs, made.eps),
        weights=[each / usual for each, usual in zip(weighed, without, strict=True)],
        curve=made.curve(),
    )


@dataclass(frozen=True, kw_only=True)
class TwinsHeldOut(Payload):
    """What was measured on held-out windows when both were trained."""

    kinds: list[HeldOut]
    mean_bound: float
    mean_exact: float
    windows: int
    draws: int
    tokens: int
    courses: list[TwinCourse]
    seed: int


def held_out(
    kinds: list[HeldOut], courses: list[TwinCourse], windows: int, draws: int, tokens: int, seed: int
) -> TwinsHeldOut:
    return TwinsHeldOut(
        kinds=kinds,
        mean_bound=sum(each.bound for each in kinds) / len(kinds),
        mean_exact=sum(each.exact for each in kinds) / len(kinds),
        windows=windows,
        draws=draws,
        tokens=tokens,
        courses=courses,
        seed=seed,
    )
