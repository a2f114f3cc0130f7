"""A sparse autoencoder trained on vectors at hand, step by step, and its placebo.

    x is scaled so that its mean length is sqrt(d_model); Adam; the rate warms up and falls to 0 in the last quarter;
    after each step the rows of W_dec are made unit length again, and their gradient has lost what points along them.

The **placebo** is the same training with W_dec frozen as it was drawn: its encoder learns to use random directions. A
number says something of the learned directions as far as it leaves the placebo behind ("Sanity Checks for Sparse
Autoencoders", 2026, arXiv 2602.14111).

A feature is dead while it has not fired for `dead_after` tokens.

Two directions, one of them on at a time: two features learn them.

>>> g = torch.Generator().manual_seed(0)
>>> x = torch.eye(2)[torch.randint(2, (512,), generator=g)] * (1 + torch.rand(512, 1, generator=g))
>>> *_, run = training(x, x[:64], Settings(kind="topk", width=2, k=1, steps=200, batch=64, lr=0.02))
>>> bool(run.measured[-1].explained > 0.98), run.measured[-1].l0
(True, 1.0)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.evaluation.explained_variance import explained_variance
from explorer.stack.frontier.sparse_autoencoders.autoencoder import Kind, SparseAutoencoder
from explorer.stack.frontier.sparse_autoencoders.losses import LossTerms, Weights, loss_terms
from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder

#: The share of the steps in which the rate falls, and the most in which it rises.
DECAY, WARM_UP = 0.25, 20
#: How much of the newest batch goes into BatchTopK's threshold.
THRESHOLD_RATE = 0.01


@dataclass(frozen=True)
class Settings:
    """A training; the same settings on the same vectors give the same run."""

    kind: Kind = "topk"
    width: int = 1024
    k: int = 32
    weights: Weights = field(default_factory=Weights)
    steps: int = 400
    batch: int = 512
    lr: float = 1e-3
    dead_after: int = 20_000
    """Tokens without firing."""
    frozen: bool = False
    """The placebo: directions stay as they were drawn."""
    seed: int = 0
    """Never one seed for two that are compared: directions that hardly move would look found again."""


@dataclass(frozen=True)
class Measured:
    """How far it is, on vectors held out."""

    step: int
    explained: float
    l0: float
    dead: int


@dataclass(eq=False)
class Run:
    """A training as far as it has come."""

    settings: Settings
    sae: SparseAutoencoder
    """For vectors of mean length sqrt(d_model); `finished` gives it for those that came in."""
    scale: float
    """What the vectors were multiplied by."""
    target_scale: float = 1.0
    """What a transcoder's targets were multiplied by."""
    losses: list[dict[str, float]] = field(default_factory=list)
    """The terms of every step by name."""
    measured: list[Measured] = field(default_factory=list)
    silent: Int[Tensor, " feature"] = field(default_factory=lambda: torch.zeros(0, dtype=torch.long))
    """Tokens since each feature fired."""

    @property
    def step(self) -> int:
        return len(self.losses)

    @property
    def done(self) -> bool:
        return self.step == self.settings.steps

    def finished(self) -> SparseAutoencoder:
        """For vectors as they came in; this run's own is changed."""
        sae = self.sae
        if isinstance(sae, Transcoder):
            made = sae.rescaled(1 / self.target_scale, read=1 / self.scale)
        else:
            made = sae.rescaled(1 / self.scale)
        return made.eval().requires_grad_(False)


@dataclass(frozen=True, eq=False)
class Targets:
    """What a transcoder is to write, for each vector that it reads."""

    train: Float[Tensor, "token d_model"]
    held: Float[Tensor, "held d_model"]


def training(
    x: Float[Tensor, "token d_model"],
    held: Float[Tensor, "held d_model"],
    settings: Settings,
    every: int = 25,
    targets: Targets | None = None,
) -> Iterator[Run]:
    """The run after each `every` steps, measured, and at its end: of a transcoder where there are targets."""
    s, d_model = settings, x.shape[1]
    generator = torch.Generator().manual_seed(s.seed)
    scale, y = scale_of(x), x if targets is None else targets.train
    kind = SparseAutoencoder if targets is None else Transcoder
    sae = kind(d_model, s.width, s.kind, s.k).initialise(y.mean(0) * scale_of(y), generator)
    sae.W_dec.requires_grad_(not s.frozen)
    run = Run(s, sae.train(), scale, scale_of(y), silent=torch.zeros(s.width, dtype=torch.long))
    optimiser = torch.optim.Adam([each for each in sae.parameters() if each.requires_grad], lr=s.lr, fused=True)
    held_targets = held * scale if targets is None else targets.held * run.target_scale
    for chosen in batches(len(x), s, generator):
        optimiser.param_groups[0]["lr"] = s.lr * rate_at(run.step, s.steps)
        target = None if targets is None else y[chosen] * run.target_scale
        terms = loss_terms(sae, x[chosen] * scale, s.weights, run.silent > s.dead_after, target)
        optimiser.zero_grad()
        terms.total.backward()
        taken(run, terms, optimiser)
        if run.step % every == 0 or run.done:
            run.measured.append(measure(run, held * scale, held_targets))
            yield run


def scale_of(x: Float[Tensor, "token d_model"]) -> float:
    """Brings the mean length to sqrt(d_model)."""
    return math.sqrt(x.shape[1]) / float(x.norm(dim=-1).mean())


def batches(n: int, settings: Settings, generator: torch.Generator) -> Iterator[Int[Tensor, " token"]]:
    """Each vector once before any comes again."""
    order = torch.zeros(0, dtype=torch.long)
    for _ in range(settings.steps):
        while len(order) < settings.batch:
            order = torch.cat([order, torch.randperm(n, generator=generator)])
        chosen, order = order[: settings.batch], order[settings.batch :]
        yield chosen


def rate_at(step: int, steps: int) -> float:
    """The share of the full rate before this step.

    >>> [rate_at(step, 100) for step in (0, 9, 50, 75, 99)]
    [0.1, 1.0, 1.0, 1.0, 0.04]
    """
    warm = max(1, min(WARM_UP, steps // 10))
    return min(min((step + 1) / warm, 1.0), (steps - step) / (DECAY * steps))


def taken(run: Run, terms: LossTerms, optimiser: torch.optim.Optimizer) -> None:
    """The step, and what is kept of it."""
    sae = run.sae
    along_directions(sae)
    optimiser.step()
    with torch.no_grad():
        if not run.settings.frozen:
            sae.W_dec.copy_(F.normalize(sae.W_dec, dim=-1))
        kept = terms.encoded.kept
        if sae.kind == "batchtopk" and bool((kept > 0).any()):
            sae.threshold.lerp_(kept[kept > 0].min(), THRESHOLD_RATE if run.step else 1.0)
        run.silent += len(kept)
        run.silent[terms.encoded.fired] = 0
    run.losses.append({name: float(value.detach()) for name, value in terms.named.items()})


@torch.no_grad()
def along_directions(sae: SparseAutoencoder) -> None:
    """Take from the gradient of W_dec what would only lengthen its rows."""
    if sae.W_dec.grad is not None:
        sae.W_dec.grad -= (sae.W_dec.grad * sae.W_dec).sum(-1, keepdim=True) * sae.W_dec


@torch.no_grad()
def measure(
    run: Run, held: Float[Tensor, "held d_model"], target: Float[Tensor, "held d_model"] | None = None
) -> Measured:
    """On vectors scaled as those that it is trained on."""
    sae = run.sae.eval()
    encoded = sae.encode(held)
    explained = explained_variance(held if target is None else target, sae.rebuilt(held, encoded)).true
    sae.train()
    dead = int((run.silent > run.settings.dead_after).sum())
    return Measured(run.step, explained, float((encoded.kept > 0).sum(-1).float().mean()), dead)
