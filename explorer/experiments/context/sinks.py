"""A text read through a full cache, through a window, and through a window with the first tokens kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.context.long_text import first_ids, long_text
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.context.extrapolation import token_losses
from explorer.stack.context.streaming import Streaming, StreamingCache

if TYPE_CHECKING:
    from explorer.stack.embeddings.rope import RopeConfig
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Tokens that are fed one by one for the check, sinks and window of that cache.
STEPS, FEW_SINKS, FEW = 24, 2, 6


@dataclass(frozen=True, eq=False)
class Policy:
    name: str
    sinks: int
    window: int
    loss: Float[Tensor, " token"]
    on_first: Float[Tensor, " layer"]
    """Attention on the first four tokens, once the window is full."""
    held: int
    """Tokens in the cache at the end."""


@dataclass(frozen=True, eq=False)
class Streamed:
    ids: tuple[int, ...]
    policies: tuple[Policy, ...]
    stepwise_error: float | None = None
    """Once all are read: the one pass against a cache that is fed token by token."""
    full_error: float | None = None
    """A window as long as the text against the model's own attention."""


def streamed(model: Model, length: int, window: int, sinks: int, progress: Ticks = unheard) -> Iterator[Streamed]:
    """Raises NotApplicableError for a model without rotary positions, or with windows of its own."""
    decoder = model.plain_decoder
    rope = _plain_rope(decoder)
    ids = (*first_ids(model), *long_text(model, length))[:length]
    n = len(ids)
    window = min(window, n)
    layouts = (
        ("full", 0, n),
        ("window", 0, window),
        ("sinks", min(sinks, window - 1), window - min(sinks, window - 1)),
    )
    found: list[Policy] = []
    layers, whole = decoder.config.n_layers, torch.empty(0)
    for at, (name, kept, newest) in enumerate(layouts):
        logits, kernel = _read(decoder, ids, kept, newest, rope, lambda b, at=at: progress(at * layers + b, 3 * layers))
        losses = token_losses(logits, torch.tensor(ids))
        found.append(Policy(name, kept, newest, losses, torch.tensor(kernel.on_first), min(n, kept + newest)))
        if name == "full":
            whole = logits
        if len(found) < len(layouts):
            yield Streamed(ids, tuple(found))
    yield Streamed(ids, tuple(found), _stepwise(decoder, ids[:STEPS], rope), _full(model, ids, whole))


def _plain_rope(decoder: Decoder) -> RopeConfig:
    config = decoder.config
    if config.rope is None or config.rope_local is not None or any(config.windows):
        raise NotApplicableError(
            "This model has no rotary positions, or windows of its own in some blocks.",
            "Open SmolLM2 135M or Six Kinds dense.",
        )
    return config.rope


@torch.inference_mode()
def _read(
    decoder: Decoder, ids: tuple[int, ...], sinks: int, window: int, rope: RopeConfig, tell: Callable[[int], None]
) -> tuple[Float[Tensor, "pos d_vocab"], Streaming]:

    kernel = Streaming(sinks, window, rope)
    x, at = decoder.entered(torch.tensor(ids)[None], kernel=kernel)
    for number, block in enumerate(decoder.blocks, 1):
        x = block(x, at)
        tell(number)
    return decoder.unembedded(x)[0], kernel


@torch.inference_mode()
def _stepwise(decoder: Decoder, ids: tuple[int, ...], rope: RopeConfig) -> float:
    cache = StreamingCache(decoder.config, FEW_SINKS, FEW, rope)
    steps = [decoder(torch.tensor([[one]]), torch.tensor([[t]]), cache)[0, 0] for t, one in enumerate(ids)]
    once, _ = _read(decoder, ids, FEW_SINKS, FEW, rope, lambda _: None)
    return float((torch.stack(steps) - once).abs().max())


@torch.inference_mode()
def _full(model: Model, ids: tuple[int, ...], logits: Float[Tensor, "pos d_vocab"]) -> float:
    n = min(len(ids), 256)
    theirs = model.hf(torch.tensor(ids[:n])[None].to(model.device), use_cache=False).logits[0].float().cpu()
    return float((theirs - logits[:n]).abs().max())
