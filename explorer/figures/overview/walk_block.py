"""One block of the walk, opened: its heads and its busiest neurons or experts, or its mixer, at one position."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from explorer.experiments.overview.block_writes import ExpertWrite
from explorer.figures.overview.measured import Measured
from explorer.figures.payload import Payload
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.derived.attribution import Attribution
from explorer.tracing.derived.mixer_reads import MixerRead
from explorer.tracing.trace import Trace
from explorer.zoo.model import Model


def formula(model: Model, trace: Trace, layer: int) -> list[str]:
    """What attention and then the MLP, or the mixer alone, add to the stream x in this model, as formulas.

    Where the model's norms cannot be told, they are left out and the sublayers named as a whole.
    """
    if trace.readout.mixers:
        return ["x' = x + mixer(norm(x))"]
    bridge = model.bridge
    block, readout = anatomy(bridge).stand_ins.blocks[layer], trace.readout
    mlp = "experts" if trace.dims.n_experts and readout.W_out[layer] is None else "mlp"
    after = readout.ln1_post_weight[layer] is not None
    before = "ln1" in readout.norms
    if not before and (not after or getattr(block, "ln1", None) is not None):
        return ["x' = x + attention", f"x'' = x' + {'experts' if mlp == 'experts' else 'MLP'}"]
    multiplier = getattr(model.hf.config.get_text_config(), "residual_multiplier", None)
    weighed = "" if multiplier in (None, 1, 1.0) else f"{multiplier:g} · "

    def added(name: str, read: str) -> str:
        made = f"{name}(norm({read}))" if before else f"{name}({read})"
        return weighed + (f"norm({made})" if after else made)

    middle = "x" if anatomy(bridge).parallel else "x'"
    return [f"x' = x + {added('attn', 'x')}", f"x'' = x' + {added(mlp, middle)}"]


@dataclass(frozen=True, kw_only=True)
class WalkNeuron:
    """One MLP neuron's part in a lead."""

    index: int
    activation: float
    share: float
    """``activation * (W_out[index] . direction)``, in logits."""
    says: list[int]
    """The three tokens whose logits a push with this activation's sign raises most."""


def busiest_neurons(trace: Trace, share: Attribution, layer: int, k: int) -> list[WalkNeuron]:
    """The `k` neurons of one MLP with the largest shares, by size, and what each pushes toward.

    An MLP writes ``post @ W_out``: a neuron's write is its activation times its row of W_out, whatever the gate was
    (Geva et al. 2021, arXiv 2012.14913, read such rows as values over the vocabulary). Empty for a mixture of experts.
    """
    readout = trace.readout
    rows, after = readout.W_out[layer], readout.ln2_post_weight[layer]
    if rows is None or trace.mlp_pre is None or readout.activation is None:
        return []
    top = share.neurons(layer, k)
    signs = torch.where(top.activation < 0, -1.0, 1.0)
    pushes = rows[top.ids] * signs[:, None] * (1 if after is None else after)  # k d_model
    return [
        WalkNeuron(index=int(i), activation=float(a), share=float(c), says=said)
        for i, a, c, said in zip(top.ids, top.activation, top.contribution, _says(trace, pushes), strict=True)
    ]


@dataclass(frozen=True, kw_only=True)
class WalkChannel:
    """One channel's part in a lead."""

    index: int
    activation: float
    """What the output projection reads of it, behind the gate."""
    share: float
    """``activation * (W_out[:, index] . direction)``, in logits."""
    says: list[int]
    """The three tokens whose logits a push with this activation's sign raises most."""


@dataclass(frozen=True, kw_only=True)
class WalkMixer:
    """A state-space block's mixer at one position."""

    channels: int
    busiest: list[WalkChannel]
    """Those with the largest shares, by size."""
    given: Float[Tensor, " key"]
    """What it brought from each position, in logits."""
    kept: float
    """Of what the state held before, the mean share that this token leaves."""
    lags: int
    """Tokens before it that a token is written together with: those that the convolution mixes in."""


def opened_mixer(trace: Trace, read: MixerRead, share: Attribution, k: int) -> WalkMixer:
    """What a mixer read, by channel and by position; a channel's write is its activation times its column of W_out."""
    activations = read.channels
    shares = activations * read.worth(share.direction)
    top = shares.abs().topk(min(k, len(shares))).indices
    signs = torch.where(activations[top] < 0, -1.0, 1.0)
    said = _says(trace, read.W_out.T[top] * signs[:, None])
    busiest = [
        WalkChannel(index=int(i), activation=float(activations[i]), share=float(shares[i]), says=says)
        for i, says in zip(top, said, strict=True)
    ]
    return WalkMixer(
        channels=len(shares), busiest=busiest, given=read.given(share.direction), kept=read.kept, lags=read.lags
    )


@dataclass(frozen=True, kw_only=True)
class WalkExpert:
    """One expert's part in a lead."""

    expert: int
    weight: float
    share: float
    """``weight * (E(norm(x)) . direction)``, in logits."""
    says: list[int]
    """The three tokens whose logits its write raises most."""


def chosen_experts(trace: Trace, writes: list[ExpertWrite], share: Attribution) -> list[WalkExpert]:
    """What each expert that a position used in a layer wrote toward the token, heaviest first.

    What a mixture writes is its experts' weighted sum, so that the shares add up to the layer's. Empty for a dense
    model.
    """
    if not writes:
        return []
    says = _says(trace, torch.stack([each.vector for each in writes]))
    return [
        WalkExpert(
            expert=each.expert, weight=each.weight, share=float(each.vector.double() @ share.direction), says=said
        )
        for each, said in zip(writes, says, strict=True)
    ]


def _says(trace: Trace, pushes: Float[Tensor, "push d_model"]) -> list[list[int]]:
    """The three tokens whose logits each push raises most."""
    readout = trace.readout
    if readout.norm == "layer":
        pushes = pushes - pushes.mean(-1, keepdim=True)
    return readout.against(pushes * readout.norm_weight).topk(min(3, trace.dims.d_vocab)).indices.tolist()


@dataclass(frozen=True, kw_only=True)
class WalkBlock(Payload):
    """One block at one position."""

    position: int
    layer: int
    target: int
    n_heads: int
    n_kv_heads: int
    d_mlp: int
    formula: list[str]
    measured: Measured
    attn: float
    mlp: float
    heads: Float[Tensor, " head"]
    """Shares of the lead; none in a model without heads."""
    maps: UInt8[Tensor, "head cells"]
    """Lower triangles, row by row."""
    cells: int
    """Squares a side."""
    stride: int
    """Tokens that a square covers."""
    neurons: list[WalkNeuron]
    experts: list[WalkExpert]
    n_experts: int
    mixer: WalkMixer | None
    """In attention's place, and alone in its block: `attn` is its share."""
    lengths: list[float]
    """Of x, attention's write, x', the MLP's write, x''; of x, the mixer's write, x'."""
    before: Float[Tensor, " d_model"]
    after: Float[Tensor, " d_model"]
