"""Scaling laws: how a loss falls with parameters N and tokens D, and how to split a budget of compute between them.

Hoffmann et al. 2022 (arXiv 2203.15556, approach 3) fit ``L(N, D) = E + A / N^alpha + B / D^beta``. With C = 6 N D
spent, the least loss has (their equation 4)::

    N = G (C / 6)^a,  D = (C / 6)^b / G,  G = (alpha A / (beta B))^(1 / (alpha + beta)),
    a = beta / (alpha + beta),  b = alpha / (alpha + beta)

Kaplan et al. 2020 (arXiv 2001.08361, section 6.1) found N to grow as C^0.73: more parameters, few more tokens.

Their printed constants give 92.6 tokens a parameter at Chinchilla's own budget; the refit of Besiroglu et al. 2024
(arXiv 2404.10102) to the same runs gives 18.4, near the 20 of the paper's other two approaches:

>>> round(HOFFMANN.loss(70e9, 1.4e12), 5)
1.93665
>>> [round(each.best(5.76e23).tokens_per_parameter, 1) for each in (HOFFMANN, REFIT)]
[92.6, 18.4]

Ten times the compute: how many times the parameters?

>>> [round(10**a, 2) for a in (KAPLAN_EXPONENT, HOFFMANN.exponent, REFIT.exponent)]
[5.37, 2.83, 3.26]
"""

from __future__ import annotations

from dataclasses import dataclass

#: Of N in C.
KAPLAN_EXPONENT = 0.73


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
        if compute <= 0:
            raise ValueError(f"{compute} FLOPs train nothing")
        g = (self.alpha * self.A / (self.beta * self.B)) ** (1 / (self.alpha + self.beta))
        pairs = compute / 6
        return Split(g * pairs**self.exponent, pairs ** (1 - self.exponent) / g)


HOFFMANN = Law(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
REFIT = Law(A=482.01, B=2085.43, E=1.8172, alpha=0.3478, beta=0.3658)
