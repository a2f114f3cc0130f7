"""A prompt made shorter: the tokens that a model expects least are kept, the others are dropped.

What a model finds likely it could have said itself, so that a reader misses it least (Selective Context, Li et al.
2023, arXiv 2310.06201; LLMLingua, Jiang et al. 2023, arXiv 2310.05736, which also shares the budget between parts)::

    s_t  = -log p(x_t | x_<t)                    the surprisal, in nats
    kept = the ceil(r n) tokens with the largest s_t, in the order of the text

Held against it: tokens dropped at random, and those with the *least* surprisal kept.

>>> surprisal = torch.tensor([9.0, 0.1, 4.0, 0.2, 3.0])
>>> kept(surprisal, 0.6, "surprising"), kept(surprisal, 0.4, "expected")
([0, 2, 4], [1, 3])
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

Way = Literal["surprising", "random", "expected"]
WAYS: tuple[Way, ...] = get_args(Way)


@torch.inference_mode()
def surprisals(decoder: Decoder, before: Sequence[int], ids: Sequence[int]) -> Float[Tensor, " token"]:
    """Of each token of a text behind `before`, which holds at least one token."""
    if not before or not ids:
        raise ValueError("A surprisal is that of a token behind another one.")
    logits = decoder(torch.tensor((*before, *ids[:-1]))[None])[0, len(before) - 1 :]  # token d_vocab
    return -logits.log_softmax(-1).gather(-1, torch.tensor(ids)[:, None])[:, 0]


def kept(surprisal: Float[Tensor, " token"], share: float, way: Way, seed: int = 0) -> list[int]:
    """The places that are kept, in order. Raises ValueError for a share outside 0 to 1."""
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no share.")
    n = len(surprisal)
    count = math.ceil(share * n - 1e-9)
    if way == "random":
        return sorted(torch.randperm(n, generator=torch.Generator().manual_seed(seed))[:count].tolist())
    order = surprisal.argsort(descending=way == "surprising", stable=True)
    return sorted(order[:count].tolist())
