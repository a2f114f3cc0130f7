"""Induction heads: on a text of random tokens said twice, which heads look at the token that followed the first time?

A head that does so continues a sequence that it has seen once (Olsson et al. 2022, arXiv 2209.11895). The score is its
mean weight on that token, over the second half of the text.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, hooked
from explorer.tracing.bridge.hooks import found

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Random sequences that are repeated, and their length.
INDUCTION_TEXTS, INDUCTION_LENGTH = 4, 32

_induction: weakref.WeakKeyDictionary[Model, dict[int, Tensor]] = weakref.WeakKeyDictionary()


def induction_scores(model: Model, seed: int = 0) -> Float[Tensor, "layer head"]:
    """Mean weight on the token after the first occurrence, over the second half of repeated random sequences.

    One run a model and seed; later calls return the same tensor.
    """
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
                    scores[layer] = here(stripe)[..., len(lead) + 1 :].mean((0, -1))

                return hook

            at = [(found(anatomy(model.bridge).firing, i, "pattern"), keep(i)) for i in range(dims.n_layers)]
            with torch.inference_mode(), hooked(model, [(name, hook) for name, hook in at if name]):
                model.bridge(ids.to(model.device), return_type="logits", logits_to_keep=1)
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
