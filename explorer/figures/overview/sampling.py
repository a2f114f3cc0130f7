"""What the page's sampler starts from: one row of logits, the likeliest tokens, and what Python's own stages keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.stack.inference.decoding.sampling import Sampler

#: The page's softmax is compared with torch's on this many tokens.
PROVED = 50
#: Strings sent with the logits: the likeliest tokens, before and after what was already said. A typical cut may take
#: the likeliest away, so that they reach further down than the page's rows.
NAMED = 200


def proved_probabilities(
    logits: Float[Tensor, " d_vocab"], k: int = PROVED
) -> tuple[Int[Tensor, " k"], Float[Tensor, " k"]]:
    """Ids and float64 probabilities of the `k` likeliest tokens."""
    top = logits.double().softmax(-1).topk(min(k, logits.shape[-1]))
    return top.indices, top.values


def named_ids(logits: Float[Tensor, " d_vocab"], previous: Sequence[int], k: int = NAMED) -> list[int]:
    """Ids that the page may have to write: the `k` likeliest, and the `k` likeliest of those not yet seen.

    Penalties push seen tokens down, so that the second list comes up. (Where one below 0 pushes them up, the page knows
    their strings already: they are the run's own.)

    >>> named_ids(torch.tensor([5.0, 4.0, 3.0, 2.0, 1.0]), [0, 1], k=2)
    [0, 1, 2, 3]
    """
    k = min(k, logits.shape[-1])
    unseen = logits.clone()
    unseen[list(set(previous))] = -torch.inf
    both = [*logits.topk(k).indices.tolist(), *unseen.topk(k).indices.tolist()]
    return list(dict.fromkeys(both))


def kept_after(
    sampler: Sampler, logits: Float[Tensor, " d_vocab"], previous: Sequence[int], n_prompt: int
) -> dict[str, int]:
    """How many tokens each of the sampler's steps leaves, in their order.

    >>> kept = kept_after(Sampler(top_k=2), torch.tensor([3.0, 2.0, 1.0]), [], 0)
    >>> list(kept), kept["temperature"], kept["top_k"]
    (['penalty', 'presence', 'frequency', 'temperature', 'top_k', 'top_p', 'min_p', 'typical'], 3, 2)
    """
    return {stage.name: int(stage.kept.sum()) for stage in sampler.stages(logits, previous, n_prompt).stages}


@dataclass(frozen=True, kw_only=True)
class SamplingStages(Payload):
    """One row of logits, and what the page's own steps are held against."""

    position: int
    logits: Float[Tensor, " d_vocab"]
    top_ids: Int[Tensor, " proved"]
    top_p: Float[Tensor, " proved"]
    kept: dict[str, int]
    """Tokens that each of the sampler's steps leaves, by Python's own."""
