"""k1, k2 and k3 on two real policies: at each position of a text, over the whole vocabulary and over drawn samples.

The policy is a model with an adapter (or in four bits, where the shelf has none), the reference is the model without.
What an estimator is worth on average, its variance and the gradient that it gives are sums over the vocabulary; drawn
samples say how far means of so many of them are from that.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.finetuning.policy import kl
from explorer.stack.transformer.decoder import Decoder

#: Batches of samples whose means are laid beside the exact value.
MEANS = 200


@dataclass(frozen=True)
class Sampled:
    """One estimator over drawn samples at all positions together."""

    means: Float[Tensor, " batch"]
    """Of batches of samples, nats a token."""
    spread: float
    """Their standard deviation as the exact variance has it."""


@dataclass(frozen=True)
class Compared:
    """Two policies on one text."""

    exact: Float[Tensor, " pos"]
    """KL(policy || reference), from torch's own `kl_div`."""
    found: kl.Expected
    samples: dict[kl.Kind, Sampled]
    draws: int
    """Samples at each position that make one mean."""
    cosine: dict[kl.Kind, float]
    """Of the average gradient to that of KL(policy || reference), all positions as one vector; NaN for nought."""
    length: dict[kl.Kind, float]
    """Of the average gradient, by that one's."""
    other: dict[kl.Kind, float]
    """Of the average gradient to that of KL(reference || policy)."""
    autograd: float
    """Largest difference of the average gradients from autograd's."""


@torch.no_grad()
def compared(policy: Decoder, reference: Decoder, ids: Int[Tensor, " pos"], draws: int, seed: int) -> Compared:
    logp, base = (each(ids[None])[0].double().log_softmax(-1) for each in (policy, reference))
    found = kl.expected(logp, base)
    exact = torch.nn.functional.kl_div(base, logp, reduction="none", log_target=True).sum(-1)
    right, other = found.right, found.other
    return Compared(
        exact,
        found,
        _samples(logp, base, found, draws, seed),
        draws,
        {kind: _cosine(found.gradient[kind], right) for kind in kl.KINDS},
        {kind: float(found.gradient[kind].norm() / right.norm().clamp(min=1e-30)) for kind in kl.KINDS},
        {kind: _cosine(found.gradient[kind], other) for kind in kl.KINDS},
        _from_autograd(logp, base, found),
    )


def _samples(logp: Tensor, base: Tensor, found: kl.Expected, draws: int, seed: int) -> dict[kl.Kind, Sampled]:
    """Means over all positions, of so many samples at each."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.multinomial(logp.exp(), MEANS * draws, replacement=True, generator=generator)  # pos MEANS*draws
    p, q = logp.gather(1, drawn), base.gather(1, drawn)
    made: dict[kl.Kind, Sampled] = {}
    for kind in kl.KINDS:
        each = kl.estimate(p, q, kind).view(len(logp), MEANS, draws)
        spread = found.variance[kind].sum().sqrt() / (len(logp) * draws**0.5)
        made[kind] = Sampled(each.mean((0, 2)), float(spread))
    return made


def _from_autograd(logp: Tensor, base: Tensor, found: kl.Expected) -> float:
    """Gradients of sums over the vocabulary in which the samples' shares stay as they are."""
    worst = 0.0
    with torch.enable_grad():
        z = logp.clone().requires_grad_()
        live = z.log_softmax(-1)
        for kind in kl.KINDS:
            total = (logp.exp() * kl.estimate(live, base, kind)).sum()
            (gradient,) = torch.autograd.grad(total, z, retain_graph=True)
            far = float((gradient - found.gradient[kind]).abs().max())
            worst = max(far, worst) if far == far else far
    return worst


def _cosine(one: Tensor, other: Tensor) -> float:
    norms = float(one.norm() * other.norm())
    # k1's gradient is nought on average: what rounding leaves has no direction.
    return float((one * other).sum()) / norms if float(one.norm()) > 1e-9 and norms else float("nan")
