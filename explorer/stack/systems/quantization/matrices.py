"""A decoder's matrices by name, and the same decoder on packed ones.

Every matrix that a token is multiplied by has a name and a role::

    blocks.3.attn.W_Q    blocks.3.mlp.W_out    blocks.3.mlp.experts.5.gate_in    unembed

`quantized` gives a decoder of the same structure whose named matrices are packed and multiplied as such; where the
table of the vocabulary is also the embedding, the embedding reads its rows from the packed one. Everything else is
shared with the decoder that it is made from, nothing of which changes.

>>> from explorer.stack.systems.quantization.formats import FORMATS
>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=1, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=64, d_vocab=50, n_ctx=8)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
>>> [each.name for each in matrices(decoder)][:2], {each.role for each in matrices(decoder)} == set(DENSE)
(['blocks.0.attn.W_Q', 'blocks.0.attn.W_K'], True)
>>> small = quantized(decoder, {each.name: FORMATS["int8"].quantize(each.weight) for each in matrices(decoder)})
>>> ids = torch.arange(8)[None]
>>> float((small(ids) - decoder(ids)).abs().max()) < 0.01
True
>>> weight_bytes(decoder), weight_bytes(small)  # codes, and 4 bytes a row; norms stay
(43648, 12424)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.compat.torch import parts_of, with_parts
from explorer.stack.systems.quantization.format import Format, Packed
from explorer.stack.systems.quantization.through import multiplied
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.experts import Experts

DENSE = ("W_Q", "W_K", "W_V", "W_O", "W_gate", "W_in", "W_out", "unembed")
"""Roles of a dense model's matrices; a plain feed-forward layer has no W_gate."""
SPARSE = ("W_Q", "W_K", "W_V", "W_O", "gate_in", "out", "unembed")
"""Those of a mixture's: an expert's gate_in holds W_gate above W_in."""
M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True, eq=False)
class Matrix:
    """One matrix of a decoder; y = x W^T."""

    name: str
    role: str
    layer: int | None
    """None: the unembedding."""
    expert: int | None
    weight: Float[Tensor, "out in"]
    """The decoder's own, not a copy."""


def matrices(decoder: Decoder) -> list[Matrix]:
    """All of them, layer by layer, the unembedding last."""
    return [*_of(decoder.blocks, "blocks."), Matrix("unembed", "unembed", None, None, decoder.unembed.weight)]


def _of(blocks: nn.Module, prefix: str) -> Iterator[Matrix]:
    for name, part in blocks.named_modules():
        layer = int(name.partition(".")[0]) if name else None
        if isinstance(part, nn.Linear):
            yield Matrix(f"{prefix}{name}", name.rpartition(".")[2], layer, None, part.weight)
        elif isinstance(part, Experts):
            for expert in range(part.n_experts):
                for role, stack in (("gate_in", part.gate_in), ("out", part.out)):
                    yield Matrix(f"{prefix}{name}.{expert}.{role}", role, layer, expert, stack[expert])


class PackedLinear(nn.Module):
    """A linear layer on a packed matrix."""

    def __init__(self, packed: Packed, bias: Tensor | None, narrow: bool = False) -> None:
        """narrow: activations are rounded to the weights' type."""
        super().__init__()
        self.packed, self.bias, self.narrow = packed, bias, narrow
        self.in_features, self.out_features = packed.shape[1], packed.shape[0]
        self.reads = torch.bfloat16 if narrow and packed.format.name == "bf16" else None
        """The type to which it rounds what it multiplies; what comes in that type leaves in it."""

    def forward(self, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
        y = self.packed.narrow(x) if self.narrow else multiplied(self.packed, x)
        return y if self.bias is None else y + self.bias


class PackedEmbedding(nn.Module):
    """The rows of a packed table."""

    def __init__(self, packed: Packed, scale: float) -> None:
        super().__init__()
        self.packed, self.scale = packed, scale

    def forward(self, ids: Int[Tensor, "*batch pos"]) -> Float[Tensor, "*batch pos d_model"]:
        if ids.numel() == 1:
            return self.packed.gathered(ids.flatten()).view(*ids.shape, -1) * self.scale
        wanted, place = ids.unique(return_inverse=True)
        return self.packed.gathered(wanted)[place] * self.scale


class PackedExperts(nn.Module):
    """`Experts`, some or all of whose matrices are packed."""

    def __init__(self, experts: Experts, packed: Mapping[tuple[int, str], Packed]) -> None:
        """packed: by (expert, role)."""
        super().__init__()
        self.n_experts, self.packed = experts.n_experts, packed
        self._plain = {role: getattr(experts, role).detach() for role in ("gate_in", "out")}

    def forward(
        self,
        x: Float[Tensor, "token d_model"],
        indices: Int[Tensor, "token slot"],
        weights: Float[Tensor, "token slot"],
    ) -> Float[Tensor, "token d_model"]:
        """Each expert on the tokens that chose it."""
        y = torch.zeros_like(x)
        for expert in indices.unique().tolist():
            token, slot = (indices == expert).nonzero(as_tuple=True)
            gate, up = self._product(expert, "gate_in", x[token]).chunk(2, dim=-1)
            written = self._product(expert, "out", F.silu(gate) * up)
            y.index_add_(0, token, written * weights[token, slot, None].to(x.dtype))
        return y

    def _product(self, expert: int, role: str, x: Float[Tensor, "token in"]) -> Float[Tensor, "token out"]:
        packed = self.packed.get((expert, role))
        return F.linear(x, self._plain[role][expert].to(x.dtype)) if packed is None else packed.multiply(x)

    @property
    def nbytes(self) -> int:
        """Of all experts' matrices, packed or not."""
        plain = sum(
            stack[expert].nbytes
            for role, stack in self._plain.items()
            for expert in range(self.n_experts)
            if (expert, role) not in self.packed
        )
        return plain + sum(each.nbytes for each in self.packed.values())


def packed_in(decoder: Decoder, fmt: Format, unembed: Format | None = None) -> dict[str, Packed]:
    """Every matrix rounded to the nearest numbers of a format, by name; the unembedding perhaps in another.

    Raises NotApplicableError where rows do not fit it.
    """
    return {
        each.name: (unembed if unembed and each.role == "unembed" else fmt).quantize(each.weight)
        for each in matrices(decoder)
    }


def quantized(decoder: Decoder, packed: Mapping[str, Packed], *, narrow: bool = False) -> Decoder:
    """The decoder with these matrices in place of its own, by their names. Raises KeyError for one that it lacks.

    narrow: linear layers round what they multiply to the weights' own type (`Packed.narrow`): many rows are faster so.
    """
    if unknown := packed.keys() - {each.name for each in matrices(decoder)}:
        raise KeyError(f"{sorted(unknown)[0]} is no matrix of this decoder.")
    made = _replaced(decoder, "", packed, narrow)
    if "unembed" in packed and decoder.config.tied:
        made = with_parts(made, embed=PackedEmbedding(packed["unembed"], decoder.config.embed_scale))
    return made


def _replaced(module: M, prefix: str, packed: Mapping[str, Packed], narrow: bool) -> M:
    """A copy of the module with packed matrices; what holds none is shared, not copied."""
    packed_parts: dict[str, nn.Module] = {}
    for name, child in parts_of(module).items():
        path = f"{prefix}{name}"
        if isinstance(child, nn.Linear) and path in packed:
            packed_parts[name] = PackedLinear(packed[path], child.bias, narrow)
        elif isinstance(child, Experts) and (inside := _of_experts(path, packed)):
            packed_parts[name] = PackedExperts(child, inside)
        elif any(each.startswith(f"{path}.") for each in packed):
            packed_parts[name] = _replaced(child, f"{path}.", packed, narrow)
    return with_parts(module, **packed_parts)


def _of_experts(path: str, packed: Mapping[str, Packed]) -> dict[tuple[int, str], Packed]:
    """Those of one layer's experts, by expert and role."""
    found = {}
    for name, each in packed.items():
        if name.startswith(f"{path}."):
            expert, role = name.removeprefix(f"{path}.").split(".")
            found[int(expert), role] = each
    return found


def weight_bytes(decoder: Decoder) -> int:
    """Bytes of all weights, each counted once: packed ones as they are packed, the rest by their type."""
    sizes: dict[int, int] = {}
    for part in decoder.modules():
        if isinstance(part, PackedLinear | PackedEmbedding):
            sizes[id(part.packed)] = part.packed.nbytes
        elif isinstance(part, PackedExperts):
            sizes[id(part)] = part.nbytes
    replaced = any(isinstance(part, PackedEmbedding) for part in decoder.modules())
    for name, parameter in decoder.named_parameters():
        if not (replaced and name == "embed.weight"):
            sizes[parameter.data_ptr()] = parameter.nbytes  # tied tables are two parameters on one storage
    return sum(sizes.values())
