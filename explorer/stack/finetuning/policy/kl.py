"""Estimators of KL(pi || ref) from samples of pi: k1, k2, k3, and what each one's gradient pulls to.

With l = log pi(x) - log ref(x) for a sample x of pi::

    k1 = l                    unbiased; negative at times
    k2 = l² / 2               biased, small variance where the policies are near
    k3 = e^-l - 1 + l         unbiased, never negative

As a term of a loss only log pi is differentiated, and the sample stays as it is. E means over samples of pi::

    E[grad k1] = 0                       sum of pi grad log pi
    E[grad k2] = grad KL(pi || ref)      the right one
    E[grad k3] = grad KL(ref || pi)      e^-l is ref / pi: the other divergence's

So k3 has the right value and another gradient, k2 the right gradient and another value, and k1 in a loss does nothing
(in the reward it is right: there l multiplies grad log pi). With the ratio inverted, e^l - 1 - l, the value is no
estimate of KL(pi || ref) from samples of pi: chi² - KL.

Schulman 2020, "Approximating KL divergence" (joschu.net/blog/kl-approx.html).

>>> p, q = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.9, 0.1]]).log()
>>> found = expected(p, q)
>>> round(float(found.exact[0]), 6), {k: round(float(v[0]), 6) for k, v in found.value.items()}
(0.510826, {'k1': 0.510826, 'k2': 0.733946, 'k3': 0.510826, 'inverted k3': 1.266952})
>>> {k: [round(x, 4) for x in v[0].tolist()] for k, v in found.gradient.items()}["k3"]  # of the logits: p - q
[-0.4, 0.4]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

Kind = Literal["k1", "k2", "k3", "inverted k3"]
KINDS: tuple[Kind, ...] = ("k1", "k2", "k3", "inverted k3")


def estimate(logp: Float[Tensor, "*shape"], reference: Float[Tensor, "*shape"], kind: Kind) -> Float[Tensor, "*shape"]:
    """Of each sample, by the log-probabilities of policy and reference; nats."""
    log_ratio = logp - reference
    if kind == "k1":
        return log_ratio
    if kind == "k2":
        return log_ratio.square() / 2
    if kind == "k3":
        return torch.expm1(-log_ratio) + log_ratio
    return torch.expm1(log_ratio) - log_ratio


def slope(logp: Float[Tensor, "*shape"], reference: Float[Tensor, "*shape"], kind: Kind) -> Float[Tensor, "*shape"]:
    """d estimate / d logp of each sample."""
    log_ratio = logp - reference
    if kind == "k1":
        return torch.ones_like(log_ratio)
    if kind == "k2":
        return log_ratio
    return -torch.expm1(-log_ratio) if kind == "k3" else torch.expm1(log_ratio)


@dataclass(frozen=True)
class Expected:
    """Over the whole vocabulary at each position: no sample is drawn."""

    exact: Float[Tensor, " pos"]
    """KL(pi || ref), nats."""
    value: dict[Kind, Float[Tensor, " pos"]]
    variance: dict[Kind, Float[Tensor, " pos"]]
    """Of one sample, nats²."""
    gradient: dict[Kind, Float[Tensor, "pos d_vocab"]]
    """What one sample's gradient is on average, with respect to the policy's logits."""
    right: Float[Tensor, "pos d_vocab"]
    """Gradient of KL(pi || ref)."""
    other: Float[Tensor, "pos d_vocab"]
    """Gradient of KL(ref || pi)."""


def expected(logp: Float[Tensor, "pos d_vocab"], reference: Float[Tensor, "pos d_vocab"]) -> Expected:
    """From the full log-distributions of policy and reference. Gradients: grad log pi(x) = onehot(x) - pi."""
    p, log_ratio = logp.exp(), logp - reference
    # A token of probability 0 is never drawn.
    mean = lambda f: torch.where(p > 0, p * f, 0.0).sum(-1)  # noqa: E731
    exact = mean(log_ratio)
    value, variance, gradient = {}, {}, {}
    for kind in KINDS:
        f, s = estimate(logp, reference, kind), slope(logp, reference, kind)
        value[kind] = mean(f)
        variance[kind] = mean((f - value[kind][:, None]).square())
        gradient[kind] = p * (s - mean(s)[:, None])
    right = p * (log_ratio - exact[:, None])
    return Expected(exact, value, variance, gradient, right, p - reference.exp())
