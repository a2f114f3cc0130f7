"""What a position's MLPs wrote, put together from what they are made of, and a lead as the sum of all writers.

The stream shows what each block added. Here the same is made a second time and without the stream's differences: a
dense MLP from its neurons through W_out, a mixture from the experts that the router chose, each run by itself. With
every head's z through W_O, the embedding and the biases, these must add up to the lead that the model's logits give. A
state-space block has one writer, its mixer: it is made of what it read from each position (`derived.mixer_reads`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward
from explorer.stack.worst import worst
from explorer.tracing.changes.interventions import AblateMLP
from explorer.tracing.derived.attribution import Attribution
from explorer.tracing.derived.mixer_reads import mixer_read
from explorer.tracing.probes.neurons import steps_at
from explorer.tracing.trace import Trace
from explorer.zoo.model import Model

Made = Literal["neurons", "experts", "nothing", "stream", "absent"]


@dataclass(frozen=True, eq=False)
class Written:
    """Each MLP's write at one position."""

    vectors: Float[Tensor, "layer d_model"]
    made: tuple[Made, ...]
    """Of what: "nothing" where an intervention took it away, "stream" where it can only be read off the stream,
    "absent" where a block has no MLP."""


def written(trace: Trace, model: Model, position: int) -> Written:
    """The writes of all MLPs at a position; of each run, the position last asked for is kept."""

    def make() -> Written:
        rows = [_of_layer(trace, model, layer, position) for layer in range(trace.dims.n_layers)]
        return Written(torch.stack([vector for vector, _ in rows]), tuple(made for _, made in rows))

    return trace.cached(("written", position), make, keep=1)


def _of_layer(trace: Trace, model: Model, layer: int, position: int) -> tuple[Float[Tensor, " d_model"], Made]:
    if trace.readout.absent.get("mlp_out"):
        return torch.zeros(trace.dims.d_model), "absent"
    modes = [i.mode for i in trace.key.interventions if isinstance(i, AblateMLP) and i.layer == layer]
    if "zero" in modes:
        return torch.zeros(trace.dims.d_model), "nothing"
    at = slice(0, trace.n_prompt) if modes else slice(position, position + 1)
    try:
        return _after_norm(trace, steps_at(trace, layer, at).out, layer, at).mean(0), "neurons"
    except NotApplicableError:
        pass
    try:
        if not modes and (
            found := [each.vector for each in expert_writes(trace, model.plain_decoder, layer, position)]
        ):
            return torch.stack(found).sum(0), "experts"
    except NotApplicableError:  # the explorer's own decoder does not know the architecture
        pass
    added = trace.resid_post[layer, position] - trace.resid_mid[layer, position]
    return added - trace.edits[layer][position] if layer in trace.edits else added, "stream"


def _after_norm(trace: Trace, out: Float[Tensor, "at d_model"], layer: int, at: slice) -> Float[Tensor, "at d_model"]:
    """Through the norm that some models put after the MLP, its divisors as measured."""
    weight = trace.readout.ln2_post_weight[layer]
    if weight is None or trace.ln2_post_scale is None:
        return out
    return out * weight / trace.ln2_post_scale[layer, at, None]


@dataclass(frozen=True, eq=False)
class ExpertWrite:
    """What one expert wrote at one position."""

    expert: int
    weight: float
    vector: Float[Tensor, " d_model"]
    """Its output times its weight."""


@torch.inference_mode()
def expert_writes(trace: Trace, decoder: Decoder, layer: int, position: int) -> list[ExpertWrite]:
    """Of the experts that a position used in a layer, heaviest first, each run again by itself on what the layer read.
    None in a dense layer."""
    mlp = decoder.blocks[layer].get_submodule("mlp")
    if trace.expert_weights is None or not isinstance(mlp, SparseFeedForward):
        return []
    weights = trace.expert_weights[layer, position]
    x = decoder.blocks[layer].get_submodule("ln2")(trace.resid_mid[layer, position : position + 1])
    used = weights.argsort(descending=True)[: int((weights != 0).sum())].tolist()
    return [ExpertWrite(e, float(weights[e]), mlp.experts.one(e, x)[0] * weights[e]) for e in used]


@dataclass(frozen=True)
class Sum:
    """A token's lead from all that wrote toward it, none of which was read off the stream's differences."""

    total: float
    error: float
    """Distance from the lead that the model's own logits give."""
    largest_bar: float
    """The largest distance of what an attention or an MLP added to the stream from what its own parts make."""
    words: str
    """What was added up."""


def logit_sum(trace: Trace, model: Model, share: Attribution) -> Sum:
    """Embedding, heads or mixers, neurons or experts, biases and interventions, toward one token."""
    made = written(trace, model, share.pos)
    mlps = made.vectors.double() @ share.direction  # layer
    attentions = first_writes(trace, share)
    total = share.embed + float(attentions.sum() + mlps.sum() + share.edits.sum()) + share.constant
    apart = torch.stack([(attentions - share.attn).abs(), (mlps - share.mlp).abs()])
    return Sum(total, abs(total - share.lead), float(apart.max()), _words(trace, made, share, position=share.pos))


def first_writes(trace: Trace, share: Attribution) -> Float[Tensor, " layer"]:
    """What each block's first writer adds to the lead, made of its own parts: heads and their bias, or what the mixer
    read of each position."""
    if not trace.readout.mixers:
        return share.heads.sum(-1) + share.attn_bias
    layers = range(trace.dims.n_layers)
    read = [float(mixer_read(trace, layer, share.pos).given(share.direction).sum()) for layer in layers]
    return torch.tensor(read, dtype=torch.float64)


def _words(trace: Trace, made: Written, share: Attribution, position: int) -> str:
    dims = trace.dims
    if trace.readout.mixers:
        read = "this token" if position == 0 else f"each of {position + 1} tokens"
        parts = ["embedding", f"what {dims.n_layers} mixers read of {read}"]
    else:
        parts = ["embedding", f"{dims.n_layers * dims.n_heads:,} heads"]
    if dense := made.made.count("neurons"):
        parts.append(f"{dense * dims.d_mlp:,} neurons")
    if mixed := [layer for layer, kind in enumerate(made.made) if kind == "experts"]:
        assert trace.expert_weights is not None
        parts.append(f"{int((trace.expert_weights[mixed, position] != 0).sum()):,} experts run one by one")
    if other := made.made.count("stream"):
        parts.append(f"{other} MLPs as the stream shows them")
    parts += ["biases"] * bool(share.constant) + ["interventions"] * bool(trace.edits)
    return " + ".join(parts)


def writes_error(trace: Trace, position: int) -> float:
    """How far the heads' own outputs are from what attention wrote, at one position; relative to the longest write.

    The stream says what attention added (the difference before and after it); the heads say what they made
    (``z @ W_O``, plus b_O). Two readings of one thing: they must agree. So with a mixer and what it read.
    """
    off, scale = 0.0, 0.0
    for layer in range(trace.dims.n_layers):
        wrote = (trace.resid_mid[layer, position] - trace.stream(layer)[position]).double()
        made = mixer_read(trace, layer, position).out if trace.readout.mixers else heads_write(trace, layer, position)
        off = worst(off, float((wrote - made).abs().max()))
        scale = worst(scale, float(wrote.abs().max()))
    return off / scale if scale else off


def heads_write(trace: Trace, layer: int, position: int) -> Float[Tensor, " d_model"]:
    """All heads of a layer together, at one position. The product is float32: to widen W_O takes longer."""
    out = (trace.z[layer, position].flatten() @ trace.readout.W_O[layer].flatten(0, 1)).double()
    bias, weight = trace.readout.b_O[layer], trace.readout.ln1_post_weight[layer]
    if bias is not None:
        out = out + bias.double()
    if weight is not None and trace.ln1_post_scale is not None:  # a norm between attention and the stream
        out = out * weight.double() / trace.ln1_post_scale[layer, position].double()
    return out
