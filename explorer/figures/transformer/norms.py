"""Norms on this run: what they divide by, and what a LayerNorm would do differently.

The model's norms are rebuilt from their weights as `explorer.stack.transformer.norms` has them, applied to the stream
of the run, and compared with what the model's own modules make of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.errors import NotApplicableError
from explorer.experiments.transformer.norms import AtDepth, AtStart
from explorer.figures.payload import Payload
from explorer.stack.transformer.norms import LayerNorm, Norm, RMSNorm
from explorer.stack.worst import worst
from explorer.tracing.anatomy import eps_of, norm_weight
from explorer.tracing.trace import Trace


def rebuilt(component: Any) -> Norm:
    """The explorer's own norm on the weights of one of the model's (as the bridge wraps it)."""
    own = component.original_component
    eps, weight = eps_of(component, 1e-5), norm_weight(component)
    if component.uses_rms_norm:
        made: Norm = RMSNorm(len(weight), eps)
    else:
        made = LayerNorm(len(weight), eps, bias=getattr(own, "bias", None) is not None)
        if made.bias is not None:
            made.bias = nn.Parameter(own.bias.detach(), requires_grad=False)
    made.weight = nn.Parameter(weight, requires_grad=False)
    return made


@dataclass(frozen=True)
class Place:
    """One norm of the model, and the stream that it reads."""

    name: Literal["ln1", "ln2", "ln_final"]
    norm: Norm
    component: Any
    stream: Float[Tensor, "pos d_model"]


def places(trace: Trace, bridge: Any, layer: int) -> list[Place]:
    """The norms of a layer that read the stream, and the last one. Raises NotApplicableError where none does."""
    streams = {"resid_pre": lambda: trace.stream(layer), "resid_mid": lambda: trace.resid_mid[layer]}
    found = []
    for name in ("ln1", "ln2"):
        if (known := trace.readout.norms.get(name)) is not None and known.reads in streams:
            component = getattr(bridge.blocks[layer], name)
            found.append(Place(name, rebuilt(component), component, streams[known.reads]()))
    if "ln_final" in trace.readout.norms:
        found.append(Place("ln_final", rebuilt(bridge.ln_final), bridge.ln_final, trace.resid_post[-1]))
    if not found:
        raise NotApplicableError(
            "This model's norms do not read the stream as it is stored.",
            "Choose a model that normalises before each sublayer, such as SmolLM2 135M.",
            offer="smollm2-135m",
        )
    return found


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
        out, model = norm(x), place.component.original_component(x)
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


# ---- what the views are drawn from -----------------------------------------------------------------------------------

Kind = Literal["rms", "layer"]


@dataclass(frozen=True)
class NormOpened:
    """One norm, over the text and at the selected row."""

    kind: Kind
    eps: float
    scale: Float[Tensor, " pos"]
    after: Float[Tensor, " pos"]
    mean: float
    before: Float[Tensor, " d_model"]
    weight: Float[Tensor, " d_model"]
    bias: Float[Tensor, " d_model"] | None
    out: Float[Tensor, " d_model"]
    base: Float[Tensor, " before"] | None
    """What the rows were divided by without interventions."""


@dataclass(frozen=True)
class NormsScale(Payload):
    """The norms of a layer, and the last one."""

    layer: int
    position: int
    norms: dict[str, NormOpened]


@dataclass(frozen=True)
class NormsMean(Payload):
    """LayerNorm against RMSNorm."""

    difference: Float[Tensor, "depth pos"]
    share: Float[Tensor, "depth pos"]
    layer: int
    position: int
    kind: Kind
    rows: Float[Tensor, "place norm d_model"]
    base: Float[Tensor, " depth"] | None


@dataclass(frozen=True)
class OnTokens:
    """Gradients of decoders that read a text's tokens, as far as decoders have been drawn."""

    read: int
    distinct: int
    depths: list[int]
    found: list[AtDepth]
    exponents: dict[str, float | None]


@dataclass(frozen=True)
class NormsGradients(Payload):
    """Gradients before training."""

    seed: int
    norm: Kind
    draws: int
    d_model: int
    n_heads: int
    here: OnTokens
    base: OnTokens | None
    """On the tokens of the run beside this one."""
    same: bool
    """Whether these, numbered anew, are the same."""


def kind_of(norm: Norm) -> Kind:
    return "rms" if isinstance(norm, RMSNorm) else "layer"


def on_tokens(made: AtStart) -> OnTokens:
    exponents: dict[str, float | None] = {"pre": None, "post": None}
    if len(made.depths) > 1:
        for way in exponents:
            tops = [float(each.w_out[0, -1]) for each in made.found if each.placement == way]
            exponents[way] = exponent(made.depths, tops)
    return OnTokens(made.read, made.distinct, list(made.depths), made.found, exponents)


def exponent(depths: list[int] | tuple[int, ...], sizes: list[float]) -> float:
    """The power of the depth that the sizes follow best: the slope of their logarithms, by least squares.

    >>> round(exponent([1, 4, 16], [8.0, 4.0, 2.0]), 6)
    -0.5
    """
    x, y = (torch.tensor(each, dtype=torch.float64).log() for each in (depths, sizes))
    x, y = x - x.mean(), y - y.mean()
    return float((x * y).sum() / (x * x).sum())
