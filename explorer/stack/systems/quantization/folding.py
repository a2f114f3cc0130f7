"""Folding: a matrix's input channels divided, the matrix multiplied back, and what writes the channels pays for it.

A row x of inputs may be divided by s, channel by channel, if the matrix that reads it is multiplied by s::

    x W^T = (x / s) (W diag(s))^T

The division costs nothing at run time where the channels are written by a norm, whose weight is divided instead, or by
W_in, whose output reaches W_out by way of a product alone. AWQ and SmoothQuant choose s so that rounding loses less.

Where it can stand: before Q, K and V (their norm), before W_gate and W_in (theirs), before W_out of a gated layer (the
rows of W_in). Not before W_O: several query heads read one value head, and attention lies between.

Worked example: the little decoder says the same, whatever the numbers.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=1, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=64, d_vocab=50, n_ctx=8)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
>>> [(seam.writer, len(seam.readers)) for seam in seams(decoder)]
[('blocks.0.ln1', 3), ('blocks.0.ln2', 2), ('blocks.0.mlp.W_in', 1)]
>>> drawn = torch.Generator().manual_seed(1)
>>> scales = {seam.name: torch.rand(seam.width, generator=drawn) + 0.5 for seam in seams(decoder)}
>>> ids = torch.arange(8)[None]
>>> float((folded(decoder, scales)(ids) - decoder(ids)).abs().max()) < 1e-5
True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True)
class Seam:
    """A place where channels may be scaled: who writes them, and which matrices read them."""

    name: str
    """That of the first reader, under which `calibration` has its inputs."""
    writer: str
    """A norm, or the W_in whose rows are the channels."""
    readers: tuple[str, ...]
    width: int


def seams(decoder: Decoder) -> list[Seam]:
    """All of them, block by block. Raises NotApplicableError for a decoder whose norms write into the stream."""
    config = decoder.config
    if config.placement == "post":
        raise NotApplicableError(
            "This model’s norms write into the stream, not to the matrices.", "Choose a pre-norm model."
        )
    found = []
    for layer in range(config.n_layers):
        block = f"blocks.{layer}"
        attention = tuple(f"{block}.attn.{role}" for role in ("W_Q", "W_K", "W_V"))
        found.append(Seam(attention[0], f"{block}.ln1", attention, config.d_model))
        if config.n_experts:
            experts = f"{block}.mlp.experts"
            readers = tuple(f"{experts}.{expert}.gate_in" for expert in range(config.n_experts))
            found.append(Seam(experts, f"{block}.ln2", (*readers, f"{block}.mlp.router"), config.d_model))
            continue
        first = tuple(f"{block}.mlp.{role}" for role in (("W_gate", "W_in") if config.gated else ("W_in",)))
        found.append(Seam(first[0], f"{block}.ln2", first, config.d_model))
        if config.gated:
            found.append(Seam(f"{block}.mlp.W_out", f"{block}.mlp.W_in", (f"{block}.mlp.W_out",), config.d_mlp))
    return found


def folded(decoder: Decoder, scales: Mapping[str, Float[Tensor, " in"]]) -> Decoder:
    """A decoder that gives the same logits, with the seams of these names scaled: readers times s, writers by s."""
    state = {name: each.detach().clone() for name, each in decoder.state_dict().items()}
    for seam in seams(decoder):
        if seam.name not in scales:
            continue
        s = scales[seam.name].float()
        _divide(state, seam.writer, s, decoder.config)
        for reader in seam.readers:
            if ".experts." not in reader:
                state[reader if reader.endswith("router") else f"{reader}.weight"].mul_(s)
        if any(".experts." in reader for reader in seam.readers):
            state[f"{seam.name}.gate_in"].mul_(s)
    return with_state(decoder, state)


def _divide(state: dict[str, Tensor], writer: str, s: Float[Tensor, " in"], config: DecoderConfig) -> None:
    weight = state[f"{writer}.weight"]
    if weight.ndim == 2:
        weight.div_(s[:, None])
    else:  # Gemma stores w - 1
        weight.copy_((weight + config.norm_offset) / s - config.norm_offset)
    if f"{writer}.bias" in state:
        state[f"{writer}.bias"].div_(s)


def with_state(decoder: Decoder, state: Mapping[str, Tensor], *, tied: bool | None = None) -> Decoder:
    """A decoder of the same structure on these weights."""
    config = decoder.config if tied is None else replace(decoder.config, tied=tied)
    with torch.device("meta"):
        made = Decoder(config, decoder.compute)
    made.load_state_dict(dict(state), assign=True)
    if config.tied:
        made.unembed.weight = made.embed.weight
    return made.eval().requires_grad_(False)
