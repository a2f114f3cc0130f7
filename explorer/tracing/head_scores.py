"""What kind of head is it? Scores that tell well-known kinds of attention heads apart.

- previous token: mean weight on the token just before;
- sink: mean weight on the first token, where heads with nothing to do look (Xiao et al. 2023, arXiv 2309.17453);
- entropy: how widely a head looks, mean over queries, in bits;
- induction: on a text of random tokens said twice, mean weight on the token that followed the same token the first time
  (Olsson et al. 2022, arXiv 2209.11895).
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Random sequences that are repeated, and their length.
INDUCTION_TEXTS, INDUCTION_LENGTH = 4, 32


@dataclass(frozen=True, eq=False)
class HeadScores:
    """Means over all queries but the first, which can only look at itself; NaN for a run of one token."""

    previous: Float[Tensor, "layer head"]
    sink: Float[Tensor, "layer head"]
    entropy_bits: Float[Tensor, "layer head"]


def score_heads(pattern: Float[Tensor, "layer head query key"]) -> HeadScores:
    """
    >>> pattern = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])[None, None]
    >>> scores = score_heads(pattern)
    >>> [float(s) for s in (scores.previous, scores.sink, scores.entropy_bits)]
    [0.75, 0.25, 0.5]
    """
    rows = pattern[:, :, 1:]
    entropy = -torch.special.xlogy(rows, rows).sum(-1) / torch.log(torch.tensor(2.0))
    return HeadScores(
        previous=pattern.diagonal(-1, 2, 3).mean(-1),
        sink=rows[..., 0].mean(-1),
        entropy_bits=entropy.mean(-1),
    )


_induction: weakref.WeakKeyDictionary[Model, dict[int, Tensor]] = weakref.WeakKeyDictionary()


def induction_scores(model: Model, seed: int = 0) -> Float[Tensor, "layer head"]:
    """Mean weight on the token after the first occurrence, over the second half of repeated random sequences.

    One run a model and seed; later calls return the same tensor.
    """
    from explorer.tracing.anatomy import anatomy
    from explorer.tracing.capture import RUNNING, hooked
    from explorer.tracing.hooks import found

    known = _induction.setdefault(model, {})
    with RUNNING:
        if seed not in known:
            dims, lead = model.dims, model.vocabulary.encode("")
            ids = repeated_random_ids(min(len(model.vocabulary), dims.d_vocab), seed, lead)
            scores = torch.zeros(dims.n_layers, dims.n_heads)
            if ids.shape[1] > dims.n_ctx:  # it cannot read that much
                return known.setdefault(seed, torch.full_like(scores, torch.nan))

            def keep(layer: int):
                def hook(pattern: Float[Tensor, "batch head query key"], **_: object) -> None:
                    # On this diagonal key = query - (length - 1); its entry i belongs to query i + length - 1.
                    stripe = pattern.diagonal(1 - INDUCTION_LENGTH, 2, 3)
                    scores[layer] = stripe[..., len(lead) + 1 :].mean((0, -1))

                return hook

            at = [(found(anatomy(model.bridge).firing, i, "pattern"), keep(i)) for i in range(dims.n_layers)]
            with torch.inference_mode(), hooked(model, [(name, hook) for name, hook in at if name]):
                model.bridge(ids, return_type="logits", logits_to_keep=1)
            known[seed] = scores
        return known[seed]


def repeated_random_ids(d_vocab: int, seed: int, lead: list[int]) -> Int[Tensor, "batch pos"]:
    """Sequences of random tokens, each said twice; after the begin-of-text token, if the tokenizer puts one.

    >>> ids = repeated_random_ids(100, 0, lead=[])
    >>> tuple(ids.shape), bool((ids[:, :INDUCTION_LENGTH] == ids[:, INDUCTION_LENGTH:]).all())
    ((4, 64), True)
    """
    generator = torch.Generator().manual_seed(seed)
    once = torch.randint(0, d_vocab, (INDUCTION_TEXTS, INDUCTION_LENGTH), generator=generator)
    return torch.cat([torch.tensor(lead, dtype=torch.long).expand(INDUCTION_TEXTS, -1), once, once], 1)
