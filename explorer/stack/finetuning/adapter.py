"""An adapter: changes by the names of their layers; a decoder that wears some; one that has them merged.

    decoder                    the base; nothing here ever writes to it
    adapted(decoder, (a, 1.0), (b, 0.5))      the same weights with a and half of b beside them
    merged(decoder, (a, 1.0))                 matrices of its own: W + dW

To take an adapter out is to go back to the base, or to give it the strength 0; to subtract it, -1. All of them are
differences from the base, so that strengths add: a worn at 1 and at -1 is the base.

>>> import torch
>>> from explorer.stack.finetuning.lora import LoRA
>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=1, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=64, d_vocab=50, n_ctx=8)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
>>> made = Adapter({"blocks.0.attn.W_Q": LoRA(torch.ones(1, 32), torch.ones(32, 1), 0.5)})
>>> ids = torch.arange(4)[None]
>>> bool((adapted(decoder, (made, 1.0))(ids) - merged(decoder, (made, 1.0))(ids)).abs().max() < 1e-5)
True
>>> bool((adapted(decoder, (made, 1.0), (made, -1.0))(ids) - decoder(ids)).abs().max() < 1e-5)
True
>>> Adapter({"blocks.7.attn.W_Q": made["blocks.0.attn.W_Q"]}).misfit(decoder)
'the model has no layer “blocks.7.attn.W_Q”'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from explorer.compat.torch import parts_of, with_parts
from explorer.errors import NotApplicableError
from explorer.stack.finetuning.change import Change, Changed, bias_of, finite, weight_of
from explorer.stack.systems.quantization.matrices import PackedLinear
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.few_rows import Linear
from explorer.stack.transformer.norms import LayerNorm

M = TypeVar("M", bound=nn.Module)
Worn = tuple["Adapter", float]
"""An adapter and its strength."""


class Adapter(nn.Module):
    """Changes by the names of their layers: "blocks.3.attn.W_Q"."""

    def __init__(self, changes: Mapping[str, Change]) -> None:
        super().__init__()
        self.parts = nn.ModuleDict({name.replace(".", "/"): change for name, change in changes.items()})

    def __getitem__(self, name: str) -> Change:
        change = self.parts[name.replace(".", "/")]
        assert isinstance(change, Change)
        return change

    @property
    def names(self) -> tuple[str, ...]:
        """Where it stands."""
        return tuple(name.replace("/", ".") for name in self.parts)

    @property
    def changes(self) -> dict[str, Change]:
        return {name: self[name] for name in self.names}

    def misfit(self, model: nn.Module) -> str | None:
        """Why it is not of this model; None if it is."""
        if not finite(self):
            return "it holds numbers that are none (NaN or infinite)"
        for name in self.names:
            try:
                layer = model.get_submodule(name)
            except AttributeError:
                return f"the model has no layer “{name[:80]}”"
            if wrong := self[name].misfit(layer):
                return f"at “{name[:80]}” {wrong}"
        return None

    def check(self, model: nn.Module) -> None:
        """Raises NotApplicableError where `misfit` says why."""
        if wrong := self.misfit(model):
            raise NotApplicableError(
                f"The adapter does not suit this model: {wrong}.", "Name the model that it was trained on."
            )


def adapted(decoder: Decoder, *worn: tuple[Adapter, float | int]) -> Decoder:
    """The decoder with adapters beside its layers. Raises NotApplicableError for one of another model."""
    at: dict[str, list[tuple[Change, float | int]]] = {}
    for adapter, by in worn:
        adapter.check(decoder)
        for name, change in adapter.changes.items():
            at.setdefault(name, []).append((change, by))
    return _replaced(decoder, "", {name: lambda layer, of=of: Changed(layer, of) for name, of in at.items()})


def merged(decoder: Decoder, *worn: tuple[Adapter, float | int]) -> Decoder:
    """The decoder with matrices of its own where adapters change them.

    Raises NotApplicableError for an adapter of another model, for one that cannot be merged, for packed matrices.
    """
    made: dict[str, nn.Module] = {}
    for name in {name: None for adapter, _ in worn for name in adapter.names}:
        for adapter, _ in worn:
            adapter.check(decoder)
        of = [(adapter[name], by) for adapter, by in worn if name in adapter.names]
        made[name] = with_delta(decoder.get_submodule(name), of)
    return _replaced(decoder, "", {name: lambda _, layer=layer: layer for name, layer in made.items()})


@torch.no_grad()
def with_delta(layer: nn.Module, changes: list[tuple[Change, float | int]]) -> nn.Module:
    """A layer of its own with changes merged in."""
    if isinstance(layer, PackedLinear):
        raise NotApplicableError(
            f"A matrix in {layer.packed.format.title} has no room for what an adapter adds.",
            "Merge before the model is quantized, or leave the adapter beside it.",
        )
    deltas = [(change.delta(layer), by) for change, by in changes]
    weight, bias = (layer.weight if isinstance(layer, LayerNorm) else weight_of(layer)), bias_of(layer)
    for (d_weight, d_bias), by in deltas:
        weight = weight if d_weight is None else weight + by * d_weight
        if d_bias is not None:
            bias = by * d_bias if bias is None else bias + by * d_bias
    return _layer(layer, weight, bias)


def _layer(like: nn.Module, weight: Tensor, bias: Tensor | None) -> nn.Module:
    with torch.device("meta"):
        made = (
            LayerNorm(len(weight), like.eps)
            if isinstance(like, LayerNorm)
            else Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
        )
    made.weight = nn.Parameter(weight, requires_grad=False)
    if bias is not None:
        made.bias = nn.Parameter(bias, requires_grad=False)
    return made


def _replaced(module: M, prefix: str, made: Mapping[str, object]) -> M:
    """A copy of the module with other layers at these names; what holds none of them is shared, not copied."""
    parts: dict[str, nn.Module] = {}
    for name, child in parts_of(module).items():
        path = f"{prefix}{name}"
        other = child
        if any(each.startswith(f"{path}.") for each in made):
            other = _replaced(other, f"{path}.", made)
        if callable(make := made.get(path)):
            other = make(other)
            assert isinstance(other, nn.Module)
        if other is not child:
            parts[name] = other
    return with_parts(module, **parts) if parts else module
