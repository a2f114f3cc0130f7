"""Feed-forward: what a block does to each position by itself, between one attention and the next.

A plain MLP (Vaswani et al. 2017, arXiv 1706.03762) widens the row, bends it and narrows it again::

    out = act(x W_in + b_in) W_out + b_out

with ReLU at first, then GELU (Hendrycks & Gimpel 2016, arXiv 1606.08415): x times the share of a normal distribution
below x. A **gated** one (Shazeer 2020, arXiv 2002.05202) has a second branch, and the bent one decides how much of it
passes, neuron by neuron::

    hidden = act(x W_gate) * (x W_in)        SwiGLU with act = silu, GeGLU with act = gelu
    out    = hidden W_out

silu(x) = x sigmoid(x). With a third matrix, such a layer takes 2/3 of the width for the same number of weights.

Read the other way (Geva et al. 2020, arXiv 2012.14913), W_in and W_gate hold a key for each neuron, which matches some
inputs, and the neuron's row of W_out holds a value, which is added to the stream as much as the key matched; see
`key_value_memory`.

Worked example, one neuron: the gate says 2, the other branch 3. silu(2) = 2 x 0.8808 = 1.7616, hidden 5.2848; the row
(1, -1) of W_out writes (5.2848, -5.2848).

>>> import torch
>>> mlp = FeedForward(d_model=2, d_mlp=1)
>>> for linear, weight in ((mlp.W_gate, [[2.0, 0.0]]), (mlp.W_in, [[3.0, 0.0]]), (mlp.W_out, [[1.0], [-1.0]])):
...     linear.weight.data = torch.tensor(weight)
>>> steps = mlp.steps(torch.tensor([1.0, 0.0]))
>>> [round(float(part.detach()), 4) for part in (steps.gate_pre, steps.gate, steps.up, steps.hidden)]
[2.0, 1.7616, 3.0, 5.2848]
>>> [round(i, 4) for i in steps.out.tolist()]
[5.2848, -5.2848]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.transformer.few_rows import Linear, as_read
from explorer.stack.transformer.hook_points import HookPoint
from explorer.stack.transformer.written_out import gated

Activation = Literal["silu", "gelu", "gelu_tanh", "relu"]

ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "silu": F.silu,
    "gelu": F.gelu,
    # GPT-2's and Gemma's: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), within 0.0005 of the exact one
    "gelu_tanh": partial(F.gelu, approximate="tanh"),
    "relu": F.relu,
}


def gated_width(d_mlp: int) -> int:
    """The width of a gated layer with as many weights as a plain one of width d_mlp: 3 d d_gated = 2 d d_mlp.

    >>> gated_width(384), gated_width(1024)
    (256, 683)
    """
    return round(2 * d_mlp / 3)


@dataclass(frozen=True, eq=False)
class FeedForwardSteps:
    """Every stage between what the layer reads and what it writes."""

    gate_pre: Float[Tensor, "*rows d_mlp"]
    """Before the nonlinearity: the gate's branch, or the only one of a plain MLP."""
    gate: Float[Tensor, "*rows d_mlp"]
    """act(gate_pre)."""
    up: Float[Tensor, "*rows d_mlp"] | None
    """The branch that the gate multiplies; None in a plain MLP."""
    hidden: Float[Tensor, "*rows d_mlp"]
    """The neurons' activations: gate * up, or the gate itself."""
    out: Float[Tensor, "*rows d_model"]


class FeedForward(nn.Module):
    """A gated or plain MLP. Hook points bear TransformerLens' names: pre is the gate's branch, pre_linear the other."""

    def __init__(
        self, d_model: int, d_mlp: int, activation: Activation = "silu", gated: bool = True, bias: bool = False
    ) -> None:
        super().__init__()
        self.activation: Activation = activation
        self.gated = gated
        if gated:
            self.W_gate = Linear(d_model, d_mlp, bias=bias)
        self.W_in = Linear(d_model, d_mlp, bias=bias)
        self.W_out = Linear(d_mlp, d_model, bias=bias)
        self.hook_pre = HookPoint()  # *rows d_mlp
        if gated:
            self.hook_pre_linear = HookPoint()  # *rows d_mlp
        self.hook_post = HookPoint()  # *rows d_mlp

    def forward(self, x: Float[Tensor, "*rows d_model"], written_out: bool = False) -> Float[Tensor, "*rows d_model"]:
        """`written_out`: by a backward pass that is, where nobody looks (`stack.transformer.written_out`)."""
        points = self.hook_pre, self.hook_post, *((self.hook_pre_linear,) if self.gated else ())
        if written_out and self._is_swiglu and not any(point.fwd_hooks for point in points):
            return gated(x, *(each.weight.to(x.dtype) for each in (self.W_gate, self.W_in, self.W_out)))
        if torch.is_grad_enabled() or any(point.fwd_hooks for point in points):
            return self.steps(x).out
        return self._in_place(x)

    @property
    def _is_swiglu(self) -> bool:
        """Three matrices as they were made, nothing in their place."""
        if not self.gated or self.activation != "silu":
            return False
        return all(type(each) is Linear and each.bias is None for each in (self.W_gate, self.W_in, self.W_out))

    def _in_place(self, x: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
        """The same numbers where nobody looks: one buffer for the bent branch, in the type of narrow weights.

        Memory that is new costs a page fault every 4 kB: at 512 tokens as much as the nonlinearity itself.
        """
        weight = getattr(self.W_in, "weight", None)
        narrow = isinstance(weight, Tensor) and weight.dtype == torch.bfloat16
        rows = x.bfloat16() if narrow else as_read(x, self.W_in, self.W_gate if self.gated else self.W_in)
        hidden = (self.W_gate if self.gated else self.W_in)(rows)  # *rows d_mlp
        if self.activation == "silu":
            hidden = F.silu(hidden, inplace=True)
        else:
            hidden = ACTIVATIONS[self.activation](hidden)
        if self.gated:
            hidden *= self.W_in(rows)
        return self.W_out(hidden).to(x.dtype)

    def steps(self, x: Float[Tensor, "*rows d_model"]) -> FeedForwardSteps:
        """The forward pass with every stage kept."""
        gate_pre = self.hook_pre((self.W_gate if self.gated else self.W_in)(x))  # *rows d_mlp
        gate = ACTIVATIONS[self.activation](gate_pre)
        up = self.hook_pre_linear(self.W_in(x)) if self.gated else None  # *rows d_mlp
        hidden = self.hook_post(gate if up is None else gate * up)
        return FeedForwardSteps(gate_pre, gate, up, hidden, self.W_out(hidden))
