"""Texts that a model writes on from the beginnings of others: what a student learns from besides the corpus.

- its **own** samples (Agarwal et al. 2023, GKD, arXiv 2306.13649): the teacher says what it would have expected at
  every place that the student itself comes to. The student meets its own mistakes in training, not first in use.
- the **teacher's** samples at temperature 1: data made by the teacher; next-token loss alone, no distributions needed.
- the teacher's **likeliest** tokens (temperature 0): sequence-level distillation, which stands in for the mode of the
  teacher's distribution over whole texts (Kim and Rush 2016, arXiv 1606.07947; they search with a beam).
"""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache


@torch.no_grad()
def continued(
    decoder: Decoder,
    begun: Int[Tensor, "row given"],
    new: int,
    generator: torch.Generator | None = None,
    temperature: float = 1.0,
) -> Int[Tensor, "row pos"]:
    """Each row with so many tokens behind it: drawn from the whole distribution, or the likeliest at temperature 0."""
    cache = ContiguousCache(decoder.config, batch=len(begun), capacity=begun.shape[1] + new)
    written, ids = [begun], begun
    for _ in range(new):
        logits = decoder(ids, cache=cache, last_only=True)[:, -1].float()
        if temperature == 0:
            ids = logits.argmax(-1, keepdim=True)
        else:
            ids = torch.multinomial((logits / temperature).softmax(-1), 1, generator=generator)
        written.append(ids)
    return torch.cat(written, 1)
