"""Scaling laws: how a loss falls with parameters N and tokens D, and how to split a budget of compute between them.

Hoffmann et al. 2022 (arXiv 2203.15556, approach 3) fit ``L(N, D) = E + A / N^alpha + B / D^beta``. With C = 6 N D
spent, the least loss has (their equation 4)::

    N = G (C / 6)^a,  D = (C / 6)^b / G,  G = (alpha A / (beta B))^(1 / (alpha + beta)),
    a = beta / (alpha + beta),  b = alpha / (alpha + beta)

E does not move the optimum. The paper prints two digits of the exponents, .34 and .28; its TeX source has .3392 and
.2849. The refit of Besiroglu et al. 2024 (arXiv 2404.10102) to the same runs has other constants again. At Chinchilla's
own budget, tokens a parameter:

>>> round(HOFFMANN.loss(70e9, 1.4e12), 5)
1.93665
>>> [round(each.best(5.76e23).tokens_per_parameter, 1) for each in (HOFFMANN, UNROUNDED, REFIT, MUENNIGHOFF)]
[92.6, 59.1, 18.4, 19.6]

Kaplan et al. 2020 (arXiv 2001.08361) fit powers without a constant term. Of N alone and of D alone they are equations
1.1 and 1.2; both together (equation 1.5, table 2) have other constants, and are no sum of the two::

    L(N) = (8.8e13 / N)^.076,  L(D) = (5.4e13 / D)^.095,  L(N, D) = [(6.4e13 / N)^(.076 / .103) + 1.8e13 / D]^.103

>>> round(kaplan_parameters(1e9), 4), round(KAPLAN.loss(1e9, 1e10), 4)
(2.3756, 2.4197)

Put into the joint form, the constants of the single laws give another loss:

>>> round(KaplanLaw(8.8e13, 5.4e13, .076, .095).loss(1e9, 1e10), 4)
2.4838

Kaplan's recommended N grows as C^0.73 (section 6.1): it comes from training curves, not from L(N, D), whose own least
loss has N as C^0.58. Ten times the compute: how many times the parameters?

>>> [round(10**a, 2) for a in (KAPLAN_EXPONENT, KAPLAN.exponent, HOFFMANN.exponent, UNROUNDED.exponent, REFIT.exponent)]
[5.37, 3.76, 2.83, 2.86, 3.26]

Tokens that are read again are worth less (Muennighoff et al. 2023, arXiv 2305.16264): U unique tokens, read R times
more after the first, count as ``U + U R* (1 - e^(-R / R*))`` with R* = 15.39. R is the number of epochs less one.

>>> [round(worth(1e9, epochs) / (1e9 * epochs), 3) for epochs in (1, 2, 4, 8, 16, 40)]
[1.0, 0.984, 0.931, 0.828, 0.661, 0.379]
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

#: Of N in C, as Kaplan et al. recommend.
KAPLAN_EXPONENT = 0.73
#: FLOPs of training, for a parameter and a token.
FLOPS = 6
#: Muennighoff's R* of repeated tokens.
REPEATS = 15.387756


@dataclass(frozen=True)
class Split:
    """A model and a text for a budget."""

    parameters: float
    tokens: float

    @property
    def tokens_per_parameter(self) -> float:
        return self.tokens / self.parameters


@dataclass(frozen=True)
class Law:
    """The five constants of L(N, D), in nats a token."""

    A: float
    B: float
    E: float
    alpha: float
    beta: float

    @property
    def exponent(self) -> float:
        """Of N in C: a."""
        return self.beta / (self.alpha + self.beta)

    def loss(self, parameters: float | int, tokens: float | int) -> float:
        return self.E + self.A / parameters**self.alpha + self.B / tokens**self.beta

    def best(self, compute: float | int) -> Split:
        """The split of so many FLOPs with the least loss.

        Raises ValueError for no compute.
        """
        pairs = _pairs(compute)
        g = (self.alpha * self.A / (self.beta * self.B)) ** (1 / (self.alpha + self.beta))
        return Split(g * pairs**self.exponent, pairs ** (1 - self.exponent) / g)


@dataclass(frozen=True)
class KaplanLaw:
    """The four constants of Kaplan's joint form. Parameters do not count embeddings."""

    N: float
    D: float
    alpha: float
    """Of N."""
    beta: float
    """Of D."""

    @property
    def exponent(self) -> float:
        """Of N in C, at the least loss of this form."""
        return self.beta / (self.alpha + self.beta)

    def loss(self, parameters: float | int, tokens: float | int) -> float:
        return ((self.N / parameters) ** (self.alpha / self.beta) + self.D / tokens) ** self.beta

    def best(self, compute: float | int) -> Split:
        """The split of so many FLOPs with the least loss: where r (N_c / N)^r = D_c / D, r = alpha / beta.

        Raises ValueError for no compute.
        """
        pairs, r = _pairs(compute), self.alpha / self.beta
        parameters = (r * self.N**r * pairs / self.D) ** (1 / (1 + r))
        return Split(parameters, pairs / parameters)


def _pairs(compute: float | int) -> float:
    """Of a parameter and a token."""
    if compute <= 0:
        raise ValueError(f"{compute} FLOPs train nothing")
    return compute / FLOPS


def kaplan_parameters(parameters: float | int) -> float:
    """The loss with tokens without end."""
    return (8.8e13 / parameters) ** 0.076


def kaplan_tokens(tokens: float | int) -> float:
    """The loss of a large model that stops before it learns the text by heart.

    >>> round(kaplan_tokens(1e10), 3)
    2.262
    """
    return (5.4e13 / tokens) ** 0.095


def worth(unique: float | int, epochs: float | int) -> float:
    """Tokens that teach as much as so many unique ones, read so often. Raises ValueError below one epoch."""
    if epochs < 1:
        raise ValueError(f"{epochs} epochs do not read all of the text")
    return unique * (1 + REPEATS * (1 - exp(-(epochs - 1) / REPEATS)))


KAPLAN = KaplanLaw(N=6.4e13, D=1.8e13, alpha=0.076, beta=0.103)
HOFFMANN = Law(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
UNROUNDED = Law(A=406.4, B=410.7, E=1.69, alpha=0.3392, beta=0.2849)
REFIT = Law(A=482.01, B=2085.43, E=1.8172, alpha=0.3478, beta=0.3658)
MUENNIGHOFF = Law(A=exp(6.255414), B=exp(7.3049974), E=exp(0.6254804), alpha=0.3526596, beta=0.3526596)


@dataclass(frozen=True)
class Named:
    """A law, and where its constants stand."""

    key: str
    name: str
    law: Law | KaplanLaw
    source: str
    counts: str
    """Which parameters N counts."""


LAWS = (
    Named("kaplan", "Kaplan, joint form", KAPLAN, "Kaplan et al. 2020, arXiv 2001.08361, table 2", "no embeddings"),
    Named(
        "hoffmann", "Hoffmann, as printed", HOFFMANN, "Hoffmann et al. 2022, arXiv 2203.15556, equation 10",
        "all parameters",
    ),
    Named(
        "unrounded", "Hoffmann, unrounded exponents", UNROUNDED, "the same paper’s TeX source: .3392 and .2849",
        "all parameters",
    ),
    Named(
        "refit", "Refit of Hoffmann’s runs", REFIT, "Besiroglu et al. 2024, arXiv 2404.10102", "all parameters",
    ),
    Named(
        "muennighoff", "Muennighoff, one epoch", MUENNIGHOFF, "Muennighoff et al. 2023, arXiv 2305.16264, the code",
        "all parameters",
    ),
)  # fmt: skip
