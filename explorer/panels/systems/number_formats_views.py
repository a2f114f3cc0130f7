"""Number formats: the numbers that each format has, on one scale, and what they cost a real model's weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.experiments.systems import number_formats as experiment
from explorer.experiments.systems.number_formats import FormatError, Sample
from explorer.experiments.systems.unchanged_weights import said
from explorer.figures.systems import number_formats as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import matrices
from explorer.stack.systems.quantization.schemes import SCHEMES

#: Bits by which packed rows may differ from what is stated: a scale of a matrix is shared by the sample's rows only.
SPARE = 0.03


def grid(scene: Scene) -> Rendered[figure.NumberGrid]:
    data = figure.grid(scene.real("largest"), scene.one_of("scale") == "log")
    apart, patterns = figure.patterns_apart()
    return Rendered(
        data,
        (
            Check("Each value is the nearest of all numbers of its format, by a search through all",
                  float(figure.not_nearest(data)), 0.0, "numbers that differ"),
            Check(f"Numbers of FP16, BF16, E4M3 and E5M2 by formula = torch’s, all {patterns:,} bit patterns",
                  float(apart), 0.0, "patterns apart"),
        ),
    )  # fmt: skip


def errors(scene: Scene) -> Iterator[Rendered[figure.ErrorsByBits]]:
    decoder, formats = scene.decoder, list(FORMATS.values())
    mixed, roles = SCHEMES[experiment.MIX].formats(matrices(decoder)), experiment.roles(decoder)
    taken, card = experiment.sample(decoder, scene.one_of("role", roles)), scene.model.card
    for measured in experiment.errors(taken, formats, scene.ticks("Formats"), mixed):
        data = figure.errors_by_bits(taken, measured, roles, said(card))
        checks = _checks(taken, measured) if len(measured) > len(formats) else ()
        yield Rendered(data, checks, chosen={"role": taken.role})


def _checks(taken: Sample, measured: Sequence[FormatError]) -> tuple[Check, ...]:
    names, off = figure.off_elsewhere(measured)
    checks = (
        Check("Bits of the packed arrays = the bits that each format states",
              figure.off_stated(taken, measured), SPARE, "bits per weight apart"),
        Check("On N(0, 1) the error of each format ≥ Shannon’s bound 2^−bits", figure.past_bound(measured), 0.0,
              "share below"),
    )  # fmt: skip
    if not names:
        return checks
    what = f"Error of {', '.join(dict.fromkeys(names))} on N(0, 1) = error in bitsandbytes, torchao and ggml"
    return (*checks, Check(what, off, 0.02, "relative difference"))
