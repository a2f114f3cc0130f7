"""Number formats: the numbers that each format has, on one scale, and what they cost a real model's weights."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.systems import number_formats as experiment
from explorer.figures.systems import number_formats as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.quantization.formats import FORMATS

#: Bits by which packed rows may differ from what is stated: a scale of a matrix is shared by the sample's rows only.
SPARE = 0.03


def grid(scene: Scene) -> Rendered[figure.NumberGrid]:
    data = figure.grid(
        scene.number("largest", 1.0, 0.5, 1.0), scene.choice("scale", "linear", ("linear", "log")) == "log"
    )
    apart, patterns = figure.patterns_apart()
    return Rendered(
        data,
        (
            Check("Each value is the nearest of all that its format has, found by looking",
                  float(figure.not_nearest(data)), 0.0, "numbers that are not"),
            Check(f"Numbers of FP16, BF16, E4M3 and E5M2 by formula = torch’s, all {patterns:,} bit patterns",
                  float(apart), 0.0, "patterns apart"),
        ),
    )  # fmt: skip


def errors(scene: Scene) -> Iterator[Rendered[figure.ErrorsByBits]]:
    decoder, formats = scene.decoder, list(FORMATS.values())
    roles = experiment.roles(decoder)
    taken = experiment.sample(decoder, scene.choice("role", experiment.EVERY, roles))
    card = scene.model.card
    for measured in experiment.errors(taken, formats, scene.ticks("Formats")):
        data = figure.errors_by_bits(taken, measured, roles, card.title, card.weights_note)
        if len(measured) < len(formats):
            yield Rendered(data)
            continue
        names, off = figure.off_elsewhere(measured)
        checks = (
            Check("Bytes of the packed arrays = the bits that each format states", figure.off_stated(taken, measured),
                  SPARE, "bits a weight apart"),
            Check("On N(0, 1) no format passes Shannon’s bound 2^−bits", max(0.0, figure.past_bound(measured)), 0.0,
                  "passed by"),
        )  # fmt: skip
        if names:
            what = f"On N(0, 1) {', '.join(names)} err as in bitsandbytes, torchao and ggml"
            checks += (Check(what, off, 0.02, "relative difference"),)
        yield Rendered(data, checks)
