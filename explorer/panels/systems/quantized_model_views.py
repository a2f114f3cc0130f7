"""Whole model: which part suffers, bits under a budget, size against quality."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.architectures.held_out import unknown
from explorer.experiments.systems.quantized_model_budget import MEASURED_AT, budgets
from explorer.experiments.systems.quantized_model_parts import Map, sensitivities
from explorer.experiments.systems.quantized_model_quality import Qualities, qualities
from explorer.experiments.systems.quantized_model_reading import (
    model_error,
    pack,
    reading_of_parts,
    whole_kl,
)
from explorer.experiments.systems.unchanged_weights import against
from explorer.figures.systems import quantized_model as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.quantization.matrices import matrices
from explorer.stack.systems.quantization.mix import MIXES, Mix, in_words
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.stack.systems.quantization.sensitivity import Reading
from explorer.stack.worst import worst
from explorer.zoo.model import Model

#: Matrices whose KL is measured anew with all blocks run.
AGAIN = 3


def _model(scene: Scene) -> Model:
    return scene.model.original


def _baseline(model: Model) -> str:
    """What the packed weights are held against, in sentences."""
    return against("All differences", model.card)


def _mixed(model: Model, mix: Mix | None) -> str:
    """Which matrices take which format in a mix, and which fall back."""
    if mix is None:
        return ""
    known = matrices(model.decoder)
    return f"{mix.title} on {model.card.title}: {in_words(mix, known, model.dims.n_heads // model.dims.n_kv_heads)}"


def parts(scene: Scene) -> Iterator[Rendered[figure.QuantizedParts]]:
    model, made = _model(scene), None
    known, n_layers = matrices(model.decoder), model.dims.n_layers
    name = scene.one_of("format", SCHEMES)
    formats = tuple(figure.named(each, each.misfit(known)) for each in SCHEMES.values())
    for made in sensitivities(model, name, scene.ticks("Parts packed alone")):
        yield Rendered(figure.parts(made, known, n_layers, formats, _baseline(model)))
    if made is None:
        return
    off, forward = _read_anew(model, made)
    checks = (
        Check(f"KL of {AGAIN} matrices = KL through all blocks in float64", off, 0.01, "relative error"),
        Check("Forward pass used here = the loaded model’s logits", forward, 1e-3),
    )
    data = figure.parts(made, known, n_layers, formats, _baseline(model))
    yield Rendered(data, checks, note=_mixed(model, made.fmt.mix))


def _read_anew(model: Model, made: Map) -> tuple[float, float]:
    """How far the KL of a few matrices is off that of all blocks run, and the forward pass off the model's."""
    known, reading, off = matrices(model.decoder), reading_of_parts(model), 0.0
    for matrix in (known[at * (len(known) - 1) // (AGAIN - 1)] for at in range(AGAIN)):
        again = whole_kl(reading, {matrix.name: made.formats[matrix.name].quantize(matrix.weight)})
        off = worst(off, abs(again - made.cells[matrix.name].kl) / max(again, 1e-6))
    return off, model_error(model, reading)


def budget(scene: Scene) -> Iterator[Rendered[figure.QuantizedBudget]]:
    model = _model(scene)
    known, n_layers = matrices(model.decoder), model.dims.n_layers
    for made in budgets(model, scene.progress):
        checks = ()
        if len(made.judged) == len(made.formats) + len(MEASURED_AT):
            off = worst(abs(each.nbytes - each.packed) for each in made.judged)
            what = f"Bytes of {len(made.judged)} choices, summed over matrices = bytes of the packed arrays"
            checks = (Check(what, float(off), 0.0, "bytes"),)
        note = _mixed(model, MIXES["q4_k_m"]) if len(made.cells) == made.total else ""
        yield Rendered(figure.budget(made, known, n_layers, _baseline(model)), checks, note=note)


def quality(scene: Scene) -> Iterator[Rendered[figure.QuantizedQuality]]:
    model, each = _model(scene), scene.whole("passages")
    note = f"{unknown(model.name, 'this text')} {_mixed(model, MIXES['q4_k_m'])}".strip()
    for made in qualities(model, each, scene.ticks("Formats")):
        checks = _checks(model, made) if len(made.made) == made.total else ()
        yield Rendered(figure.quality(made, _baseline(model), each), checks, note=note)


def _checks(model: Model, made: Qualities) -> tuple[Check, ...]:
    reading = Reading(model.decoder, made.ids[:1], made.context)
    # Of a format that changes much: of one that changes next to nothing both divergences are rounding.
    found = max(made.made, key=lambda each: float(each.scores.kl.mean()))
    scheme, known = found.scheme, matrices(model.decoder)
    packed = pack(known, [*scheme.formats(known).values()])
    n = reading.n
    shown = float(found.scores.kl[:n].mean())
    again = whole_kl(reading, packed)
    counted = sum(each.nbytes for each in packed.values()) + model.dims.parameters * 4
    counted -= sum(4 * each.weight.numel() for each in known)
    return (
        Check("Forward pass used here = the loaded model’s logits", model_error(model, reading), 1e-3),
        Check(
            f"{scheme.title}: KL of {n} predictions = torch’s own divergence in float64",
            abs(again - shown) / max(again, 1e-6), 0.01, "relative error",
        ),
        Check(
            f"{scheme.title}: bytes counted = bytes of the packed matrices + 4 for each other number",
            float(abs(found.nbytes - counted)), 0.0, "bytes",
        ),
    )  # fmt: skip
