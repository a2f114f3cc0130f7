"""Sampling: from a row of logits to one chosen token, with every stage between kept.

A sampler reshapes the next-token distribution and then draws from it. Eight steps, each optional: three penalties move
the logits of tokens that occurred before, the temperature sharpens or flattens, and top-k, top-p, min-p and typical
cut. `sampling_steps` has each step's formula and paper.

transformers applies them in the order of `STAGE_NAMES`; llama.cpp applies the temperature last. The order changes the
result, because a cut made on a flattened distribution keeps more tokens.

The repetition penalty acts on all tokens read or written, as in transformers. The presence and frequency penalties
count what the model has written, as OpenAI's API and vLLM define them; so whoever gives previous ids says with
`n_prompt` how many of them were read. (llama.cpp counts those too.)

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

An order may leave out the steps that came later; each then stands behind the step that it follows in `STAGE_NAMES`:

>>> Sampler(order=order).order
('penalty', 'presence', 'frequency', 'top_k', 'top_p', 'min_p', 'typical', 'temperature')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, overload

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.inference.decoding.sampler_settings import SETTINGS, STAGE_NAMES, StageName
from explorer.stack.inference.decoding.sampling_steps import (
    CUT,
    check_finite,
    min_p_kept,
    penalise,
    scale,
    subtract,
    top_k_kept,
    top_p_kept,
    typical_kept,
)

#: So many of the likeliest tokens are looked at first for the one that is drawn: to sort 49,152 takes 3 ms.
FEW = 256


@dataclass(frozen=True)
class Stage:
    """The distribution after one step of the sampler."""

    name: StageName | Literal["constraint"]
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
    """Distinct ids that the penalties may act on."""
    times: Int[Tensor, " previous"]
    """How often each of them was written: what the presence and frequency penalties count."""
    stages: tuple[Stage, ...]
    """In the order in which they were applied, one for each step; before them the constraint's, if there was one."""
    probabilities: Float[Tensor, " d_vocab"]
    """float64; what the token is drawn from. One-hot at temperature 0."""

    def __getitem__(self, name: StageName | Literal["constraint"]) -> Stage:
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
        probabilities, ids = self._likeliest(FEW)
        cumulative = probabilities.cumsum(0)
        if len(cumulative) and u >= float(cumulative[-1]):  # it falls on a token that is none of these few
            probabilities, ids = self.ranked()
            cumulative = probabilities.cumsum(0)
        drawable = int((probabilities > 0).sum())
        at = int(torch.searchsorted(cumulative, u, right=True))
        return int(ids[min(at, drawable - 1)])  # the cumulative sum may round to just below 1

    def _likeliest(self, k: int) -> tuple[Float[Tensor, " k"], Int[Tensor, " k"]]:
        """The first k of `ranked` or some more: all that are as likely as the k-th, so that ties stay by id."""
        if len(self.probabilities) <= k:
            return self.ranked()
        least = self.probabilities.topk(k).values[-1]
        ids = (self.probabilities >= least).nonzero()[:, 0]
        probabilities, order = self.probabilities[ids].sort(descending=True, stable=True)
        return probabilities, ids[order]


@dataclass(frozen=True)
class Sampler:
    """Settings of the eight steps; the defaults change nothing: one draws from the model's own distribution.

    What each may be stands in `sampler_settings`. Raises BadRequestError for anything else.
    """

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
    typical_p: float | int = 1.0
    """1 is off."""
    presence_penalty: float | int = 0.0
    """0 is off; below 0 it favours what was written."""
    frequency_penalty: float | int = 0.0
    """0 is off; below 0 it favours what was written."""

    def __post_init__(self) -> None:
        for setting in SETTINGS:
            object.__setattr__(self, setting.name, setting.checked(getattr(self, setting.name)))
        object.__setattr__(self, "order", _completed(self.order))

    @classmethod
    def of(cls, numbers: Mapping[str, float | int], order: Sequence[str] = STAGE_NAMES) -> Sampler:
        """From settings by name, as links and sliders say them; one that is not named is neutral."""
        given: dict[str, Any] = {**numbers, "order": _completed(order)}
        return cls(**given)

    @property
    def numbers(self) -> dict[str, float | int]:
        """The settings by name, in the order of their table."""
        return {each.name: getattr(self, each.name) for each in SETTINGS}

    @overload
    def stages(
        self, logits: Float[Tensor, " d_vocab"], *, allowed: Bool[Tensor, " d_vocab"] | None = None
    ) -> Stages: ...

    @overload
    def stages(
        self,
        logits: Float[Tensor, " d_vocab"],
        previous_ids: Iterable[int] | Tensor,
        n_prompt: int,
        allowed: Bool[Tensor, " d_vocab"] | None = None,
    ) -> Stages: ...

    def stages(
        self,
        logits: Float[Tensor, " d_vocab"],
        previous_ids: Iterable[int] | Tensor = (),
        n_prompt: int | None = None,
        allowed: Bool[Tensor, " d_vocab"] | None = None,
    ) -> Stages:
        """Apply the steps in order to one row of logits. Raises NotFiniteError where they are no numbers.

        `previous_ids` are all tokens read or written so far, of which the first `n_prompt` were read: these two belong
        together. `allowed` cuts before all steps what a constraint forbids (`constrained`).
        """
        logits = logits.detach().float()
        ids = torch.as_tensor(
            list(previous_ids) if not isinstance(previous_ids, Tensor) else previous_ids, dtype=torch.long
        )
        if n_prompt is None:
            if len(ids):
                raise TypeError("previous ids without n_prompt: what was read and what was written count differently")
            n_prompt = 0
        check_finite(float(logits.max()))
        seen, times = _counted(ids, n_prompt)
        now, done = logits, []
        if allowed is not None:
            now = logits.where(allowed, CUT)
            check_finite(float(now.max()))
            done.append(Stage("constraint", True, now, now != CUT, now.double().softmax(-1)))
        for name in self.order:
            changed = self._apply(name, now, seen, times)
            active, now = changed is not None, now if changed is None else changed
            # A step that is off leaves the distribution as it was: share the tensors instead of computing them again.
            if not active and done:
                done.append(Stage(name, False, now, done[-1].kept, done[-1].probabilities))
            else:
                done.append(Stage(name, active, now, now != CUT, now.double().softmax(-1)))
        return Stages(self, logits, seen, times, tuple(done), done[-1].probabilities)

    def _apply(self, name: StageName, logits: Tensor, seen: Tensor, times: Tensor) -> Tensor | None:
        """The logits after one step, or None when the step is off."""
        if name == "penalty" and self.repetition_penalty != 1:
            return penalise(logits, seen, self.repetition_penalty)
        if name == "presence" and self.presence_penalty != 0:
            return subtract(logits, seen, times.clamp(max=1), self.presence_penalty)
        if name == "frequency" and self.frequency_penalty != 0:
            return subtract(logits, seen, times, self.frequency_penalty)
        if name == "temperature" and self.temperature != 1:
            return scale(logits, self.temperature)
        if name == "top_k" and 0 < self.top_k < len(logits):
            return logits.where(top_k_kept(logits, self.top_k), CUT)
        if name == "top_p" and self.top_p < 1:
            return logits.where(top_p_kept(logits, self.top_p), CUT)
        if name == "min_p" and self.min_p > 0:
            return logits.where(min_p_kept(logits, self.min_p), CUT)
        if name == "typical" and self.typical_p < 1:
            return logits.where(typical_kept(logits, self.typical_p), CUT)
        return None


def _counted(ids: Int[Tensor, " all"], n_prompt: int) -> tuple[Int[Tensor, " seen"], Int[Tensor, " seen"]]:
    """The distinct ids in rising order, and how often each stands behind the first `n_prompt`.

    >>> _counted(torch.tensor([7, 3, 3, 9, 9, 9]), n_prompt=3)
    (tensor([3, 7, 9]), tensor([0, 0, 3]))
    """
    seen, where = ids.unique(return_inverse=True)
    return seen, torch.bincount(where[n_prompt:], minlength=len(seen))


def _completed(order: Sequence[str]) -> tuple[StageName, ...]:
    """The order with each later step that it leaves out put behind the step it follows in `STAGE_NAMES`."""
    full = list(order)
    for name in (each.stage for each in SETTINGS if each.later):
        before = STAGE_NAMES[STAGE_NAMES.index(name) - 1]
        if name not in full and before in full:
            full.insert(full.index(before) + 1, name)
    if sorted(full) != sorted(STAGE_NAMES):
        raise BadRequestError(
            f"The sampler's order must name each step once: {', '.join(STAGE_NAMES)}.", order=", ".join(order)
        )
    return cast("tuple[StageName, ...]", tuple(full))
