"""Attention to each passage while an answer is written: without the sinks, and by the passage's length.

Every head must put its attention somewhere. What it has no use for goes to the first tokens of the text whatever they
say (Xiao et al. 2023, arXiv 2309.17453), and a long passage gets more than a short one by its length alone. So for each
token of the answer

    share(passage)   = attention on its tokens / attention on all tokens but the first `sinks`
    lift(passage)    = share(passage) / (its tokens / all tokens but the sinks)

as a mean over heads and layers: a lift of 1 is what a passage gets from attention that is spread evenly. Attention says
what was looked at, not what was used: it stands beside what leaving a passage out changes.

Worked example: a head that puts .6 on the first token and .1 on each of four more; the passage has two of them. Without
the sink that is half of the rest, and as much as its two of four tokens get from even attention.

>>> pattern = torch.tensor([0.6, 0.1, 0.1, 0.1, 0.1]).view(1, 1, 1, 5)
>>> made = to_passages({0: pattern}, [(1, 3)], sinks=1)
>>> [round(float(each), 3) for each in (made.sink[0], made.share[0, 0], made.lift[0, 0])]
[0.6, 0.5, 1.0]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.context.grounded import Parts
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

SINKS = 4


@dataclass(frozen=True, eq=False)
class ToPassages:
    """Of each token of the answer, from the position that foretells it; means over heads and layers."""

    sink: Float[Tensor, " token"]
    """On the first tokens."""
    share: Float[Tensor, "source token"]
    """Of what is left without them."""
    lift: Float[Tensor, "source token"]
    """By how much more than its length would give it."""
    logp: Float[Tensor, " token"] | None = None
    """Of the answer, by the same pass."""


def to_passages(
    patterns: Mapping[int, Float[Tensor, "one head query key"]], spans: Sequence[tuple[int, int]], sinks: int = SINKS
) -> ToPassages:
    """`patterns`: of each layer, one query for each token of the answer."""
    mean = torch.stack([each[0].double().mean(0) for each in patterns.values()]).mean(0)  # query key
    n_query, n_key = mean.shape
    sink = mean[:, :sinks].sum(-1)
    share = torch.stack([mean[:, max(a, sinks) : b].sum(-1) for a, b in spans]) / (1 - sink)
    # The first query sees n_query - 1 keys fewer than the last.
    seen = n_key - sinks - torch.arange(n_query - 1, -1, -1)
    length = torch.tensor([b - max(a, sinks) for a, b in spans])[:, None]
    return ToPassages(sink, share, share / (length / seen))


@torch.inference_mode()
def attended(decoder: Decoder, parts: Parts, answer: Sequence[int], sinks: int = SINKS) -> ToPassages:
    """Attention to all passages while the answer is read behind them."""
    prompt = parts.ids()
    cache = ContiguousCache(decoder.config, 1, len(prompt) + len(answer))
    if len(prompt) > 1:
        decoder.stream(torch.tensor(prompt[:-1])[None], cache=cache)
    x, at = decoder.entered(torch.tensor([*prompt[-1:], *answer[:-1]])[None], cache=cache)
    at.patterns = {}
    for block in decoder.blocks:
        x = block(x, at)
    logits = decoder.unembedded(x)[0]  # token d_vocab
    made = to_passages(at.patterns, [each for each in parts.spans() if each is not None], sinks)
    logp = logits.log_softmax(-1).gather(-1, torch.tensor(answer)[:, None])[:, 0]
    return ToPassages(made.sink, made.share, made.lift, logp)
