"""Sampling: from a row of logits to one chosen token, with every stage between kept.

A sampler reshapes the next-token distribution and then draws from it. Five steps, each optional:

- **penalty** (Keskar et al. 2019, arXiv 1909.05858): a token that was seen before has its logit divided by r when
  positive, multiplied by r when negative; once, however often it was seen.
- **temperature**: ``z / T``. T < 1 sharpens, T > 1 flattens; T = 0 means the likeliest token, always.
- **top-k** (Fan et al. 2018, arXiv 1805.04833): the k highest logits stay (ties with the k-th stay too).
- **top-p**, the nucleus (Holtzman et al. 2019, arXiv 1904.09751): of the tokens in falling order, the smallest set
  whose probability reaches p; the token that crosses p stays.
- **min-p** (Nguyen et al. 2024, arXiv 2407.01082): tokens with at least min_p times the likeliest one's probability.

transformers applies them in this order; llama.cpp applies the temperature last. The order changes the result, because
a cut made on a flattened distribution keeps more tokens.

Worked example: logits ln(8), ln(4), ln(2), ln(2) are probabilities 1/2, 1/4, 1/8, 1/8. Top-p 0.7 keeps the first two
(0.5 does not reach 0.7, 0.75 does), renormalised 2/3 and 1/3. A u of 0.6 falls below 2/3: the first token.

>>> logits = torch.tensor([8.0, 4.0, 2.0, 2.0]).log()
>>> stages = Sampler(top_p=0.7).stages(logits, previous_ids=[])
>>> [round(float(p), 4) for p in stages.probabilities]
[0.6667, 0.3333, 0.0, 0.0]
>>> stages.choose(0.6), stages.choose(0.7)
(0, 1)

With temperature 2 first, the probabilities are flattened to .369, .261, .185, .185 and the nucleus needs three tokens;
with the temperature last it still needs two:

>>> int(Sampler(top_p=0.7, temperature=2).stages(logits).kept.sum())
3
>>> order = ("penalty", "top_k", "top_p", "min_p", "temperature")
>>> int(Sampler(top_p=0.7, temperature=2, order=order).stages(logits).kept.sum())
2
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.errors import BadRequestError

StageName = Literal["penalty", "temperature", "top_k", "top_p", "min_p"]
STAGE_NAMES: tuple[StageName, ...] = get_args(StageName)
CUT = -math.inf


@dataclass(frozen=True)
class Stage:
    """The distribution after one step of the sampler."""

    name: StageName
    active: bool
    """False when the setting is at its neutral value, so that nothing changed."""
    logits: Float[Tensor, " d_vocab"]
    """-inf where a cut has removed the token."""
    kept: Bool[Tensor, " d_vocab"]
    probabilities: Float[Tensor, " d_vocab"]
    """float64, renormalised over the kept tokens."""


@dataclass(frozen=True)
class Stages:
    """All that happened between the model's logits and the distribution that was drawn from."""

    sampler: Sampler
    logits: Float[Tensor, " d_vocab"]
    """The model's own."""
    previous_ids: Int[Tensor, " previous"]
    """Distinct ids that the repetition penalty acts on."""
    stages: tuple[Stage, ...]
    """In the order in which they were applied, one for each of the five steps."""
    probabilities: Float[Tensor, " d_vocab"]
    """float64; what the token is drawn from. One-hot at temperature 0."""

    def __getitem__(self, name: StageName) -> Stage:
        return next(stage for stage in self.stages if stage.name == name)

    @property
    def penalised(self) -> Float[Tensor, " d_vocab"]:
        return self["penalty"].logits

    @property
    def scaled(self) -> Float[Tensor, " d_vocab"]:
        return self["temperature"].logits

    @property
    def kept(self) -> Bool[Tensor, " d_vocab"]:
        """Tokens that can be drawn."""
        return self.probabilities > 0

    def ranked(self) -> tuple[Float[Tensor, " d_vocab"], Int[Tensor, " d_vocab"]]:
        """(probabilities, ids), likeliest first, ties by id."""
        probabilities, ids = self.probabilities.sort(descending=True, stable=True)
        return probabilities, ids

    def choose(self, u: float) -> int:
        """The token id that a uniform u in [0, 1) falls on, over tokens sorted likeliest first (ties by id).

        The first token whose cumulative probability passes u: inverse-CDF sampling.
        """
        probabilities, ids = self.ranked()
        drawable = int((probabilities > 0).sum())
        at = int(torch.searchsorted(probabilities.cumsum(0), u, right=True))
        return int(ids[min(at, drawable - 1)])  # the cumulative sum may round to just below 1


@dataclass(frozen=True)
class Sampler:
    """Settings of the five steps; the defaults change nothing: one draws from the model's own distribution."""

    temperature: float | int = 1.0
    """0 is greedy."""
    top_k: int = 0
    """0 is off."""
    top_p: float | int = 1.0
    """1 is off."""
    min_p: float | int = 0.0
    """0 is off."""
    repetition_penalty: float | int = 1.0
    """1 is off."""
    order: tuple[StageName, ...] = STAGE_NAMES

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("temperature", self.temperature, 0.0, 100.0),
            ("top-k", self.top_k, 0, 10_000_000),
            ("top-p", self.top_p, 0.0, 1.0),
            ("min-p", self.min_p, 0.0, 1.0),
            ("repetition penalty", self.repetition_penalty, 0.01, 100.0),
        ):
            if not low <= value <= high:  # NaN fails as well
                raise BadRequestError(f"A {name} of {value} is outside {low:g} to {high:g}.", value=value)
        for name in ("temperature", "top_p", "min_p", "repetition_penalty"):  # 1 and 1.0 are one setting
            object.__setattr__(self, name, float(getattr(self, name)))
        if self.top_p == 0:
            raise BadRequestError("A top-p of 0 keeps no token.", "Use temperature 0 for the likeliest token.")
        if int(self.top_k) != self.top_k:
            raise BadRequestError(f"Top-k counts tokens: {self.top_k} is not a whole number.")
        if sorted(self.order) != sorted(STAGE_NAMES):
            raise BadRequestError(
                f"The sampler's order must name each step once: {', '.join(STAGE_NAMES)}.", order=", ".join(self.order)
            )

    def stages(self, logits: Float[Tensor, " d_vocab"], previous_ids: Iterable[int] | Tensor = ()) -> Stages:
        """Apply the steps in order to one row of logits. `previous_ids` are all tokens read or written so far."""
        logits = logits.detach().float()
        seen = torch.as_tensor(
            list(previous_ids) if not isinstance(previous_ids, Tensor) else previous_ids, dtype=torch.long
        ).unique()
        now, done = logits, []
        for name in self.order:
            changed = self._apply(name, now, seen)
            active, now = changed is not None, now if changed is None else changed
            # A step that is off leaves the distribution as it was: share the tensors instead of computing them again.
            if not active and done:
                done.append(Stage(name, False, now, done[-1].kept, done[-1].probabilities))
            else:
                done.append(Stage(name, active, now, now != CUT, now.double().softmax(-1)))
        return Stages(self, logits, seen, tuple(done), done[-1].probabilities)

    def _apply(self, name: StageName, logits: Tensor, seen: Tensor) -> Tensor | None:
        """The logits after one step, or None when the step is off."""
        if name == "penalty" and self.repetition_penalty != 1:
            return penalise(logits, seen, self.repetition_penalty)
        if name == "temperature" and self.temperature != 1:
            return scale(logits, self.temperature)
        if name == "top_k" and 0 < self.top_k < len(logits):
            return logits.where(top_k_kept(logits, self.top_k), CUT)
        if name == "top_p" and self.top_p < 1:
            return logits.where(top_p_kept(logits, self.top_p), CUT)
        if name == "min_p" and self.min_p > 0:
            return logits.where(min_p_kept(logits, self.min_p), CUT)
        return None


def penalise(
    logits: Float[Tensor, " d_vocab"], seen: Int[Tensor, " seen"], penalty: float
) -> Float[Tensor, " d_vocab"]:
    """Divide the positive and multiply the negative logits of seen tokens by the penalty, once each.

    >>> penalise(torch.tensor([2.0, -2.0, 2.0]), torch.tensor([0, 1]), 1.25).tolist()
    [1.600000023841858, -2.5, 2.0]
    """
    out = logits.clone()
    old = logits[seen]
    out[seen] = torch.where(old < 0, old * penalty, old / penalty)
    return out


def scale(logits: Float[Tensor, " d_vocab"], temperature: float) -> Float[Tensor, " d_vocab"]:
    """Logits over the temperature; at 0 all but the likeliest token (the lowest id of equals) are cut."""
    if temperature > 0:
        # Subtracting the maximum changes no probability and keeps a tiny temperature from overflowing float32.
        scaled = logits / temperature
        return scaled if bool(torch.isfinite(scaled[logits != CUT]).all()) else (logits - logits.max()) / temperature
    only = torch.full_like(logits, CUT)
    best = int((logits == logits.max()).nonzero()[0])
    only[best] = logits[best]
    return only


def top_k_kept(logits: Float[Tensor, " d_vocab"], k: int) -> Bool[Tensor, " d_vocab"]:
    """The k highest, and whatever ties with the lowest of them."""
    return (logits >= logits.topk(k).values[-1]) & (logits != CUT)


def top_p_kept(logits: Float[Tensor, " d_vocab"], p: float) -> Bool[Tensor, " d_vocab"]:
    """The smallest set of likeliest tokens that reaches p: a token stays while those above it sum to less than p."""
    probabilities, ids = logits.double().softmax(-1).sort(descending=True, stable=True)
    before = probabilities.cumsum(0) - probabilities
    kept = torch.empty(len(logits), dtype=torch.bool)
    kept[ids] = (before < p) & (probabilities > 0)
    kept[ids[0]] = True
    return kept


def min_p_kept(logits: Float[Tensor, " d_vocab"], min_p: float) -> Bool[Tensor, " d_vocab"]:
    """Tokens with at least min_p times the likeliest token's probability."""
    probabilities = logits.double().softmax(-1)
    return (probabilities >= min_p * probabilities.max()) & (logits != CUT)
