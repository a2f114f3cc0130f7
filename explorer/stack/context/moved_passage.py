"""Lost in the middle: the passage with the answer moved over all places among others, and the answer's probability.

Liu et al. 2023 (arXiv 2307.03172) found answers from the middle of a long prompt to be worse than from its ends. With
real retrievers the effect may vanish (Cuconasu et al. 2025, arXiv 2505.15561), so that it is measured, not assumed::

    v(p) = log p(answer | before, o_1 .. o_p, target, o_p+1 .. o_n, after)         p = 0 .. n
    gain = v(p) - log p(answer | before, o_1 .. o_n, after)

The prompts of all places begin alike: what stands before the target is read once, the rest anew.

>>> from explorer.stack.transformer.decoder import Decoder
>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=1, d_model=8, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=16, d_vocab=20, n_ctx=32)
>>> parts = Parts((1,), ((2, 3), (4,), (5,)), (6,))
>>> ordered(parts, target=0, place=2).passages
((4,), (5,), (2, 3))
>>> by_place(Decoder(config).eval(), parts, 0, (7, 8)).shape  # three places, two tokens of the answer
torch.Size([3, 2])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.context.grounded import Parts
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder


def ordered(parts: Parts, target: int, place: int) -> Parts:
    """The same with the target at that place; the others keep their order."""
    others = [at for at in range(len(parts.passages)) if at != target]
    return parts.in_order([*others[:place], target, *others[place:]])


@torch.inference_mode()
def by_place(decoder: Decoder, parts: Parts, target: int, answer: Sequence[int]) -> Float[Tensor, "place token"]:
    """The answer's log-probabilities with the target first, second, ..., last."""
    n = len(parts.passages)
    cache, found = ContiguousCache(decoder.config, 1, len(parts.ids()) + len(answer)), []
    others = [part for at, part in enumerate(parts.passages) if at != target]
    _take(decoder, cache, parts.before)
    for place in range(n):
        held = cache.seen
        rest = (part for passage in (parts.passages[target], *others[place:]) for part in passage)
        found.append(continued(decoder, cache, (*rest, *parts.after), answer))
        cache.truncate(held)
        if place < n - 1:
            _take(decoder, cache, others[place])
    return torch.stack(found)


@torch.inference_mode()
def continued(
    decoder: Decoder, cache: ContiguousCache, ids: Sequence[int], answer: Sequence[int]
) -> Float[Tensor, " token"]:
    """The answer's log-probabilities behind what the cache holds and these tokens."""
    stream = decoder.stream(torch.tensor((*ids, *answer[:-1]))[None], cache=cache)
    logits = decoder.unembedded(stream[:, -len(answer) :])[0]  # token d_vocab
    return logits.log_softmax(-1).gather(-1, torch.tensor(answer)[:, None])[:, 0]


def _take(decoder: Decoder, cache: ContiguousCache, ids: Sequence[int]) -> None:
    if ids:
        decoder.stream(torch.tensor(ids)[None], cache=cache)
