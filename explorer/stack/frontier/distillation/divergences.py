"""How far a student's next-token distribution S is from its teacher's T: forward, reverse, and what lies between.

    forward KL(T || S) = sum T log(T / S)      large where the student misses what the teacher expects: covers all of it
    reverse KL(S || T) = sum S log(S / T)      large where it expects what the teacher does not: keeps to the modes
    JSD_beta = beta KL(T || M) + (1 - beta) KL(S || M),   M = beta T + (1 - beta) S,   0 < beta < 1

Hinton, Vinyals and Dean 2015 (arXiv 1503.02531): both logits are divided by a temperature, so that tokens which the
teacher holds for unlikely still count, and the loss is multiplied by its square: the gradient of a logit falls with
1 / temperature^2 otherwise. Reverse: Gu et al. 2023, MiniLLM (2306.08543); the generalised JSD: Agarwal et al. 2023,
GKD (2306.13649). GKD calls forward KL beta = 0 and reverse KL beta = 1, and its JSD does **not** tend to them: it tends
to 0 at both ends, and JSD / beta to the forward KL. Between an end and its neighbour the loss jumps.

Worked example, T = .7 .2 .1 and S = .5 .3 .2:

>>> teacher, student = torch.tensor([0.7, 0.2, 0.1]).log(), torch.tensor([0.5, 0.3, 0.2]).log()
>>> [round(float(divergence(student, teacher, beta).total), 4) for beta in (0.0, 0.1, 0.5, 0.9, 1.0)]
[0.0851, 0.0077, 0.0219, 0.0082, 0.092]

trl's GKD has no factor temperature^2, and its trainer (1.16) uses the temperature for drawing alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

#: The ends of beta, which are not limits of what lies between.
FORWARD, REVERSE = 0.0, 1.0


@dataclass(frozen=True, eq=False)
class Divergence:
    """Every stage, row by row."""

    teacher: Float[Tensor, "*rows d_vocab"]
    """Log-probabilities at the temperature."""
    student: Float[Tensor, "*rows d_vocab"]
    mixture: Float[Tensor, "*rows d_vocab"]
    """log M; at the ends what the other is held against: of forward KL the student, of reverse KL the teacher."""
    terms: Float[Tensor, "*rows d_vocab"]
    """What each token contributes; single ones may be negative."""
    total: Float[Tensor, " *rows"]
    """Their sum, nats; never negative."""


def divergence(
    student: Float[Tensor, "*rows d_vocab"],
    teacher: Float[Tensor, "*rows d_vocab"],
    beta: float = FORWARD,
    temperature: float = 1.0,
) -> Divergence:
    """Of two tables of logits over one vocabulary. Raises ValueError for a beta or a temperature that is none."""
    check(beta, temperature)
    s, t = (student / temperature).log_softmax(-1), (teacher / temperature).log_softmax(-1)
    if beta == FORWARD:
        mixture, terms = s, t.exp() * (t - s)
    elif beta == REVERSE:
        mixture, terms = t, s.exp() * (s - t)
    else:
        mixture = torch.logaddexp(t + math.log(beta), s + math.log1p(-beta))
        terms = beta * t.exp() * (t - mixture) + (1 - beta) * s.exp() * (s - mixture)
    return Divergence(t, s, mixture, terms, terms.sum(-1))


def soft_loss(
    student: Float[Tensor, "*rows d_vocab"],
    teacher: Float[Tensor, "*rows d_vocab"],
    beta: float = FORWARD,
    temperature: float = 1.0,
) -> Float[Tensor, ""]:
    """temperature^2 times the mean divergence of the rows: what a student is trained on.

    Gradients of about one size at any temperature (without the square they differ by a factor of 64 here):

    >>> logits = torch.tensor([[1.0, 0.0, -1.0]], requires_grad=True)
    >>> teacher, found = torch.tensor([[2.0, 0.0, 0.0]]), []
    >>> for temperature in (1.0, 8.0):
    ...     loss = soft_loss(logits, teacher, temperature=temperature)
    ...     found += torch.autograd.grad(loss, logits)
    >>> [round(float(each.norm()), 1) for each in found]
    [0.2, 0.3]
    """
    return temperature**2 * divergence(student, teacher, beta, temperature).total.mean()


def logit_gradient(found: Divergence, beta: float) -> Float[Tensor, "*rows d_vocab"]:
    """d total / d (student logit / temperature), in closed form.

    Forward KL: S - T. Otherwise S (g - sum S g) with g = log(S / T) of reverse KL and (1 - beta) log(S / M) between:
    what d M / d S brings cancels with the 1 of d (S log S) / d S.
    """
    s = found.student.exp()
    if beta == FORWARD:
        return s - found.teacher.exp()
    g = (found.student - found.mixture) * (1.0 if beta == REVERSE else 1 - beta)
    return s * (g - (s * g).sum(-1, keepdim=True))


def check(beta: float, temperature: float) -> None:
    """Raises ValueError for a beta outside of 0 to 1, or a temperature that is not positive."""
    if not 0 <= beta <= 1:
        raise ValueError(f"beta is between 0 (forward KL) and 1 (reverse KL), not {beta}")
    if not temperature > 0:
        raise ValueError(f"a temperature is positive, not {temperature}")
