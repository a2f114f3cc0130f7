"""Direct logit attribution: a token's logit taken apart into what each part of the model added to it.

The last stream is a sum: the embedding, every attention's output (itself a sum over heads) and every MLP's. With the
final norm's divisor s frozen at its measured value, the logit is linear in the stream, so that each part x adds
``x . (w * W_U[token]) / s`` (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"; with LayerNorm
the direction is centred first). The parts add up to the logit; `error` is by how much they do not, on this run.

All sums are taken in float64 from the stored float32 activations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace


@dataclass(frozen=True, eq=False)
class Neurons:
    """The neurons of one MLP that add most to a token's logit, by size."""

    ids: Int[Tensor, " k"]
    activation: Float[Tensor, " k"]
    contribution: Float[Tensor, " k"]
    total: float
    """Contribution of all neurons of the MLP."""
    bias: float
    """Contribution of the MLP's bias; total + bias is what the MLP adds."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each part adds to one token's logit at one position, in logits."""

    pos: int
    token: int
    embed: float
    attn: Float[Tensor, " layer"]
    """Each attention as a whole: its heads and its bias."""
    mlp: Float[Tensor, " layer"]
    heads: Float[Tensor, "layer head"]
    attn_bias: Float[Tensor, " layer"]
    """What b_O adds, in models that have one; attn = heads.sum + attn_bias."""
    edits: Float[Tensor, " layer"]
    """What interventions on the stream added after each block; zero without any."""
    constant: float
    """What the final norm's bias and the unembedding's bias add; zero in models without biases."""
    logit: float
    """The model's own logit (before the softcap, in a model that has one)."""
    total: float
    """Sum of embed, attn, mlp, edits and constant."""
    scale: float
    """The final norm's divisor."""
    _direction: Float[Tensor, " d_model"] = field(repr=False)
    _trace: Trace | None = field(default=None, repr=False)
    """For `neurons`. Not in the copy that the trace itself keeps: a circle would outlive the trace."""

    @property
    def error(self) -> float:
        """|total - logit|."""
        return abs(self.total - self.logit)

    @property
    def heads_error(self) -> float:
        """The largest |heads + bias - attention| over layers."""
        return float((self.heads.sum(-1) + self.attn_bias - self.attn).abs().max())

    def neurons(self, layer: int, k: int = 10) -> Neurons:
        """The k neurons of an MLP with the largest contributions, positive or negative."""
        trace = self._trace
        assert trace is not None
        W_out = trace.readout.W_out[layer]
        if W_out is None:
            raise NotApplicableError("This model's blocks have no plain MLP.", "Choose a dense model, such as SmolLM2.")
        direction = _through(
            self._direction, trace.readout.ln2_post_weight[layer], trace.ln2_post_scale, layer, self.pos
        )
        kept, mean = _mlp_edit(trace, layer)
        post = trace.neurons(layer)
        scales, norm = trace.ln2_post_scale, 1.0
        if mean and scales is not None:  # the mean was taken behind the norm, whose divisor is each position's own
            shares = scales[layer, self.pos] / scales[layer, : trace.n_prompt]
            activation, norm = (post[: trace.n_prompt] * shares[:, None]).mean(0), float(shares.mean())
        else:
            activation = post[: trace.n_prompt].mean(0) if mean else post[self.pos]
        activation = activation if kept else torch.zeros_like(activation)
        parts = activation.double() * (W_out.double() @ direction)
        top = parts.abs().topk(min(k, len(parts))).indices
        b_out = trace.readout.b_out[layer]
        bias = 0.0 if b_out is None or not kept else norm * float(b_out.double() @ direction)
        return Neurons(top, activation[top], parts[top], float(parts.sum()), bias)


def attribute(trace: Trace, pos: int, token: int) -> Attribution:
    """Attribution of the token's logit at a position."""
    readout, n_layers = trace.readout, trace.dims.n_layers
    scale = float(trace.ln_final_scale[pos])
    direction = readout.direction(token, scale)
    embed = float(trace.embed[pos].double() @ direction)
    # What stands in the stream at each depth, toward the token; differences are what each sublayer added.
    mid = trace.resid_mid[:, pos].double() @ direction  # layer
    post = trace.resid_post[:, pos].double() @ direction  # layer
    before = torch.cat([torch.tensor([embed], dtype=torch.float64), post[:-1]])
    edits = torch.zeros(n_layers, dtype=torch.float64)
    for layer, edit in trace.edits.items():
        edits[layer] = edit[pos].double() @ direction
    attn, mlp = mid - before, post - mid - edits
    heads, attn_bias = _heads(trace, pos, direction)
    constant = readout.constant(token)
    return Attribution(
        pos=pos,
        token=token,
        embed=embed,
        attn=attn,
        mlp=mlp,
        heads=heads,
        attn_bias=attn_bias,
        edits=edits,
        constant=constant,
        logit=readout.before_softcap(float(trace.logits[pos, token])),
        total=embed + float(attn.sum() + mlp.sum() + edits.sum()) + constant,
        scale=scale,
        _direction=direction,
    )


def _heads(trace: Trace, pos: int, direction: Tensor) -> tuple[Tensor, Tensor]:
    """What each head adds, [layer head], and each attention's bias, [layer]."""
    readout = trace.readout
    heads = torch.empty(trace.dims.n_layers, trace.dims.n_heads, dtype=torch.float64)
    bias = torch.zeros(trace.dims.n_layers, dtype=torch.float64)
    for layer, W_O in enumerate(readout.W_O):
        toward = _through(direction, readout.ln1_post_weight[layer], trace.ln1_post_scale, layer, pos)
        reads = W_O.flatten(0, 1).double() @ toward  # (head d_head): what each coordinate of z is worth
        heads[layer] = (trace.z[layer, pos].double() * reads.view(W_O.shape[:2])).sum(-1)
        b_O = readout.b_O[layer]
        if b_O is not None:
            bias[layer] = b_O.double() @ toward
    return heads, bias


def _through(
    direction: Tensor, weight: Tensor | None, scales: Tensor | None, layer: int, pos: int
) -> Float[Tensor, " d_model"]:
    """The direction as seen before the norm that some models put after a sublayer, its divisor frozen too."""
    if weight is None or scales is None:
        return direction
    return direction * weight.double() / float(scales[layer, pos])


def _mlp_edit(trace: Trace, layer: int) -> tuple[bool, bool]:
    """(MLP still writes, it writes its mean): what the key's interventions did to it. The last one counts."""
    from explorer.tracing.interventions import AblateMLP

    modes = [e.mode for e in trace.key.interventions if isinstance(e, AblateMLP) and e.layer == layer]
    return "zero" not in modes, bool(modes) and "zero" not in modes
