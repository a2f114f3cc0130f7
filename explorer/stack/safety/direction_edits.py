"""A direction taken out of a decoder, or put into it: everywhere that the stream is written, or before one block.

    ablate      y' = y - s (y . r) r         at the embedding, at each attention and feed-forward output; |r| = 1
    in weights  W' = W - s r (r^T W)         of W_E (rows), W_O, W_out and their biases: the same function
    divert      y' = y - s (y . r) q         as much is taken out, along another direction q: a placebo of the same size
    add         x' = x + a d                 before block l, at every position; d as long as the means are apart

With s = 1 the stream has no component along r anywhere: nothing can read it (Arditi et al. 2024, arXiv 2406.11717).

**Tied embeddings.** Where the unembedding is the embedding's own table, W_E (I - r r^T) as one table would change what
is read at the end as well, and the two forms would differ. Here the table is copied: tokens come in by the changed
one, and are read out by the old one.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=2, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=32, d_vocab=50, n_ctx=8,
...                        tied=True)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
>>> ids, r = torch.arange(6)[None], torch.eye(16)[3]
>>> at_writers, in_weights = edited(decoder, Edit(r, r))(ids), orthogonalised(decoder, r)(ids)
>>> bool((at_writers - in_weights).abs().max() < 1e-6), bool((at_writers - decoder(ids)).abs().max() > 1e-3)
(True, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.compat.torch import with_parts
from explorer.errors import NotApplicableError
from explorer.stack.transformer.block import Block
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.feed_forward import FeedForward
from explorer.stack.transformer.few_rows import Linear


@runtime_checkable
class Taking(Protocol):
    """What changes an output of the decoder's parts."""

    def of(self, y: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]: ...


@dataclass(frozen=True, eq=False)
class Edit:
    """What is read from each output, and along what it is taken out."""

    read: Float[Tensor, " d_model"]
    write: Float[Tensor, " d_model"]
    strength: float = 1.0

    def of(self, y: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
        read, write = (unit(each).to(y) for each in (self.read, self.write))
        return y - self.strength * (y @ read)[..., None] * write


def unit(direction: Float[Tensor, " d_model"]) -> Float[Tensor, " d_model"]:
    """Of length 1, in float32. Raises ValueError for a direction of no length, or one that is no number."""
    length = float(direction.double().norm())
    if not 0 < length < float("inf"):
        raise ValueError(f"a direction of length {length} points nowhere")
    return (direction.double() / length).float()


class _Edited(nn.Module):
    """In the place of a hook point."""

    def __init__(self, edit: Taking) -> None:
        super().__init__()
        self.edit = edit

    def forward(self, y: Tensor) -> Tensor:
        return self.edit.of(y)


class _Added(nn.Module):
    def __init__(self, vector: Float[Tensor, " d_model"]) -> None:
        super().__init__()
        self.register_buffer("vector", vector)

    def forward(self, x: Tensor) -> Tensor:
        assert isinstance(self.vector, Tensor)
        return x + self.vector.to(x)


def edited(decoder: Decoder, edit: Taking) -> Decoder:
    """The same weights, with the edit at every place that writes to the stream."""
    return edited_by(decoder, [edit] * writers(decoder))


def writers(decoder: Decoder) -> int:
    """How many places write to the stream: the embedding, and each block's attention and feed-forward."""
    return 1 + 2 * len(decoder.blocks)


def edited_by(decoder: Decoder, edits: Sequence[Taking]) -> Decoder:
    """The same weights, with one edit for each writer in the order in which they write."""
    entered, *others = map(_Edited, edits)
    blocks = [
        with_parts(block, hook_attn_out=attn, hook_mlp_out=mlp)
        for block, attn, mlp in zip(decoder.blocks, others[::2], others[1::2], strict=True)
    ]
    # What enters the first block: embedding and learned positions.
    blocks[0] = with_parts(blocks[0], hook_resid_pre=entered)
    return with_parts(decoder, blocks=nn.ModuleList(blocks))


def added(decoder: Decoder, layer: int, vector: Float[Tensor, " d_model"]) -> Decoder:
    """The same weights, with a vector added before block `layer` at every position. Raises ValueError for another."""
    if not 0 <= layer < len(decoder.blocks):
        raise ValueError(f"there is no block {layer} among {len(decoder.blocks)}")
    blocks = list(decoder.blocks)
    blocks[layer] = with_parts(blocks[layer], hook_resid_pre=_Added(vector.float()))
    return with_parts(decoder, blocks=nn.ModuleList(blocks))


@torch.no_grad()
def orthogonalised(
    decoder: Decoder, direction: Float[Tensor, " d_model"], strength: float = 1.0, *, keep_unembedding: bool = True
) -> Decoder:
    """Weights of its own that write nothing along the direction.

    keep_unembedding: of a tied table only the way in is changed. Raises NotApplicableError where a norm stands between
    a matrix and the stream, where positions are written from a table, and for experts.
    """
    config, r = decoder.config, unit(direction)
    if config.placement != "pre" or config.positions not in ("rope", "none", "alibi"):
        raise NotApplicableError(
            "In this model a norm or a table of positions writes to the stream: weights cannot leave a direction out.",
            "Ablate it at every writer.",
        )
    blocks = [_without(block, r, strength) for block in decoder.blocks]
    table = decoder.embed.weight
    embed = with_parts(decoder.embed)
    embed.__dict__["_parameters"] = {"weight": _parameter(table - strength * (table @ r)[:, None] * r)}
    made = with_parts(decoder, embed=embed, blocks=nn.ModuleList(blocks))
    if config.tied and not keep_unembedding:
        made = with_parts(made, unembed=_linear(embed.weight, None))
    return made


def _without(block: nn.Module, r: Tensor, strength: float) -> nn.Module:
    assert isinstance(block, Block)
    if not isinstance(block.mlp, FeedForward):
        raise NotApplicableError("Experts are one tensor of many matrices.", "Ablate the direction at every writer.")
    attn = with_parts(block.attn, W_O=_less(block.attn.W_O, r, strength))
    return with_parts(block, attn=attn, mlp=with_parts(block.mlp, W_out=_less(block.mlp.W_out, r, strength)))


def _less(layer: nn.Module, r: Tensor, strength: float) -> nn.Module:
    if not isinstance(layer, nn.Linear):
        raise NotApplicableError("This model's matrices are packed.", "Ablate the direction at every writer.")
    weight = layer.weight - strength * torch.outer(r, r @ layer.weight)
    return _linear(weight, None if layer.bias is None else layer.bias - strength * (r @ layer.bias) * r)


def _linear(weight: Tensor, bias: Tensor | None) -> nn.Module:
    with torch.device("meta"):
        made = Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    made.weight = _parameter(weight)
    if bias is not None:
        made.bias = _parameter(bias)
    return made


def _parameter(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values, requires_grad=False)
