"""Adapters as they begin, for a decoder and the roles of its matrices.

    lora, dora, pissa    a change at each matrix of the roles ("W_Q", "W_V", ...; `ATTENTION`, `LINEAR`)
    ia3                  W_K, W_V (outputs) and W_out (inputs)
    bitfit               every bias, and one for each matrix that has none
    bottleneck           behind attention and behind the feed-forward layer of each block

Roles are those of `systems.quantization.matrices`. Weights may be packed: what is trained stands beside them (QLoRA).
Trainable numbers of SmolLM2-135M (30 blocks, 576 wide, keys and values 192, neurons 1,536):

>>> wide = {"W_Q": (576, 576), "W_K": (576, 192), "W_V": (576, 192), "W_O": (576, 576)}
>>> wide |= {"W_gate": (576, 1536), "W_in": (576, 1536), "W_out": (1536, 576)}
>>> lora_of = lambda roles, r: 30 * sum(r * sum(wide[role]) for role in roles)
>>> lora_of(QUERY_VALUE, 8), lora_of(LINEAR, 8), 30 * (576 + 192), 30 * (192 + 192 + 1536)  # DoRA's m; IA3
(460800, 2442240, 23040, 57600)
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from explorer.errors import NotApplicableError
from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.bottleneck import Bottleneck
from explorer.stack.finetuning.change import Change, sizes_of, weight_of
from explorer.stack.finetuning.dora import DoRA
from explorer.stack.finetuning.lora import LoRA, Start
from explorer.stack.finetuning.vectors import Scaling, Shift
from explorer.stack.systems.quantization.matrices import PackedLinear
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.norms import LayerNorm
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward

#: peft's default for a Llama.
QUERY_VALUE = ("W_Q", "W_V")
ATTENTION = ("W_Q", "W_K", "W_V", "W_O")
LINEAR = (*ATTENTION, "W_gate", "W_in", "W_out")
Layers = dict[str, nn.Module]


def layers(decoder: Decoder, roles: Sequence[str]) -> Layers:
    """The linear layers of these roles by name, block by block. Raises NotApplicableError for a role that it lacks."""
    found: Layers = {}
    for name, layer in decoder.named_modules():
        if isinstance(layer, nn.Linear | PackedLinear) and name.rpartition(".")[2] in roles:
            found[name] = layer
    there = {name.rpartition(".")[2] for name in found}
    if missing := [role for role in roles if role not in there]:
        experts = any(isinstance(part, SparseFeedForward) for part in decoder.modules())
        raise NotApplicableError(
            f"This model has no matrix {missing[0]}.",
            "Its feed-forward layers are experts, stacked in one tensor: choose attention's matrices."
            if experts
            else "A plain feed-forward layer has no W_gate."
            if missing[0] == "W_gate"
            else "Choose another matrix.",
        )
    return found


def lora(
    decoder: Decoder,
    roles: Sequence[str] = QUERY_VALUE,
    r: int = 8,
    alpha: float | int = 8,
    *,
    stabilised: bool = False,
    start: Start = "kaiming",
    generator: torch.Generator | None = None,
) -> Adapter:
    """LoRA, or rank-stabilised LoRA."""
    made: dict[str, Change] = {
        name: LoRA.fresh(*sizes_of(layer), r, alpha, stabilised=stabilised, start=start, generator=generator)
        for name, layer in layers(decoder, roles).items()
    }
    return Adapter(made)


def dora(
    decoder: Decoder,
    roles: Sequence[str] = QUERY_VALUE,
    r: int = 8,
    alpha: float | int = 8,
    *,
    stabilised: bool = False,
    generator: torch.Generator | None = None,
) -> Adapter:
    return Adapter(
        {
            name: DoRA.fresh(weight_of(layer), r, alpha, stabilised=stabilised, generator=generator)
            for name, layer in layers(decoder, roles).items()
        }
    )


def pissa(decoder: Decoder, roles: Sequence[str] = QUERY_VALUE, r: int = 8, alpha: float | int = 8) -> Adapter:
    return Adapter({name: LoRA.principal(weight_of(layer), r, alpha) for name, layer in layers(decoder, roles).items()})


def ia3(decoder: Decoder) -> Adapter:
    made: dict[str, Change] = {}
    for name, layer in layers(decoder, ("W_K", "W_V", "W_out")).items():
        inputs = name.endswith("W_out")
        made[name] = Scaling(torch.ones(sizes_of(layer)[0 if inputs else 1]), inputs)
    return Adapter(made)


def bitfit(decoder: Decoder) -> Adapter:
    """A bias for every linear layer of the blocks, and of every LayerNorm its own; the unembedding gets none."""
    made: dict[str, Change] = {}
    for name, layer in decoder.named_modules():
        if isinstance(layer, nn.Linear | PackedLinear) and name != "unembed":
            made[name] = Shift(torch.zeros(layer.out_features))
        elif isinstance(layer, LayerNorm):
            made[name] = Shift(torch.zeros(len(layer.weight)))
    return Adapter(made)


def bottleneck(decoder: Decoder, width: int = 8, generator: torch.Generator | None = None) -> Adapter:
    d = decoder.config.d_model
    return Adapter(
        {
            f"blocks.{layer}.{sublayer}": Bottleneck.fresh(d, width, generator)
            for layer in range(decoder.config.n_layers)
            for sublayer in ("attn", "mlp")
        }
    )
