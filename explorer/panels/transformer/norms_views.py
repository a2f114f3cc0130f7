"""Norms: before, after and scale; LayerNorm against RMSNorm; gradients before training, pre-norm and post-norm."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.transformer import applied_norms
from explorer.experiments.transformer import norms as experiment
from explorer.figures.transformer import norms as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: Tokens that make two predictions.
LEAST = 3


def scale(scene: Scene) -> Rendered[figure.NormsScale]:
    trace, layer, here = scene.trace, scene.layer, scene.position
    found: dict[str, figure.NormOpened] = {}
    error = 0.0
    for place in applied_norms.places(trace, scene.model.bridge, layer):
        made = applied_norms.applied(place, here)
        error = worst(error, made.error)
        found[place.name] = figure.NormOpened(
            kind=place.kind, eps=place.norm.eps, scale=made.scale, after=made.after, mean=made.mean,
            before=made.before, weight=made.weight, bias=made.bias, out=made.out,
        )  # fmt: skip
    told = f"The explorer’s {len(found)} norms give what the model’s norms give, at every position"
    return Rendered(
        figure.NormsScale(layer=layer, position=here, norms=found), (Check(told, error, 1e-5, "relative error"),)
    )


def mean(scene: Scene) -> Rendered[figure.NormsMean]:
    trace, eps = scene.trace, scene.trace.readout.eps
    found = applied_norms.contrast(trace, eps)
    first = applied_norms.places(trace, scene.model.bridge, 0)[0]
    data = figure.NormsMean(
        difference=found.difference, share=found.share, layer=scene.layer, position=scene.position,
        kind=first.kind, rows=applied_norms.both_ways(trace, scene.layer, scene.position, eps),
    )  # fmt: skip
    rows = found.difference.numel()
    check = Check(
        f"Torch’s rms_norm and layer_norm differ by the same, {rows:,} rows",
        found.error,
        1e-6,
        "largest error",
    )
    return Rendered(data, (check,))


def gradients(scene: Scene) -> Iterator[Rendered[figure.NormsGradients]]:
    ids = scene.trace.ids
    if len(ids) < LEAST:
        raise NotApplicableError("Two tokens give only one prediction, which is too few.", "Write a longer prompt.")
    seed, norm = scene.whole("seed"), scene.one_of("norm", ("layer", "rms"))
    for made in experiment.at_start(ids, seed, norm, scene.ticks("Untrained models")):
        told = f"{len(made.found)} losses change along their gradients as much as the gradients say"
        checks = (Check(told, made.error, 1e-2, "relative error"),) if made.depths == experiment.DEPTHS else ()
        yield Rendered(figure.gradients(made, seed, norm), checks)
