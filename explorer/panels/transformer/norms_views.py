"""Norms: before, after and scale; LayerNorm against RMSNorm; gradients before training, pre-norm and post-norm."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.transformer import norms as experiment
from explorer.figures.transformer import norms as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.gradient_flow import Start


def scale(scene: Scene) -> Rendered[figure.NormsScale]:
    trace, layer, here = scene.trace, scene.layer, scene.position
    before = {}
    if (base := scene.comparable) is not None:
        for place in figure.places(base, scene.against_model.bridge, layer):
            before[place.name] = place.norm.scale(place.stream)[: here + 1]
    found: dict[str, figure.NormOpened] = {}
    error = 0.0
    for place in figure.places(trace, scene.model.bridge, layer):
        made = figure.applied(place, here)
        error = max(error, made.error)
        found[place.name] = figure.NormOpened(
            kind=figure.kind_of(place.norm), eps=place.norm.eps, scale=made.scale, after=made.after, mean=made.mean,
            before=made.before, weight=made.weight, bias=made.bias, out=made.out, base=before.get(place.name),
        )  # fmt: skip
    told = f"The explorer's {len(found)} norms give what the model's own give, at every position"
    return Rendered(figure.NormsScale(layer, here, found), (Check(told, error, 1e-5, "relative error"),))


def mean(scene: Scene) -> Rendered[figure.NormsMean]:
    trace, eps, base = scene.trace, scene.trace.readout.eps, scene.comparable
    found = figure.contrast(trace, eps)
    first = figure.places(trace, scene.model.bridge, 0)[0]
    data = figure.NormsMean(
        difference=found.difference, share=found.share, layer=scene.layer, position=scene.position,
        kind=figure.kind_of(first.norm), rows=figure.both_ways(trace, scene.layer, scene.position, eps),
        base=None if base is None else figure.contrast(base, eps).difference[:, scene.position],
    )  # fmt: skip
    check = Check(
        "They differ by √(2 − 2√(1 − share)), where share is the mean's part of the squared size",
        found.error,
        1e-3,
        "largest error",
    )
    return Rendered(data, (check,))


def gradients(scene: Scene) -> Iterator[Rendered[figure.NormsGradients]]:
    ids = scene.trace.ids
    if len(ids) < 3:
        raise NotApplicableError("Two tokens give one prediction to learn from.", "Write a longer prompt.")
    seed = scene.number("seed", 0, 0, 9999)
    norm = "rms" if scene.choice("norm", "layer", ("layer", "rms")) == "rms" else "layer"
    for made in experiment.at_start(ids, seed, norm, scene.ticks("Models at their start")):
        exponents: dict[str, float | None] = {"pre": None, "post": None}
        if len(made.depths) > 1:
            for way in exponents:
                tops = [float(each.w_out[0, -1]) for each in made.found if each.placement == way]
                exponents[way] = figure.exponent(made.depths, tops)
        data = figure.NormsGradients(
            exponents=exponents, seed=seed, norm=norm, read=made.read, distinct=made.distinct,
            draws=experiment.DRAWS, depths=list(made.depths), d_model=Start.d_model, n_heads=Start.n_heads,
            found=made.found,
        )  # fmt: skip
        told = f"{len(made.found)} losses change along their gradients as much as the gradients say"
        check = Check(told, made.error, 1e-2, "relative error")
        yield Rendered(data, (check,) if made.depths == experiment.DEPTHS else ())
