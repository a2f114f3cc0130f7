"""Norms: before, after and scale; LayerNorm against RMSNorm; gradients before training, pre-norm and post-norm."""

from __future__ import annotations

from typing import Any

from explorer.errors import NotApplicableError
from explorer.figures.transformer import norms as figure
from explorer.panels.protocol import Check, Rendered, Scene
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
    found = figure.at_start(ids, seed, "rms" if norm == "rms" else "layer", scene.ticks("Models at their start"))
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
