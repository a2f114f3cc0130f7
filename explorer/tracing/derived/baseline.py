"""What a token's logit is measured over.

Softmax knows differences of logits alone: a part that raises every logit alike changes no probability. Its share of the
raw logit is large all the same. So shares are measured over a reference, a mixture of tokens with weights w_j that add
up to 1; its logit is ``sum_j w_j logit_j``, and a token's *lead* is how far its own logit lies above it:

- "others": all other tokens, each weighed by its probability, ``w_j = p_j / (1 - p_t)``. A part's share of this lead is
  the first-order change of the token's log odds, ``d log(p_t / (1 - p_t)) / d logit_j = [j = t] - w_j``. That is the
  gradient of ``log p_t`` divided by ``1 - p_t``, which is one factor for all parts: it orders them alike, and it does
  not vanish where the model is sure. (Over the expected token, ``w = p``, shares are the gradient of ``log p_t``.)
- "mean": the average token, ``w_j = 1 / d_vocab`` (Elhage et al. 2021, "A Mathematical Framework for Transformer
  Circuits", centre W_U so);
- a token's id: that rival alone (the logit difference of Wang et al. 2022, arXiv 2211.00593);
- "raw": no reference. What raises every token alike counts in full.

Which of them agrees best with what a part's removal does to ``log p`` is measured by ``python -m explorer bench
attribution``.

>>> logits = torch.tensor([2.0, 0.0, 1.0])
>>> weights(logits[None], [0], "others")[0].tolist()  # softmax of 0 and 1
[0.0, 0.26894142136999516, 0.7310585786300049]
>>> [round(float(explained(logits, 0, over)), 3) for over in ("raw", "mean", 1, "others")]
[2.0, 1.0, 2.0, 0.687]
>>> [round(float(explained(logits + 5, 0, over)), 3) for over in ("raw", "mean", 1, "others")]
[7.0, 1.0, 2.0, 0.687]
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.transformer.references import Over


def weights(
    logits: Float[Tensor, "row d_vocab"], tokens: Sequence[int], over: Over
) -> Float[Tensor, "row d_vocab"] | None:
    """The mixture of tokens that each row's own token is measured over, float64; None for the raw logit."""
    if over == "raw":
        return None
    if over == "others":
        return _without(logits, tokens).softmax(-1)
    if over == "mean":
        return torch.full(logits.shape, 1 / logits.shape[-1], dtype=torch.float64)
    mixture = torch.zeros(logits.shape, dtype=torch.float64)
    mixture[:, over] = 1
    return mixture


def explained(logits: Float[Tensor, "*rows d_vocab"], token: int, over: Over) -> Float[Tensor, "*rows"]:
    """The number that shares over this reference explain, float64: what a removal is measured by.

    "others": the token's log odds, nats. "mean" and a rival: its lead, in logits. "raw": its logit.
    """
    wide = logits.double()
    own = wide[..., token]
    if over == "others":
        rows = wide.reshape(-1, wide.shape[-1])
        return own - _without(rows, [token] * len(rows)).logsumexp(-1).reshape(own.shape)
    if over == "raw":
        return own
    return own - (wide.mean(-1) if over == "mean" else wide[..., over])


def _without(logits: Float[Tensor, "row d_vocab"], tokens: Sequence[int]) -> Float[Tensor, "row d_vocab"]:
    """Minus infinity in place of each row's own token, float64."""
    rest = logits.double().clone()
    rest[range(len(rest)), list(tokens)] = -torch.inf
    return rest
