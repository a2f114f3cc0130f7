"""Norms: before, after and scale; LayerNorm against RMSNorm; gradients before training, pre-norm and post-norm."""

from __future__ import annotations

from typing import Any

from explorer.errors import NotApplicableError
from explorer.figures import norms as figure
from explorer.panels.protocol import Check, Panel, Rendered, Scene, View
from explorer.stack.transformer import gradient_flow, norms


def scale(scene: Scene) -> Rendered:
    trace, layer, here = scene.trace, scene.layer, scene.position
    found: dict[str, Any] = {}
    error = 0.0
    for place in figure.places(trace, scene.model.bridge, layer):
        made = figure.applied(place, here)
        error = max(error, made.error)
        found[place.name] = {
            "kind": "rms" if isinstance(place.norm, norms.RMSNorm) else "layer",
            "eps": place.norm.eps, "scale": made.scale, "after": made.after, "mean": made.mean,
            "before": made.before, "weight": made.weight, "bias": made.bias, "out": made.out, "base": None,
        }  # fmt: skip
    if (base := scene.comparable) is not None:
        for place in figure.places(base, scene.model.bridge, layer):
            found[place.name]["base"] = place.norm.scale(place.stream)[: here + 1]
    check = Check(
        f"The explorer's {len(found)} norms give what the model's own give, at every position",
        error,
        1e-5,
        "relative error",
    )
    return Rendered({"layer": layer, "position": here, "norms": found}, (check,))


def mean(scene: Scene) -> Rendered:
    trace = scene.trace
    found = figure.contrast(trace, trace.readout.eps)
    base = scene.comparable
    kinds = {place.name: place for place in figure.places(trace, scene.model.bridge, 0)}
    first = next(iter(kinds.values()))
    data = {
        "difference": found.difference, "share": found.share,
        "layer": scene.layer, "position": scene.position,
        "kind": "rms" if isinstance(first.norm, norms.RMSNorm) else "layer",
        "rows": figure.both_ways(trace, scene.layer, scene.position, trace.readout.eps),
        "base": None if base is None else figure.contrast(base, trace.readout.eps).difference[:, scene.position],
    }  # fmt: skip
    check = Check(
        "They differ by √(2 − 2√(1 − share)), where share is the mean's part of the squared size",
        found.error,
        1e-3,
        "largest error",
    )
    return Rendered(data, (check,))


def gradients(scene: Scene) -> Rendered:
    ids = scene.trace.ids
    if len(ids) < 3:
        raise NotApplicableError("Two tokens give one prediction to learn from.", "Write a longer prompt.")
    seed = scene.number("seed", 0, 0, 9999)
    norm = scene.choice("norm", "layer", ("layer", "rms"))
    found = figure.at_start(ids, seed, "rms" if norm == "rms" else "layer", scene.progress)
    tops = {way: [float(g.w_out[0, -1]) for g in found.found if g.placement == way] for way in ("pre", "post")}
    data = {
        "exponents": {way: figure.exponent(figure.DEPTHS, sizes) for way, sizes in tops.items()},
        "seed": seed, "norm": norm, "read": found.read, "distinct": found.distinct, "draws": figure.DRAWS,
        "depths": list(figure.DEPTHS), "d_model": gradient_flow.Start.d_model, "n_heads": gradient_flow.Start.n_heads,
        "found": [vars(each) for each in found.found],
    }  # fmt: skip
    check = Check(
        f"{2 * len(figure.DEPTHS)} losses change along their gradients as much as the gradients say",
        found.error,
        1e-2,
        "relative error",
    )
    return Rendered(data, (check,))


PANEL = Panel(
    name="norms",
    title="Norms",
    chapter="transformer",
    order=40,
    about="What a norm divides by, LayerNorm against RMSNorm, pre-norm against post-norm.",
    views=(
        View(
            "scale",
            "Before and after",
            "Every sublayer reads a copy of the stream brought to one size: the stream itself may be a hundred times "
            "longer at one token than at another, what is read is not. Below, the selected token's row, number by "
            "number.",
            scale,
            depends=("position", "layer"),
            provenance=("MEASURED", "DERIVED"),
            source=(norms.RMSNorm, norms.LayerNorm, figure.applied),
        ),
        View(
            "mean",
            "LayerNorm against RMSNorm",
            "LayerNorm takes the row's mean away, RMSNorm leaves it: on the same rows of this run, how far the two "
            "lie apart, at every depth and token.",
            mean,
            depends=("position", "layer"),
            provenance=("MEASURED", "DERIVED"),
            source=(figure.contrast, figure.both_ways, norms.LayerNorm),
        ),
        View(
            "gradients",
            "Norm before, or norm after",
            "Small decoders that nobody has trained read this run's tokens: how much gradient each layer gets when "
            "the norm stands before the sublayer, and when it stands after the addition.",
            gradients,
            controls=("seed", "norm"),
            provenance=("MEASURED", "FORMULA"),
            source=(gradient_flow.gradient_flow, gradient_flow.initialise, figure.at_start),
            heavy=True,
        ),
    ),
)
