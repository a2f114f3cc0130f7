"""Multiple choice by log-likelihood: which choice a model takes, by each of the field's rules.

A model that writes nothing chooses what it finds likeliest. log p(choice | prompt) sums over the choice's tokens, so
that a long choice loses to a short one; every harness divides by something else:

    sum          log p                          lm-eval's acc
    characters   log p / len(choice)            lm-eval's acc_norm: characters of the choice without its delimiter
    bytes        log p / len(choice in UTF-8)   lm-eval's acc_bytes
    tokens       log p / tokens
    mutual_info  log p(choice | prompt) - log p(choice)     lm-eval's acc_mutual_info, Holtzman et al. 2021 (2104.08315)

Of equal scores the first counts. The Brier score (Brier 1950) is ``sum_c (p_c - [c is right])^2``, p the softmax of the
sums: 0 is perfect, 2 the worst.

Worked example: the right answer wins by characters alone.

>>> item = Choices(("no", "certainly not"), 1, (-3.0, -9.0), tokens=(1, 2), unconditional=(-5.0, -8.0))
>>> [(rule, item.winner(rule)) for rule in RULES]
[('sum', 0), ('characters', 1), ('bytes', 1), ('tokens', 0), ('mutual_info', 0)]
>>> [round(each, 4) for each in item.probabilities], round(item.brier, 4)
([0.9975, 0.0025], 1.9901)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

Rule = Literal["sum", "characters", "bytes", "tokens", "mutual_info"]
RULES: tuple[Rule, ...] = get_args(Rule)
#: By the names of lm-eval's metrics.
METRICS: dict[str, Rule] = {
    "acc": "sum",
    "acc_norm": "characters",
    "acc_bytes": "bytes",
    "acc_mutual_info": "mutual_info",
}


@dataclass(frozen=True)
class Choices:
    """One item as it was scored."""

    choices: tuple[str, ...]
    gold: int
    log_likelihoods: tuple[float, ...]
    """log p(delimiter and choice | prompt), in nats."""
    tokens: tuple[int, ...]
    """Of each choice, as it was scored."""
    unconditional: tuple[float, ...] = ()
    """log p(delimiter and choice | prefix token); empty where it was not asked for."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those that what was measured allows."""
        return RULES if self.unconditional else RULES[:-1]

    def scores(self, rule: Rule) -> tuple[float, ...]:
        """What is compared."""
        ll = self.log_likelihoods
        if rule == "sum":
            return ll
        if rule == "mutual_info":
            return tuple(given - alone for given, alone in zip(ll, self.unconditional, strict=True))
        return tuple(each / size for each, size in zip(ll, self.lengths(rule), strict=True))

    def lengths(self, rule: Rule) -> tuple[int, ...]:
        """What a rule divides by."""
        if rule == "characters":
            return tuple(map(len, self.choices))
        if rule == "bytes":
            return tuple(len(each.encode()) for each in self.choices)
        return self.tokens if rule == "tokens" else (1,) * len(self.choices)

    def winner(self, rule: Rule) -> int:
        scores = self.scores(rule)
        return max(range(len(scores)), key=scores.__getitem__)  # the first of equals

    def right(self, rule: Rule) -> bool:
        return self.winner(rule) == self.gold

    @property
    def probabilities(self) -> tuple[float, ...]:
        """The softmax of the log-likelihoods over the choices."""
        top = max(self.log_likelihoods)
        weights = [math.exp(each - top) for each in self.log_likelihoods]
        total = math.fsum(weights)
        return tuple(each / total for each in weights)

    @property
    def brier(self) -> float:
        return math.fsum((p - (at == self.gold)) ** 2 for at, p in enumerate(self.probabilities))


def mean_error(values: list[float]) -> float:
    """The standard error of a mean: the sample's deviation (n - 1) by the root of n, as lm-eval has it; NaN for one.

    >>> round(mean_error([1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0]), 6)
    0.182981
    """
    n = len(values)
    if n < 2:
        return math.nan
    mean = math.fsum(values) / n
    return math.sqrt(math.fsum((each - mean) ** 2 for each in values) / (n - 1) / n)
