"""FlexAttention as a peer of `bench attention`: torch's attention that is compiled for its mask.

Dong et al. 2024, arXiv 2412.05496. On a CPU it takes a C++ compiler, and gives no gradients.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache, partial

import torch
from torch import Tensor


def act(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Callable[[], Tensor]:
    """One attention, called once already: then it is compiled, for this length and others like it."""
    from torch.nn.attention.flex_attention import create_block_mask

    n = q.shape[-2]
    seen = inspect.unwrap(_causal)  # a type checker may have wrapped it, and its parameters are counted
    mask = create_block_mask(seen, None, None, n, n, device=q.device.type) if causal else None
    made = partial(_compiled(), q, k, v, block_mask=mask)
    made()
    return made


@cache
def _compiled() -> Callable[..., Tensor]:
    from torch.nn.attention.flex_attention import flex_attention

    return torch.compile(flex_attention, dynamic=True)


def _causal(b: Tensor, h: Tensor, query: Tensor, key: Tensor) -> Tensor:  # noqa: ARG001  as it is called
    return query >= key
