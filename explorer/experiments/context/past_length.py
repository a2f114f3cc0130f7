"""A long text read past the length that a model was trained on, under every scheme of RoPE scaling."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.context.long_text import first_ids, long_text
from explorer.experiments.embeddings.positions_reach import schemes
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.context.extrapolation import frozen, token_losses
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.embeddings.rope import RopeConfig
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

SMALL = "six-kinds-dense"
#: Tokens at most: on two cores a scheme takes the default model some 40 s for them.
MOST = 10_240
#: Tokens that are read at once.
CHUNK = 256


@dataclass(frozen=True, eq=False)
class PastLength:
    ids: tuple[int, ...]
    n_ctx: int
    losses: dict[str, Float[Tensor, " token"]]
    """Of each scheme, as far as it has been read."""
    checked: tuple[float, float] | None = None
    """Once all is read: chunks against one pass of transformers within the length; dynamic NTK against none there."""


def past_length(
    model: Model, n_ctx: int, times: int, most: int = MOST, progress: Ticks = unheard
) -> Iterator[PastLength]:
    """Read `times` the length `n_ctx`, or as much as there is. Raises NotApplicableError without rotary positions."""
    decoder = model.plain_decoder
    own = decoder.config.rope
    if own is None:
        raise NotApplicableError("This model has no rotary positions.", "Open SmolLM2 135M or Six Kinds dense.")
    ids = (*first_ids(model), *long_text(model, min(most, times * n_ctx)))
    n = len(ids)
    if n <= n_ctx:
        raise NotApplicableError(
            f"The texts that are here have {n:,} tokens, and this model reads {n_ctx:,}.",
            "Choose Six Kinds dense as the reader.",
        )
    # What a scheme is asked to reach is the text's length, not a round factor.
    factor = n / n_ctx
    ropes = {"own": own, **{name: replace(own, scaling=each) for name, each in schemes(factor, n_ctx).items()}}
    found: dict[str, Tensor] = {}
    for at, (name, rope) in enumerate(ropes.items()):
        for losses in _read(decoder.with_rope(frozen(rope, n)), ids):
            found[name] = losses
            progress(at * n + len(losses) + 1, len(ropes) * n)
            if len(losses) < n - 1 and len(losses) // CHUNK % 4 == 3:
                yield PastLength(ids, n_ctx, dict(found))
        if len(found) < len(ropes):
            yield PastLength(ids, n_ctx, dict(found))
    yield PastLength(ids, n_ctx, found, _checked(model, decoder, ids[: min(n_ctx, CHUNK)], found["own"], ropes))


@torch.inference_mode()
def _read(decoder: Decoder, ids: tuple[int, ...]) -> Iterator[Float[Tensor, " token"]]:
    """Losses up to the end of each chunk."""
    cache, every = ContiguousCache(decoder.config, 1, len(ids)), torch.tensor(ids)
    losses: list[Tensor] = []
    for start in range(0, len(ids), CHUNK):
        part = every[start : start + CHUNK]
        logits = decoder(part[None], cache=cache)[0]  # pos d_vocab
        targets = every[start + 1 : start + 1 + len(part)]
        losses.append(torch.nn.functional.cross_entropy(logits[: len(targets)], targets, reduction="none"))
        yield torch.cat(losses)


@torch.inference_mode()
def _checked(
    model: Model, decoder: Decoder, ids: tuple[int, ...], own: Tensor, ropes: dict[str, RopeConfig]
) -> tuple[float, float]:
    text = torch.tensor(ids)
    theirs = token_losses(model.hf(text[None].to(model.device), use_cache=False).logits[0].float().cpu(), text)
    chunked = float((own[: len(theirs)] - theirs).abs().max())
    if decoder.config.rope is None or decoder.config.rope.scaling is not None:
        return chunked, math.nan
    short = decoder.with_rope(frozen(ropes["dynamic"], len(ids)))
    return chunked, float((token_losses(short(text[None])[0], text) - theirs).abs().max())
