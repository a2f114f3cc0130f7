"""What a text costs the masked model, by draws and exactly over all orders; beside its causal twin's loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.frontier import unmask_twins as twins
from explorer.fetching.progress import Progress, silent
from explorer.stack.architectures.paired_interval import quantile
from explorer.stack.frontier.masked_diffusion import bound
from explorer.stack.frontier.masked_diffusion.bound import Draws, Orders
from explorer.stack.frontier.masked_diffusion.noise import EPS

#: Tokens of a text that are taken: by draws, and over all orders.
LONGEST, SHORT = 64, 8
#: What eps may be, for the curve of what it costs.
EPS_CURVE = tuple(10 ** (-5 + each / 5) for each in range(24))


@dataclass(frozen=True, eq=False)
class Drawn:
    """Estimates of one text's bound so far."""

    ids: Int[Tensor, " pos"]
    left_out: int
    time: Draws
    count: Draws
    causal: Float[Tensor, " token"]
    """What each token costs the causal twin, exactly."""


def drawn(text: str, draws: int, seed: int, eps: float = EPS, progress: Progress = silent) -> Iterator[Drawn]:
    """A few more with every step. Each estimator has draws of its own."""
    ids, left_out = twins.encoded(text, LONGEST)
    causal = twins.causal_nats(ids[None])[0]
    model = twins.masked()
    by_time = bound.draws_by_time(model, ids, draws, torch.Generator().manual_seed(seed), eps)
    by_count = bound.draws_by_count(model, ids, draws, torch.Generator().manual_seed(seed + 1_000_003))
    for time, count in zip(by_time, by_count, strict=True):
        progress("Draws", len(time.values), draws)
        yield Drawn(ids, left_out, time, count, causal)


@dataclass(frozen=True)
class Running:
    """The mean of so many draws and half its interval of 95 %, nats a token."""

    draws: int
    mean: float
    half: float


def running(values: Float[Tensor, " draw"], tokens: int) -> list[Running]:
    """After 4, 8, 16, ... draws, and after all."""
    counts = sorted({*(1 << each for each in range(2, len(values).bit_length())), len(values)})
    found = []
    for n in counts:
        some = values[:n].double() / tokens
        found.append(Running(n, float(some.mean()), quantile(n - 1) * float(some.std()) / n**0.5))
    return found


@dataclass(frozen=True, eq=False)
class Exact:
    """All orders of a short text."""

    ids: Int[Tensor, " pos"]
    left_out: int
    costs: Float[Tensor, "set token"]
    orders: Orders
    bound: float
    causal: float
    """The causal twin's, of the whole text."""
    eps: float

    @property
    def tokens(self) -> int:
        return len(self.ids) - 1

    @property
    def by_count(self) -> list[float]:
        """Nats of a hidden token, where 1, 2, ... are hidden."""
        return [each / k for k, each in enumerate(bound.means_by_count(self.costs), 1)]

    @property
    def weights(self) -> tuple[list[float], list[float]]:
        """What a count weighs beside its share without eps: for this eps."""
        return bound.count_weights(self.tokens), bound.count_weights(self.tokens, self.eps)

    def curve(self) -> list[tuple[float, float, float]]:
        """(eps, mean, standard deviation) of an estimate by time."""
        return [(eps, bound.mean_by_time(self.costs, eps), bound.spread_by_time(self.costs, eps)) for eps in EPS_CURVE]


def exact(text: str, eps: float = EPS) -> Exact:
    ids, left_out = twins.encoded(text, SHORT)
    costs = bound.costs_of(twins.masked(), ids)
    causal = float(twins.causal_nats(ids[None]).sum())
    return Exact(ids, left_out, costs, bound.in_orders(costs), bound.bound_of(costs), causal, eps)


def left_to_right_by_transformers(ids: Int[Tensor, " pos"]) -> float:
    """-ln p of the text, its tokens said one by one from the left, by transformers' Llama."""
    rows = ids.repeat(len(ids) - 1, 1)
    for at in range(1, len(ids)):
        rows[at - 1, at:] = twins.masked().mask
    said = twins.told_by_transformers(rows)
    return -sum(float(said[at - 1, at, ids[at]]) for at in range(1, len(ids)))


def causal_by_transformers(ids: Int[Tensor, " pos"]) -> float:
    """The mean loss of the causal twin's weights by transformers' Llama."""
    with torch.inference_mode():
        return float(twins.of_transformers("causal")(ids[None], labels=ids[None], use_cache=False).loss)


def simulated(made: Exact, draws: int, seed: int) -> Float[Tensor, " draw"]:
    """Estimates by count, drawn from the costs that are known: k, then one of the sets of k."""
    generator = torch.Generator().manual_seed(seed)
    n = made.tokens
    counts = torch.randint(1, n + 1, (draws,), generator=generator)
    ranks = torch.rand((draws, n), generator=generator).argsort(1).argsort(1)
    sets = ((ranks < counts[:, None]).long() << torch.arange(n)).sum(1)
    return made.costs.double().sum(1)[sets] * n / counts
