"""The layer that Korthikanti et al. count: multi-head attention written out, GELU, dropout thrice, in 16 bits.

Built of torch's own parts and watched by hooks: what it keeps is the paper's formula and, of each norm, a mean and a
deviation of every token, which the paper leaves out.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.pretraining.korthikanti import Layer

#: A norm's mean and deviation of a token, in 16 bits, of both norms.
STATISTICS = 2 * 2 * 2


class GptLayer(nn.Module):
    """x + dropout(attention(norm(x))), then x + dropout(mlp(norm(x)))."""

    def __init__(self, layer: Layer, dropout: float = 0.1) -> None:
        super().__init__()
        h = layer.h
        self.heads, self.dropout = layer.a, dropout
        self.norms = nn.ModuleList(nn.LayerNorm(h) for _ in range(2))
        self.read = nn.ModuleList(nn.Linear(h, h) for _ in range(3))  # q, k, v
        self.out = nn.Linear(h, h)
        self.wide, self.narrow = nn.Linear(h, 4 * h), nn.Linear(4 * h, h)

    def forward(self, x: Float[Tensor, "b s h"]) -> Float[Tensor, "b s h"]:
        x = x + self.dropped(self.attention(self.norms[0](x)))
        return x + self.dropped(self.narrow(F.gelu(self.wide(self.norms[1](x)))))

    def dropped(self, x: Tensor) -> Tensor:
        """Dropout whose mask takes a byte a number; torch's usual one on a CPU keeps it in the type of x."""
        return torch.native_dropout(x, self.dropout, train=True)[0]

    def attention(self, x: Float[Tensor, "b s h"]) -> Float[Tensor, "b s h"]:
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (read(x) for read in self.read))
        q = q / q.shape[-1] ** 0.5  # a factor keeps nothing
        pattern = self.dropped((q @ k.mT).softmax(-1))  # b a s s
        return self.out((pattern @ v).transpose(1, 2).flatten(2))


def kept(layer: Layer, dtype: torch.dtype = torch.bfloat16) -> int:
    """Bytes that a forward pass of the layer keeps, weights not counted; it is the paper's on one device."""
    made = GptLayer(layer).to(dtype)
    weights = {each.untyped_storage().data_ptr() for each in made.parameters()}
    found: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        at = tensor.untyped_storage().data_ptr()
        if at not in weights:
            found.setdefault(at, tensor)
        return tensor

    x = torch.ones(layer.b, layer.s, layer.h, dtype=dtype, requires_grad=True)
    watching = torch.autograd.graph.saved_tensors_hooks(pack, lambda each: each)
    with torch.random.fork_rng(devices=[]), torch.enable_grad(), watching:
        made(x)
    return sum(each.untyped_storage().nbytes() for each in found.values())
