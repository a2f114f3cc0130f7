"""Whole model: which part suffers, bits under a budget, size against quality."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.architectures.held_out import unknown
from explorer.experiments.systems.quantized_model_budget import MEASURED_AT, Budgets, budgets
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
    return f"{mix.title} on this model: {in_words(mix, known, model.dims.n_heads // model.dims.n_kv_heads)}"


def _there(scene: Scene) -> Model | None:
    """The other run's model, as it was loaded. Raises NotApplicableError where it is this run's."""
    if scene.there is None:
        return None
    if _model(scene.there) is _model(scene):
        raise NotApplicableError("Both runs have the same model, and this view packs it as it was loaded.")
    return _model(scene.there)


def parts(scene: Scene) -> Iterator[Rendered[figure.QuantizedParts]]:
    model, there, made = _model(scene), _there(scene), None
    known, n_layers = matrices(model.decoder), model.dims.n_layers
    name = scene.one_of("format", SCHEMES)
    formats = tuple(figure.named(each, each.misfit(known)) for each in SCHEMES.values())
    for made in sensitivities(model, name, scene.ticks("Parts packed alone")):
        yield Rendered(figure.parts(made, known, n_layers, formats, _baseline(model)))
    if made is None:
        return
    proofs, base = [_read_anew(model, made)], None
    if there is not None and scene.there is not None:
        theirs, others = None, matrices(there.decoder)
        if misfit := made.fmt.misfit(others):
            raise NotApplicableError(
                f"{made.fmt.title} does not suit the other model. {misfit}", "Choose another format."
            )
        *_, theirs = sensitivities(there, made.fmt.name, scene.there.ticks("Parts packed alone"))
        proofs.append(_read_anew(there, theirs))
        base = figure.parts_beside(theirs, others, there.card.title)
    off, forward = (worst(each) for each in zip(*proofs, strict=True))
    checks = (
        Check(f"KL of {AGAIN} matrices = KL through all blocks in float64", off, 0.01, "relative error"),
        Check("Forward pass used here = the loaded model’s logits", forward, 1e-3),
    )
    data = figure.parts(made, known, n_layers, formats, _baseline(model), base)
    yield Rendered(data, checks, note=_mixed(model, made.fmt.mix))


def _read_anew(model: Model, made: Map) -> tuple[float, float]:
    """How far the KL of a few matrices is off that of all blocks run, and the forward pass off the model's."""
    known, reading, off = matrices(model.decoder), reading_of_parts(model), 0.0
    for matrix in (known[at * (len(known) - 1) // (AGAIN - 1)] for at in range(AGAIN)):
        again = whole_kl(reading, {matrix.name: made.formats[matrix.name].quantize(matrix.weight)})
        off = worst(off, abs(again - made.cells[matrix.name].kl) / max(again, 1e-6))
    return off, model_error(model, reading)


def budget(scene: Scene) -> Iterator[Rendered[figure.QuantizedBudget]]:
    model, there, made = _model(scene), _there(scene), None
    known, n_layers = matrices(model.decoder), model.dims.n_layers

    def drawn(made: Budgets, theirs: Budgets | None = None) -> Rendered[figure.QuantizedBudget]:
        base = None if theirs is None or there is None else figure.budget_beside(theirs, there.card.title)
        judged = [*made.judged, *(theirs.judged if theirs else ())]
        choices = len(made.formats) + len(MEASURED_AT)
        checks = ()
        if len(made.judged) == choices and (there is None) == (theirs is None):
            off = worst(abs(each.nbytes - each.packed) for each in judged)
            what = f"Bytes of {len(judged)} choices, summed over matrices = bytes of the packed arrays"
            checks = (Check(what, float(off), 0.0, "bytes"),)
        note = _mixed(model, MIXES["q4_k_m"]) if len(made.cells) == made.total else ""
        return Rendered(figure.budget(made, known, n_layers, _baseline(model), base), checks, note=note)

    for made in budgets(model, scene.progress):
        yield drawn(made)
    if there is not None and scene.there is not None and made is not None:
        *_, theirs = budgets(there, scene.there.progress)
        yield drawn(made, theirs)


def quality(scene: Scene) -> Iterator[Rendered[figure.QuantizedQuality]]:
    model, there, made = _model(scene), _there(scene), None
    each = scene.whole("passages")
    note = f"{unknown(model.name, 'this text')} {_mixed(model, MIXES['q4_k_m'])}".strip()
    for made in qualities(model, each, scene.ticks("Formats")):
        data = figure.quality(made, _baseline(model), each)
        checks = _checks(model, made) if len(made.made) == made.total and there is None else ()
        yield Rendered(data, checks, note=note)
    if there is not None and scene.there is not None and made is not None:
        *_, theirs = qualities(there, each, scene.there.ticks("Formats"))
        data = figure.quality(made, _baseline(model), each, figure.quality_beside(theirs, there.card.title))
        both = zip(_checks(model, made), _checks(there, theirs), strict=True)
        yield Rendered(data, tuple(max(pair, key=_misses) for pair in both), note=note)


def _misses(check: Check) -> tuple[bool, float]:
    """By how much of what it allows; the first part says it of NaN too."""
    return not check.holds, check.error / (check.tolerance or 1)


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
