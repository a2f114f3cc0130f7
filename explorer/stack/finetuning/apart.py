"""Attention that does not cross from one conversation of a row into another.

    a query reads a key    iff    the model would let it, and both are of one conversation (or the key is everyone's)
    position               counted from the beginning of its own conversation

so that each conversation is read as if it stood alone in its row.

>>> import torch
>>> document = torch.tensor([[0, 0, 1]])
>>> positions(document).tolist()
[[0, 1, 0]]
>>> kernel = within(document)
>>> q = k = torch.zeros(1, 1, 3, 2)
>>> v = torch.eye(3, 2)[None, None]
>>> kernel(q, k, v, Visibility(causal=True), 1.0).z[0, 0].tolist()  # the third reads itself alone
[[1.0, 0.0], [0.5, 0.5], [0.0, 0.0]]
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Int
from torch import Tensor

from explorer.stack.finetuning.conversations import EVERYONE
from explorer.stack.transformer.attention import Attended, Bias, Hook, Kernel, Visibility, sdpa, unchanged


def positions(document: Int[Tensor, "row pos"]) -> Int[Tensor, "row pos"]:
    """Of each token in its conversation."""
    at = torch.arange(document.shape[1], device=document.device).expand(document.shape)
    new = F.pad(document[:, 1:] != document[:, :-1], (1, 0), value=True)
    return at - torch.where(new, at, 0).cummax(1).values


def within(document: Int[Tensor, "row pos"]) -> Kernel:
    """A kernel for one pass over rows of several conversations. Keys that a cache puts before a row are everyone's."""
    made: dict[tuple[int, int], tuple[Visibility, Visibility]] = {}

    def kernel(
        q: Tensor,
        k: Tensor,
        v: Tensor,
        visible: Visibility,
        scale: float,
        bias: Bias | None = None,
        cap: float | None = None,
        on_scores: Hook = unchanged,
        on_pattern: Hook = unchanged,
    ) -> Attended:
        key = id(visible), k.shape[2]
        if key not in made:  # the Visibility itself is kept, so that its id stays its own
            made[key] = visible, _restricted(visible, document, k.shape[2])
        return sdpa(q, k, v, made[key][1], scale, bias, cap, on_scores, on_pattern)

    return kernel


def _restricted(visible: Visibility, document: Int[Tensor, "row pos"], n_key: int) -> Visibility:
    keys = F.pad(document, (n_key - document.shape[1], 0), value=EVERYONE)
    one = (document[:, :, None] == keys[:, None]) | (keys == EVERYONE)[:, None]  # row query key
    seen = visible.dense(document.shape[1], n_key, document.device)
    return Visibility(one[:, None] if seen is None else one[:, None] & seen)
