"""A router and its experts trained from nothing, to watch the load: how it collapses, and what keeps it even.

    minimise  |sum over the chosen e of w_e E_e(x) - y|^2  +  alpha * n sum(f_i P_i)  +  z * mean (log sum exp logits)^2

An expert that happens to be chosen is trained, gets better, and is chosen more: without a counterweight a few experts
take all. Five methods, on the same tokens in the same order and from the same initial weights:

    none      nothing
    loss      the load-balancing loss, times alpha                             Fedus et al. 2021, Switch (2101.03961)
    noise     learned noise on the logits while training                       Shazeer et al. 2017 (1701.06538)
    bias      sigmoid scores; a bias moves the choice, by `rate` a step        DeepSeek-V3 (2412.19437)
    choice    each expert takes its share of the batch                         Zhou et al. 2022 (2202.09368)

With k = 1 the chosen expert's weight is its probability, as in Switch: renormalised it would be 1 whatever the router
says, and the router would learn nothing from the task. With more, the weights sum to 1, as in Mixtral. All weights
begin as N(0, 0.02), as a decoder does, and are trained by Adam.

Two experts learn to write |x|:

>>> x = torch.randn(256, 4, generator=torch.Generator().manual_seed(0))
>>> task = Task.of(x, x.abs(), x[:64], x[:64].abs())
>>> run = train_router(task, Settings(n_experts=2, steps=60, batch=128), torch.Generator().manual_seed(0))
>>> run.counts.sum(-1).unique().tolist(), bool(run.loss[-1] < 0.5 * run.loss[0])
([128], True)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.architectures.capacity import capacity
from explorer.stack.transformer.balancing import Balance, load_balancing, z_loss
from explorer.stack.transformer.experts import Experts
from explorer.stack.transformer.router import (
    ExpertChoice,
    Routing,
    expert_choice,
    noisy_top_k,
    sigmoid_bias,
    softmax_top_k,
    updated_bias,
)

Method = Literal["none", "loss", "noise", "bias", "choice"]


@dataclass(frozen=True, eq=False)
class Task:
    """Tokens to train on and tokens held out; scaled by the training tokens' statistics alone."""

    x: Float[Tensor, "token d_model"]
    """What the layer reads, mean square 1."""
    y: Float[Tensor, "token d_model"]
    """What it should write: centred, mean square 1, so that writing the mean costs a loss of 1."""
    x_held: Float[Tensor, "held d_model"]
    y_held: Float[Tensor, "held d_model"]

    @classmethod
    def of(
        cls,
        x: Float[Tensor, "token d_model"],
        y: Float[Tensor, "token d_model"],
        x_held: Float[Tensor, "held d_model"],
        y_held: Float[Tensor, "held d_model"],
    ) -> Task:
        mean, rms = y.mean(0), x.square().mean().sqrt()
        scale = (y - mean).square().mean().sqrt()
        return cls(x / rms, (y - mean) / scale, x_held / rms, (y_held - mean) / scale)


@dataclass(frozen=True)
class Settings:
    """Sizes of the layer, how it is balanced, how it is trained."""

    n_experts: int = 8
    k: int = 1
    d_expert: int = 16
    method: Method = "loss"
    alpha: float = 0.01
    """Weight of the load-balancing loss; used by the method "loss" alone."""
    z: float = 0.0
    """Weight of the router's z-loss."""
    rate: float = 0.01
    """How far the bias moves after each step; used by the method "bias" alone."""
    steps: int = 300
    batch: int = 512
    lr: float = 0.01

    def __post_init__(self) -> None:
        if not 1 <= self.k <= self.n_experts:
            raise ValueError(f"{self.k} of {self.n_experts} experts cannot be chosen")


class RoutedLayer(nn.Module):
    """One router and its experts, balanced by the settings' method."""

    def __init__(self, d_model: int, settings: Settings, generator: torch.Generator) -> None:
        super().__init__()
        n = settings.n_experts
        self.settings = settings
        self.router = nn.Parameter(torch.empty(n, d_model))
        self.experts = Experts(n, d_model, settings.d_expert)
        self.noise = nn.Parameter(torch.zeros(n, d_model))  # softplus(0) = 0.69 everywhere, until it is learned
        self.bias = torch.zeros(n)
        with torch.no_grad():
            for weight in (self.router, self.experts.gate_in, self.experts.out):
                weight.normal_(0, 0.02, generator=generator)

    def route(
        self, x: Float[Tensor, "token d_model"], generator: torch.Generator | None = None
    ) -> Routing | ExpertChoice:
        """The experts of each token. With a generator as while training: "noise" adds its noise."""
        s, logits = self.settings, F.linear(x, self.router)
        if s.method == "choice":
            return expert_choice(logits, capacity(len(x), s.k, s.n_experts, 1.0))
        if s.method == "bias":
            return sigmoid_bias(logits, s.k, self.bias, renormalise=s.k > 1)
        if s.method == "noise" and generator is not None:
            made = noisy_top_k(logits, F.linear(x, self.noise), s.k, generator)
            if s.k > 1:
                return made
            return Routing(logits, made.scores, made.choice, made.indices, made.scores.gather(-1, made.indices))
        return softmax_top_k(logits, s.k, renormalise=s.k > 1)

    def forward(
        self, x: Float[Tensor, "token d_model"], routing: Routing | ExpertChoice
    ) -> Float[Tensor, "token d_model"]:
        if isinstance(routing, ExpertChoice):
            return self.experts.chosen_by_experts(x, routing)
        return self.experts(x, routing.indices, routing.weights)


@dataclass(frozen=True, eq=False)
class Steps:
    """The steps of a training, as many as there have been."""

    settings: Settings
    counts: Int[Tensor, "step expert"]
    """Pairs (token, slot) that each expert got."""
    P: Float[Tensor, "step expert"]
    """Each expert's mean probability (of sigmoid scores: their share)."""
    loss: Float[Tensor, " step"]
    """Of the task alone, on the step's tokens before its update; 1 is the mean's."""
    balance: Float[Tensor, " step"]
    """n sum(f_i P_i), whether it was minimised or not."""
    z: Float[Tensor, " step"]
    unserved: Float[Tensor, " step"]
    """Share of tokens that no expert took; above 0 under expert choice alone."""

    @property
    def f(self) -> Float[Tensor, "step expert"]:
        """Pairs sent to each expert, per token; sums to k (under expert choice to its capacity's k)."""
        return self.counts.double() / self.settings.batch

    @property
    def share(self) -> Float[Tensor, "step expert"]:
        """Of all pairs; sums to 1."""
        return self.counts.double() / self.counts.sum(-1, keepdim=True)

    def dropped(self, factor: float) -> Float[Tensor, " step"]:
        """Share of the pairs that a capacity of `factor` times the even load would have dropped."""
        s = self.settings
        most = capacity(s.batch, s.k, s.n_experts, factor)
        return (self.counts - most).clamp(min=0).sum(-1).double() / self.counts.sum(-1)


@dataclass(frozen=True, eq=False)
class Run(Steps):
    """Every step of one training, and the trained layer on the held-out tokens."""

    held_out: float
    """The task's loss on the held-out tokens."""
    routing: Routing | ExpertChoice
    """Of the held-out tokens."""
    layer: RoutedLayer
    """As it is at the end."""


def train_router(task: Task, settings: Settings, generator: torch.Generator, stop: int | None = None) -> Run:
    """Train a layer on the task, or only its first `stop` steps.

    The same generator state gives the same run, and any two settings of one size the same initial weights and batches.
    """
    *_, run = training(task, settings, generator, stop)
    assert isinstance(run, Run)
    return run


def training(
    task: Task, settings: Settings, generator: torch.Generator, stop: int | None = None, every: int = 20
) -> Iterator[Steps]:
    """The same, step by step: all steps so far after each `every`, and at the end the run."""
    s = settings
    layer = RoutedLayer(task.x.shape[1], s, generator)
    batches = torch.randint(len(task.x), (s.steps, s.batch), generator=generator)[:stop]
    optimiser = torch.optim.Adam(layer.parameters(), lr=s.lr)
    counts, P, numbers = [], [], []

    def steps() -> Steps:
        return Steps(s, torch.stack(counts), torch.stack(P), *torch.tensor(numbers, dtype=torch.float64).T)

    for step, chosen in enumerate(batches):
        if step and step % every == 0:
            yield steps()
        x = task.x[chosen]
        routing = layer.route(x, generator)
        loss = F.mse_loss(layer(x, routing), task.y[chosen])
        even, z = balance_of(routing), z_loss(F.linear(x, layer.router))
        total = loss + s.z * z + (s.alpha * even.loss if s.method == "loss" else 0.0)
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        got = counts_of(routing)
        if s.method == "bias":
            layer.bias = updated_bias(layer.bias, got, s.rate)
        counts.append(got)
        P.append(even.P.detach())
        numbers.append([loss.item(), even.loss.item(), z.item(), unserved(routing)])
    with torch.no_grad():
        routing = layer.route(task.x_held)
        held_out = F.mse_loss(layer(task.x_held, routing), task.y_held) / task.y_held.square().mean()
    layer.requires_grad_(False)
    yield Run(**vars(steps()), held_out=float(held_out), routing=routing, layer=layer)


def counts_of(routing: Routing | ExpertChoice) -> Int[Tensor, " expert"]:
    """Pairs of each expert."""
    if isinstance(routing, ExpertChoice):
        return torch.full((len(routing.tokens),), routing.tokens.shape[1])
    return torch.bincount(routing.indices.reshape(-1), minlength=routing.scores.shape[1])


def balance_of(routing: Routing | ExpertChoice) -> Balance:
    """The load-balancing loss of a routing; sigmoid scores are made to sum to 1 for it, as in DeepSeek-V3."""
    scores = routing.scores / routing.scores.sum(-1, keepdim=True)
    if isinstance(routing, Routing):
        return load_balancing(scores, routing.indices)
    f, P = counts_of(routing) / len(scores), scores.mean(0)
    return Balance(f.to(P.dtype), P, len(P) * (f * P).sum())


def unserved(routing: Routing | ExpertChoice) -> float:
    """Share of tokens that no expert took."""
    return float((routing.visits() == 0).double().mean()) if isinstance(routing, ExpertChoice) else 0.0


def balance_gradient(
    probs: Float[Tensor, "token expert"], f: Float[Tensor, " expert"]
) -> Float[Tensor, "token expert"]:
    """d/d logits of n sum(f_i P_i), f held fixed since a count has no slope: (n / T) p_j (f_j - sum_i f_i p_i).

    Expert 0 has all the tokens, so that every token's logit for it is pushed down:

    >>> balance_gradient(torch.tensor([[0.75, 0.25]]), torch.tensor([1.0, 0.0]))
    tensor([[ 0.3750, -0.3750]])
    """
    n_tokens, n_experts = probs.shape
    return n_experts / n_tokens * probs * (f - probs @ f.unsqueeze(-1))
