"""Causal tracing: where in a run a fact about its subject can be found.

Meng et al. 2022 (arXiv 2202.05262). The subject's embeddings get Gaussian noise, of some standard deviations of the
vocabulary's embeddings, and the model no longer knows what is asked of whom. One state of the clean run is put back; if
the answer's probability comes back, the state had what was missing::

    indirect effect(state) = p(answer | subject noised, state restored) - p(answer | subject noised)

both as means over draws of the noise. The stream is restored at one place; what attention or the MLP adds is small, and
is restored in a *window* of blocks around one. With too little noise nothing is lost, and with too much the run is far
from all that the model knows: the level is part of the result.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> clean = recorded(decoder, torch.tensor([1, 2, 3, 4]))
>>> noised = noise_subject(decoder, clean, range(1, 3), 0.5, torch.Generator().manual_seed(1))
>>> bool((noised.resid[0, 0] == clean.resid[0, 0]).all()), bool((noised.resid[0, 1] == clean.resid[0, 1]).any())
(True, False)
>>> [put.layer for put in restored(clean, "resid", range(1, 3))], window(0, 5, 30), window(28, 5, 30)
([0, 0, 0, 1, 1, 1], range(0, 3), range(26, 30))
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.frontier.carried import Recorded, Site, gathered, kept, recorded, say
from explorer.stack.frontier.patching import Put
from explorer.stack.transformer.decoder import Decoder

__all__ = ["embedding_std", "noise_subject", "recorded", "restored", "window"]


def embedding_std(decoder: Decoder) -> float:
    """The standard deviation of the vocabulary's embeddings, over all their numbers, as they enter the stream."""
    with torch.no_grad():
        return float(decoder.embed(torch.arange(decoder.config.d_vocab)[None]).std())


@torch.no_grad()
def noise_subject(
    decoder: Decoder, clean: Recorded, subject: range, deviation: float, generator: torch.Generator
) -> Recorded:
    """The run with noise of this standard deviation on the subject's embeddings."""
    x: Float[Tensor, "pos d_model"] = clean.resid[0].clone()
    x[subject.start : subject.stop] += deviation * torch.randn(len(subject), x.shape[1], generator=generator)
    seen, last = kept(decoder, x, clean.at)
    return gathered(clean.ids, seen, last, say(decoder, last), clean.at)


def window(layer: int, width: int, n_layers: int) -> range:
    """The blocks of a window around one, cut at both ends of the model."""
    low = layer - width // 2
    return range(max(0, low), min(n_layers, low + width))


def restored(clean: Recorded, site: Site, subject: range, width: int = 1) -> list[Put]:
    """The clean state at each block and each position from the subject on: before it, nothing was lost.

    `width`: blocks of a window, of what attention or the MLP adds; the stream is restored at one block.
    """
    states = clean.of(site)
    layers, n = states.shape[:2]
    puts: list[Put] = []
    for layer in range(layers):
        blocks = window(layer, 1 if site == "resid" else width, layers)
        for at in range(subject.start, n):
            above = tuple(Put(site, each, states[each, at], at) for each in blocks[1:])
            puts.append(Put(site, blocks.start, states[blocks.start, at], at, above=above))
    return puts
