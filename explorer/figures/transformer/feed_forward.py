"""One feed-forward layer opened: every neuron's gate at one position, and what the strongest of them write.

Stages and names are those of `FeedForwardSteps`; the pre-activation is the model's own, measured, and what follows from
it is derived. Where a model has a norm after its feed-forward layer (Gemma), a neuron's value is what comes out of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.stack.transformer import key_value_memory as memory
from explorer.tracing.bridge.border import here
from explorer.tracing.probes.neurons import steps_at
from explorer.tracing.trace import Trace

#: Neurons that the table lists.
LISTED = 20
#: Tokens at either end of a neuron's value.
SAID = 10


def values(trace: Trace, layer: int, position: int) -> Float[Tensor, "d_mlp d_model"]:
    """What each neuron adds to the stream for each unit of its activation: its row of W_out, through the norm after
    the layer where there is one, that norm's divisor at this position frozen."""
    W_out, weight = trace.readout.W_out[layer], trace.readout.ln2_post_weight[layer]
    assert W_out is not None
    if weight is None or trace.ln2_post_scale is None:
        return W_out
    return W_out * (weight / trace.ln2_post_scale[layer, position])


def said(trace: Trace, vectors: Float[Tensor, "vector d_model"], position: int, k: int) -> memory.Said:
    """Vectors of the stream in the vocabulary, in logits of this position."""
    readout = trace.readout
    return memory.read(
        vectors,
        here(readout.W_U),
        readout.norm_weight,
        centred=readout.norm == "layer",
        scale=float(trace.ln_final_scale[position]),
        k=k,
    )


@dataclass(frozen=True)
class OpenedNeuron:
    """One neuron over the whole text, and its value."""

    gate_pre: Float[Tensor, " pos"]
    gate: Float[Tensor, " pos"]
    up: Float[Tensor, " pos"] | None
    hidden: Float[Tensor, " pos"]
    value_length: float
    said: memory.Said
    """Its value for one unit of activation."""


def neuron(trace: Trace, layer: int, index: int, position: int) -> OpenedNeuron:
    steps = steps_at(trace, layer, slice(None))
    value = values(trace, layer, position)[index]
    return OpenedNeuron(
        gate_pre=steps.gate_pre[:, index],
        gate=steps.gate[:, index],
        up=None if steps.up is None else steps.up[:, index],
        hidden=steps.hidden[:, index],
        value_length=float(value.norm()),
        said=said(trace, value[None], position, SAID),
    )


def said_error(trace: Trace, value: Float[Tensor, " d_model"], said: memory.Said, position: int) -> float:
    """The named tokens' logits against how the last norm and the unembedding really move when the stream is nudged
    along the value, forth and back by a ten thousandth of its length, float64.

    What is said holds the norm's divisor s fixed, the nudge does not: along v it changes s by (x - mean) . v / (d s),
    and with it the logit. So much is taken off what is said before the two are compared.
    """
    readout, x, v = trace.readout, trace.resid_post[-1, position].double(), value.double()
    ids = torch.cat([said.raised_ids[0], said.lowered_ids[0]])
    logits = torch.cat([said.raised[0], said.lowered[0]]).double()
    W_U, scale = readout.rows(ids).double(), float(trace.ln_final_scale[position])
    step = 1e-4 * float(x.norm() / v.norm().clamp_min(1e-30))
    forth, back = (W_U @ readout.normalise(x + way * step * v) for way in (1, -1))
    centred = x - x.mean() if readout.norm == "layer" else x
    shrinks = float(centred @ v) / (len(x) * scale**2)
    own = torch.stack([x @ readout.direction(token, scale) for token in ids.tolist()])  # without biases
    return float(((forth - back) / (2 * step) - (logits - own * shrinks)).abs().max())


@dataclass(frozen=True, kw_only=True)
class Sparsity:
    """How many neurons do the writing: along depth at one position, and along the text in one layer."""

    layer_carriers: Float[Tensor, " layer"]
    """The fewest neurons whose writes, by length, make half of all."""
    layer_open: Float[Tensor, " layer"]
    """Share of neurons whose pre-activation is above zero."""
    pos_carriers: Float[Tensor, " pos"]
    pos_open: Float[Tensor, " pos"]


def sparsity(trace: Trace, layer: int, position: int) -> Sparsity:
    carriers, opened = [], []
    for at in range(trace.dims.n_layers):
        steps = steps_at(trace, at, slice(position, position + 1))
        carriers.append(memory.carriers(memory.written(steps.hidden, values(trace, at, position)))[0])
        opened.append((steps.gate_pre > 0).float().mean())
    here = steps_at(trace, layer, slice(None))
    # A norm after the layer scales all neurons of a position alike, up to its weight: one position's values serve all.
    lengths = memory.written(here.hidden, values(trace, layer, position))  # pos d_mlp
    return Sparsity(
        layer_carriers=torch.stack(carriers).float(),
        layer_open=torch.stack(opened),
        pos_carriers=memory.carriers(lengths).float(),
        pos_open=(here.gate_pre > 0).float().mean(-1),
    )


def carriers_error(lengths: Float[Tensor, "row d_mlp"], carriers: Int[Tensor, " row"]) -> int:
    """Rows in which so many of the longest do not make half of all, or one fewer does; float64."""
    wrong = 0
    for row, k in zip(lengths.double(), carriers.tolist(), strict=True):
        longest = row.topk(k).values
        half = float(row.sum()) / 2
        wrong += not (float(longest.sum()) >= half * (1 - 1e-6) and float(longest[:-1].sum()) <= half * (1 + 1e-6))
    return wrong


def sum_error(trace: Trace, layer: int) -> float:
    """All neurons' writes and the bias, against what the layer added to the stream: the largest difference at any
    position, relative to the stream's largest number there."""
    out = steps_at(trace, layer, slice(None)).out.double()
    weight = trace.readout.ln2_post_weight[layer]
    if weight is not None and trace.ln2_post_scale is not None:
        out = out * weight / trace.ln2_post_scale[layer].double()[:, None]
    after = trace.resid_post[layer].double()
    added = after - trace.resid_mid[layer].double()
    if layer in trace.edits:
        added = added - trace.edits[layer].double()
    return float(((out - added).abs().amax(-1) / after.abs().amax(-1)).max())


# ---- what the views are drawn from -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FeedForwardGates(Payload):
    """One layer's neurons at one position."""

    position: int
    layer: int
    activation: str
    gated: bool
    gate_pre: Float[Tensor, " d_mlp"]
    gate: Float[Tensor, " d_mlp"]
    up: Float[Tensor, " d_mlp"] | None
    hidden: Float[Tensor, " d_mlp"]
    lengths: Float[Tensor, " d_mlp"]
    """Of what each writes."""
    total: float
    curve_x: Float[Tensor, " point"]
    curve_y: Float[Tensor, " point"]
    """The activation function."""
    listed: Int[Tensor, " listed"]
    raised: Int[Tensor, "listed said"]
    """The tokens whose logits each raises most."""
    carriers: int
    wrote: float
    """Length of what the layer added."""
    cut: bool
    """An intervention has taken this layer's output away."""


@dataclass(frozen=True, kw_only=True)
class FeedForwardNeuron(Payload):
    """One neuron over the text, and its value in the vocabulary."""

    position: int
    layer: int
    neuron: int
    strongest: bool
    activation: str
    gate_pre: Float[Tensor, " pos"]
    gate: Float[Tensor, " pos"]
    up: Float[Tensor, " pos"] | None
    hidden: Float[Tensor, " pos"]
    value_length: float
    raised_ids: Int[Tensor, " said"]
    raised: Float[Tensor, " said"]
    lowered_ids: Int[Tensor, " said"]
    lowered: Float[Tensor, " said"]
    scale: float
    """What the last norm divides by."""


@dataclass(frozen=True, kw_only=True)
class FeedForwardSparsity(Sparsity, Payload):
    """How few write."""

    layer: int
    position: int
    d_mlp: int
