"""IA3 and BitFit: what is trained is one vector a layer, no matrix at all.

    IA3      y = l * (x W^T + b)      on keys and values: the output is scaled
             y = (l * x) W^T + b      on the matrix that leaves the feed-forward layer: its input is
    BitFit   y = x W^T + b + d        the biases alone

l begins as ones, d as noughts: nothing changes at first. Both can be merged: l into the rows or columns of W, d into b.
BitFit was written for models that have biases; a Llama has none, so that there d is a bias that it gets.

Liu et al. 2022, (IA)^3 (arXiv 2205.05638); Ben Zaken et al. 2021, BitFit (arXiv 2106.10199).

>>> import torch
>>> layer = nn.Linear(2, 1, bias=False)
>>> layer.weight.data = torch.tensor([[1.0, 10.0]])
>>> for inputs in (False, True):
...     made = Scaling(torch.tensor([3.0, 2.0] if inputs else [3.0]), inputs)
...     print((layer.weight + made.delta(layer)[0]).tolist())
[[3.0, 30.0]]
[[3.0, 20.0]]
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.finetuning.change import Change, Delta, bias_of, sizes_of, weight_of, without_bias
from explorer.stack.transformer.norms import LayerNorm


class Scaling(Change):
    """IA3: a factor for each output of a layer, or for each input."""

    def __init__(self, l: Float[Tensor, " d"], inputs: bool = False) -> None:  # noqa: E741  # the paper's name
        super().__init__()
        self.l, self.inputs = nn.Parameter(l), inputs

    def beside(self, layer: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        if not self.inputs:
            return (self.l - 1) * y
        return without_bias(layer, layer(x * (self.l - 1)))

    def delta(self, layer: nn.Module) -> Delta:
        with torch.no_grad():
            weight, bias = weight_of(layer).float(), bias_of(layer)
            more = self.l - 1
            if self.inputs:
                return weight * more, None
            return weight * more[:, None], None if bias is None else bias * more

    def misfit(self, layer: nn.Module) -> str | None:
        wrong = super().misfit(layer)
        if wrong is None and len(self.l) != (wanted := sizes_of(layer)[0 if self.inputs else 1]):
            return f"it has {len(self.l)} factors, and {wanted} would fit"
        return wrong


class Shift(Change):
    """BitFit: what is added to a bias, or is one."""

    def __init__(self, d: Float[Tensor, " d_out"]) -> None:
        super().__init__()
        self.d = nn.Parameter(d)

    def beside(self, layer: nn.Module, x: Tensor, y: Tensor) -> Tensor:  # noqa: ARG002
        return self.d.expand_as(y)

    def delta(self, layer: nn.Module) -> Delta:  # noqa: ARG002
        return None, self.d.detach()

    def misfit(self, layer: nn.Module) -> str | None:
        if isinstance(layer, LayerNorm):
            return None if layer.weight.shape == self.d.shape else f"it has {len(self.d)} numbers"
        wrong = super().misfit(layer)
        if wrong is None and len(self.d) != sizes_of(layer)[1]:
            return f"it has {len(self.d)} numbers, and {sizes_of(layer)[1]} would fit"
        return wrong
