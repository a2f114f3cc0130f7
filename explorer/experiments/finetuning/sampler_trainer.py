"""One text scored in several ways by one model, and texts that a truncated sampler drew.

A trainer reads a text whole, in float32. A sampler has the same weights in another format, or reads a token at a time
through a cache, or in a batch. What a clipped loss sees is the ratio of their probabilities, trainer by sampler: 1
where both agree. Under top-p the sampler's distribution is the trainer's, cut and renormalised: at every token that
it may draw, the ratio is the kept mass.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.fetching.progress import Progress
from explorer.stack.finetuning import qlora
from explorer.stack.inference.cache.quantized_cache import QuantizedCache
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import matrices
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache, KVCache

BATCH = 8
#: Formats of four bits, the first that takes the model's matrices.
FOUR = ("int4", "q4_0", "int4_g64")
#: Of the cache in four bits: tokens that share a scale, and newest tokens that are kept whole.
GROUP, RESIDUAL = 8, 0


@dataclass(frozen=True)
class Way:
    """One way to score the text."""

    name: str
    against: str
    """The way whose probabilities are the ratio's numerator."""
    logp: Float[Tensor, " token"]
    """Of the text's tokens from the second on."""
    log_ratio: Float[Tensor, " token"]


@torch.no_grad()
def ways(decoder: Decoder, ids: Int[Tensor, " pos"], progress: Progress) -> Iterator[tuple[Way, ...]]:
    """The trainer first; after each, all so far."""
    half = copy.deepcopy(decoder).bfloat16()
    four = next((FORMATS[name] for name in FOUR if not _misfit(decoder, name)), None)
    made: list[tuple[str, str, Callable[[], Tensor]]] = [
        ("trainer", "trainer", lambda: whole(decoder, ids)),
        ("cache", "trainer", lambda: stepwise(decoder, ids, ContiguousCache(decoder.config, 1, len(ids)))),
        ("batch", "trainer", lambda: batched(decoder, ids)),
        ("bf16", "trainer", lambda: whole(half, ids)),
        ("bf16 batch", "bf16", lambda: batched(half, ids)),
    ]
    if decoder.config.d_head % GROUP == 0:
        made.append(("cache4", "trainer", lambda: stepwise(decoder, ids, _packed_cache(decoder, len(ids)))))
    if four is not None:
        made.append(("int4", "trainer", lambda: whole(qlora.rounded(decoder, qlora.packed(decoder, four)), ids)))
    found = dict[str, Way]()
    for at, (name, against, score) in enumerate(made):
        progress("Ways to score the text", at, len(made))
        logp = score()
        base = found[against].logp if found else logp
        found[name] = Way(name, against, logp, base - logp)
        yield tuple(found.values())


def whole(decoder: Decoder, ids: Int[Tensor, " pos"]) -> Float[Tensor, " token"]:
    """The whole text in one pass."""
    return _of_text(decoder(ids[None])[0], ids)


def batched(decoder: Decoder, ids: Int[Tensor, " pos"]) -> Float[Tensor, " token"]:
    """In a batch beside the same text, turned round by so many tokens."""
    return _of_text(decoder(torch.stack([ids.roll(by) for by in range(BATCH)]))[0], ids)


def stepwise(decoder: Decoder, ids: Int[Tensor, " pos"], cache: KVCache) -> Float[Tensor, " token"]:
    """A token at a time through a cache."""
    return _of_text(torch.cat([decoder(ids[None, at : at + 1], cache=cache)[0] for at in range(len(ids))]), ids)


@dataclass(frozen=True)
class Cut:
    """A text drawn by a truncated sampler."""

    ids: Int[Tensor, " token"]
    sampler: Float[Tensor, " token"]
    """log-probability under what the token was drawn from."""
    mass: Float[Tensor, " token"]
    """What the sampler kept of the distribution, at its temperature."""
    scaled: Float[Tensor, " token"]
    """The trainer's log-probability with its logits divided by the sampler's temperature."""
    plain: Float[Tensor, " token"]
    """The trainer's own."""


@torch.no_grad()
def cut(
    decoder: Decoder, prompt: Int[Tensor, " pos"], top_p: float, temperature: float, tokens: int, seed: int,
    progress: Progress,
) -> Cut:  # fmt: skip
    """Drawn through a cache; then read whole by the trainer."""
    generator = torch.Generator().manual_seed(seed)
    sampler = Sampler(temperature=temperature, top_p=top_p)
    cache = ContiguousCache(decoder.config, 1, len(prompt) + tokens)
    logits = decoder(prompt[None], cache=cache, last_only=True)[0, -1]
    drawn, chances, masses = list[int](), list[float](), list[float]()
    for at in range(tokens):
        progress("Tokens drawn", at, tokens)
        kept = sampler.stages(logits).probabilities
        token = int(torch.multinomial(kept, 1, generator=generator))
        drawn.append(token)
        chances.append(float(kept[token].log()))
        masses.append(float((logits.double() / temperature).softmax(-1)[kept > 0].sum()))
        logits = decoder(torch.tensor([[token]]), cache=cache, last_only=True)[0, -1]
    ids = torch.tensor(drawn)
    read = decoder(torch.cat([prompt, ids])[None])[0, len(prompt) - 1 : -1].double()
    scaled, plain = ((read / by).log_softmax(-1).gather(1, ids[:, None])[:, 0] for by in (temperature, 1.0))
    return Cut(ids, torch.tensor(chances), torch.tensor(masses), scaled.float(), plain.float())


def _of_text(logits: Tensor, ids: Tensor) -> Tensor:
    logp = logits[:-1].double().log_softmax(-1)
    return logp.gather(1, ids[1:, None])[:, 0].float()


def _packed_cache(decoder: Decoder, capacity: int) -> QuantizedCache:
    return QuantizedCache(decoder.config, 1, capacity, bits=4, group=GROUP, residual=RESIDUAL)


def _misfit(decoder: Decoder, name: str) -> bool:
    return any(FORMATS[name].misfit(each.weight.shape[1]) for each in matrices(decoder) if each.role != "unembed")
