"""Norms: before, after and scale; LayerNorm against RMSNorm; gradients before training, pre-norm and post-norm."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.transformer import applied_norms
from explorer.experiments.transformer import norms as experiment
from explorer.experiments.transformer.norms import AtStart
from explorer.figures.transformer import norms as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.gradient_flow import Start
from explorer.stack.worst import worst

#: Tokens that make two predictions.
LEAST = 3


def scale(scene: Scene) -> Rendered[figure.NormsScale]:
    trace, layer, here = scene.trace, scene.layer, scene.position
    before = {}
    if (base := scene.comparable) is not None:
        for place in applied_norms.places(base, scene.against_model.bridge, layer):
            before[place.name] = place.norm.scale(place.stream)[: here + 1]
    found: dict[str, figure.NormOpened] = {}
    error = 0.0
    for place in applied_norms.places(trace, scene.model.bridge, layer):
        made = applied_norms.applied(place, here)
        error = worst(error, made.error)
        found[place.name] = figure.NormOpened(
            kind=place.kind, eps=place.norm.eps, scale=made.scale, after=made.after, mean=made.mean,
            before=made.before, weight=made.weight, bias=made.bias, out=made.out, base=before.get(place.name),
        )  # fmt: skip
    told = f"The explorer’s {len(found)} norms give what the model’s norms give, at every position"
    return Rendered(
        figure.NormsScale(layer=layer, position=here, norms=found), (Check(told, error, 1e-5, "relative error"),)
    )


def mean(scene: Scene) -> Rendered[figure.NormsMean]:
    trace, eps, base = scene.trace, scene.trace.readout.eps, scene.comparable
    found = applied_norms.contrast(trace, eps)
    first = applied_norms.places(trace, scene.model.bridge, 0)[0]
    data = figure.NormsMean(
        difference=found.difference, share=found.share, layer=scene.layer, position=scene.position,
        kind=first.kind, rows=applied_norms.both_ways(trace, scene.layer, scene.position, eps),
        base=None if base is None else applied_norms.contrast(base, eps).difference[:, scene.position],
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
    ids, other = scene.trace.ids, scene.other
    if len(ids) < LEAST:
        raise NotApplicableError("Two tokens give only one prediction, which is too few.", "Write a longer prompt.")
    seed, norm = scene.whole("seed"), scene.one_of("norm", ("layer", "rms"))
    there = None if other is None or len(other.other.trace.ids) < LEAST else other.other.trace.ids
    same = there is not None and torch.equal(*map(experiment.numbered_anew, (ids, there)))

    def shown(made: AtStart, *beside: AtStart) -> Rendered[figure.NormsGradients]:
        base = figure.on_tokens(made if same else beside[0]) if same or beside else None
        data = figure.NormsGradients(
            seed=seed,
            norm=norm,
            draws=experiment.DRAWS,
            d_model=Start.d_model,
            n_heads=Start.n_heads,
            here=figure.on_tokens(made),
            base=base,
            same=same,
        )
        both = [made, *beside]
        whole = all(each.depths == experiment.DEPTHS for each in both) and (base is not None or there is None)
        losses = sum(len(each.found) for each in both)
        told = f"{losses} losses change along their gradients as much as the gradients say"
        check = Check(told, worst(each.error for each in both), 1e-2, "relative error")
        return Rendered(data, (check,) if whole else ())

    made = None
    for made in experiment.at_start(ids, seed, norm, scene.ticks("Untrained models")):
        yield shown(made)
    if there is not None and not same and made is not None:
        for beside in experiment.at_start(there, seed, norm, scene.ticks("Models that read the other run")):
            yield shown(made, beside)
