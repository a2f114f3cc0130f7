"""The steps of a sampler, each a function from one row of logits to the next, or to what it keeps.

A step that cuts says which tokens stay; the others get a logit of -inf. None brings back what was cut before it.

- **repetition penalty** (Keskar et al. 2019, arXiv 1909.05858), `penalise`: ``z / r`` when positive, ``z * r`` when
  negative, once for each token that was read or written, however often.
- **presence and frequency penalties** (OpenAI's API; vLLM), `subtract`: ``z - presence * [c > 0] - frequency * c``
  with c the times that the model has written the token.
- **temperature**, `scale`: ``z / T``; T = 0 leaves the likeliest token. A T that is all but 0 leaves what lies within
  float32's reach of the likeliest.
- **top-k** (Fan et al. 2018, arXiv 1805.04833), `top_k_kept`: the k highest logits, ties with the k-th too.
- **top-p**, the nucleus (Holtzman et al. 2019, arXiv 1904.09751), `top_p_kept`: in falling order of probability, the
  smallest set that reaches p.
- **min-p** (Nguyen et al. 2024, arXiv 2407.01082), `min_p_kept`: at least min_p times the likeliest one's probability.
- **locally typical** (Meister et al. 2022, arXiv 2202.00666), `typical_kept`: in rising order of
  ``|-log p - H|``, how far a token's surprise is from the distribution's entropy H, the smallest set that reaches p.

Worked example: probabilities 1/2, 1/4, 1/8, 1/8 have an entropy of 1.75 bits. Their surprises are 1, 2, 3, 3 bits:
.75, .25, 1.25, 1.25 away from it. The second token is the most typical one, then the first.

>>> logits = torch.tensor([8.0, 4.0, 2.0, 2.0]).log()
>>> typical_kept(logits, 0.2).tolist()
[False, True, False, False]
>>> typical_kept(logits, 0.5).tolist()
[True, True, False, False]
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.errors import NotFiniteError

CUT = -math.inf
#: The largest logit; one that a penalty would take past it stays here.
MOST = torch.finfo(torch.float32).max


def check_finite(largest: float) -> None:
    """Refuse logits whose largest is given, if nothing can be drawn from them. -inf alone is a token that was cut.

    NaN anywhere makes the largest NaN.

    >>> check_finite(3.5)
    >>> check_finite(torch.tensor([1.0, math.nan]).max().item())
    Traceback (most recent call last):
    explorer.errors.NotFiniteError: The model's logits are not numbers: the largest is nan. ...
    """
    if not math.isfinite(largest):
        raise NotFiniteError(
            f"The model's logits are not numbers: the largest is {largest}.",
            "Its activations have grown past what float32 can hold. Weaken the interventions, or take them off.",
        )


def penalise(
    logits: Float[Tensor, " d_vocab"], seen: Int[Tensor, " seen"], penalty: float
) -> Float[Tensor, " d_vocab"]:
    """Divide the positive and multiply the negative logits of seen tokens by the penalty, once each.

    >>> penalise(torch.tensor([2.0, -2.0, 2.0]), torch.tensor([0, 1]), 1.25).tolist()
    [1.600000023841858, -2.5, 2.0]
    """
    out = logits.clone()
    old = logits[seen]
    out[seen] = _within(torch.where(old < 0, old * penalty, old / penalty), old)
    return out


def subtract(
    logits: Float[Tensor, " d_vocab"], ids: Int[Tensor, " seen"], times: Int[Tensor, " seen"], penalty: float
) -> Float[Tensor, " d_vocab"]:
    """Take the penalty off the logits of `ids`, as many times as `times` says. A negative penalty favours them.

    The frequency penalty counts each time, the presence penalty ``times > 0`` once.

    >>> subtract(torch.tensor([2.0, 2.0, 2.0]), torch.tensor([0, 2]), torch.tensor([3, 1]), 0.5).tolist()
    [0.5, 2.0, 1.5]
    """
    out = logits.clone()
    out[ids] = _within(logits[ids] - penalty * times.to(logits.dtype), logits[ids])
    return out


def _within(moved: Float[Tensor, " seen"], old: Float[Tensor, " seen"]) -> Float[Tensor, " seen"]:
    """Moved logits inside float32's range; what was cut stays cut."""
    return moved.clamp(-MOST, MOST).where(old != CUT, CUT)


def scale(logits: Float[Tensor, " d_vocab"], temperature: float) -> Float[Tensor, " d_vocab"]:
    """Logits over the temperature; at 0 all but the likeliest token (the lowest id of equals) are cut."""
    if temperature > 0:
        scaled = logits / temperature
        if bool(torch.isfinite(scaled[logits != CUT]).all()):
            return scaled
        # Subtracting the maximum changes no probability; float64 has temperatures that float32 takes for 0.
        return ((logits - logits.max()).double() / temperature).float()
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


def typical_kept(logits: Float[Tensor, " d_vocab"], p: float) -> Bool[Tensor, " d_vocab"]:
    """The smallest set of tokens, those with the most typical surprise first, that reaches p; ties with its last too.

    The likeliest token may go: in a wide distribution its surprise is far below the entropy.
    """
    log_p = logits.double().log_softmax(-1)
    probabilities = log_p.exp()
    entropy = -(probabilities * log_p).nansum()  # a cut token's 0 * -inf is 0
    away = (-log_p - entropy).abs()  # inf for a cut token: it comes last
    nearest, ids = away.sort(stable=True)
    below = int((probabilities[ids].cumsum(0) < p).sum())  # the sum may round to just below p for all of them
    return (away <= nearest[min(below, len(nearest) - 1)]) & (logits != CUT)
