"""Norms on this run: what they divide by, and what a LayerNorm would do differently.

The model's norms are rebuilt from their weights as `explorer.stack.transformer.norms` has them, applied to the stream
of the run, and compared with what the model's own modules make of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.errors import NotApplicableError
from explorer.stack.transformer.norms import LayerNorm, Norm, RMSNorm
from explorer.stack.worst import worst
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.anatomy_parts import eps_of, is_rms, layer_of, norm_weight
from explorer.tracing.bridge.border import here, run_there
from explorer.tracing.trace import Trace

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge

    from explorer.zoo.own_runner import OwnRunner

Kind = Literal["rms", "layer"]
Name = Literal["ln1", "ln2", "ln_final"]


def rebuilt(component: nn.Module) -> Norm:
    """The explorer's own norm on the weights of one of the model's (as the bridge wraps it)."""
    eps, weight = eps_of(component, 1e-5), norm_weight(component)
    bias = getattr(layer_of(component), "bias", None)
    if is_rms(component):
        made: Norm = RMSNorm(len(weight), eps)
    else:
        made = LayerNorm(len(weight), eps, bias=bias is not None)
        if bias is not None:
            made.bias = nn.Parameter(here(bias.detach()), requires_grad=False)
    made.weight = nn.Parameter(weight, requires_grad=False)
    return made


@dataclass(frozen=True)
class Place:
    """One norm of the model, and the stream that it reads."""

    name: Name
    norm: Norm
    """The explorer's own."""
    own: nn.Module
    """The model's."""
    stream: Float[Tensor, "pos d_model"]

    @property
    def kind(self) -> Kind:
        return "rms" if isinstance(self.norm, RMSNorm) else "layer"


def places(trace: Trace, bridge: TransformerBridge | OwnRunner, layer: int) -> list[Place]:
    """The norms of a layer that read the stream, and the last one. Raises NotApplicableError where none does."""
    streams = {"resid_pre": lambda: trace.stream(layer), "resid_mid": lambda: trace.resid_mid[layer]}
    found, standing = [], anatomy(bridge).stand_ins
    for name in ("ln1", "ln2"):
        if (known := trace.readout.norms.get(name)) is not None and known.reads in streams:
            found.append(_place(name, getattr(standing.blocks[layer], name), streams[known.reads]()))
    if "ln_final" in trace.readout.norms:
        found.append(_place("ln_final", cast("nn.Module", standing.ln_final), trace.resid_post[-1]))
    if not found:
        raise NotApplicableError(
            "The norms of this model do not read the stream directly.",
            "Choose a model with pre-norm, such as SmolLM2 135M.",
            offer="smollm2-135m",
        )
    return found


def _place(name: Name, component: nn.Module, stream: Float[Tensor, "pos d_model"]) -> Place:
    return Place(name, rebuilt(component), layer_of(component), stream)


@dataclass(frozen=True)
class Applied:
    """A norm on every position, and one position's row before and after."""

    scale: Float[Tensor, " pos"]
    """What each row is divided by."""
    after: Float[Tensor, " pos"]
    """Root mean square of what comes out, weight (and bias) included."""
    mean: float
    """Of the row at the position: what a LayerNorm takes away first."""
    before: Float[Tensor, " d_model"]
    weight: Float[Tensor, " d_model"]
    bias: Float[Tensor, " d_model"] | None
    out: Float[Tensor, " d_model"]
    error: float
    """Largest difference from the model's own norm, at any position, relative to its largest number."""


def applied(place: Place, position: int) -> Applied:
    norm, x = place.norm, place.stream
    with torch.inference_mode():
        out, model = norm(x), run_there(place.own, x)
    row = x[position]
    return Applied(
        scale=norm.scale(x),
        after=out.square().mean(-1).sqrt(),
        mean=float(row.mean()),
        before=row,
        weight=norm.weight + norm.offset if isinstance(norm, RMSNorm) else norm.weight,
        bias=None if isinstance(norm, RMSNorm) else norm.bias,
        out=out[position],
        error=float((out - model).abs().max() / model.abs().max()),
    )


# ---- LayerNorm against RMSNorm ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Contrast:
    """How far LayerNorm and RMSNorm lie apart on the streams of this run, both without weights."""

    difference: Float[Tensor, "depth pos"]
    """|layer(x) - rms(x)| / |rms(x)|; depth 2 l is before layer l's attention, 2 l + 1 before its MLP, the last one
    before the unembedding."""
    share: Float[Tensor, "depth pos"]
    """mean(x)^2 / mean(x^2): the part of a row's squared size that is its mean."""
    error: float
    """Largest distance of the difference from that of torch's own two norms."""


def contrast(trace: Trace, eps: float) -> Contrast:
    """Both have length sqrt(d), and the cosine between them is sqrt(1 - share): so they differ, relative to their
    length, by sqrt(2 - 2 sqrt(1 - share)).

    A row whose mean is zero gives no difference; one that is nothing but mean gives sqrt(2), a right angle.
    """
    rms, layer = RMSNorm(trace.dims.d_model, eps), LayerNorm(trace.dims.d_model, eps)
    differences, shares, error = [], [], 0.0
    with torch.inference_mode():
        for x in _streams(trace):
            x, size = x.double(), x.shape[-1:]
            difference = _apart(rms(x), layer(x))
            theirs = _apart(F.rms_norm(x, size, eps=eps), F.layer_norm(x, size, eps=eps))
            error = worst(error, float((difference - theirs).abs().max()))
            differences.append(difference)
            shares.append(x.mean(-1).square() / x.square().mean(-1))
    return Contrast(torch.stack(differences).float(), torch.stack(shares).float(), error)


def _apart(rms: Float[Tensor, "pos d_model"], layer: Float[Tensor, "pos d_model"]) -> Float[Tensor, " pos"]:
    return (rms - layer).norm(dim=-1) / rms.norm(dim=-1)


def both_ways(trace: Trace, layer: int, position: int, eps: float) -> Float[Tensor, "place norm d_model"]:
    """One row before the layer's attention, before its MLP and before the unembedding, as RMSNorm and as LayerNorm give
    it, both without weights."""
    rms, plain = RMSNorm(trace.dims.d_model, eps), LayerNorm(trace.dims.d_model, eps)
    rows = torch.stack([x[position] for x in (trace.stream(layer), trace.resid_mid[layer], trace.resid_post[-1])])
    with torch.inference_mode():
        return torch.stack([rms(rows), plain(rows)], dim=1)


def _streams(trace: Trace) -> list[Float[Tensor, "pos d_model"]]:
    found = []
    for layer in range(trace.dims.n_layers):
        found += [trace.stream(layer), trace.resid_mid[layer]]
    return [*found, trace.resid_post[-1]]
