"""AWQ and SmoothQuant: a few channels are far louder than the rest, and scales that cost nothing even them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.errors import NotApplicableError
from explorer.experiments.systems import activation_aware as experiment
from explorer.experiments.systems import calibration_text, turned_stream
from explorer.experiments.systems.few_bits import Choice, choices
from explorer.figures.systems import activation_aware as figure
from explorer.figures.systems.gptq import listed
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.quantization import awq, smooth_quant
from explorer.stack.systems.quantization.matrices import matrices

RELATIVE = 1e-4


def ranges(scene: Scene) -> Iterator[Rendered[figure.AwareRanges]]:
    found, role, roles = _read(scene)
    window = min(calibration_text.WINDOW, scene.model.dims.n_ctx)
    data = figure.ranges(found, layer=scene.layer, role=role, roles=roles, window=window)
    scales = (
        awq.scale_of(found.inputs.mean_abs, 0.5),
        smooth_quant.scale_of(found.inputs.largest, found.weights, 0.5),
    )
    wrong = sum(experiment.folding_error(found, scale) for scale in scales)
    yield Rendered(
        data,
        (Check("(x ÷ s)(W · s)ᵀ = x Wᵀ at exponent ½, both methods", wrong, RELATIVE, "of the largest output"),),
        token_ids=[each.token for each in data.outliers],
    )


def errors(scene: Scene) -> Iterator[Rendered[figure.AwareErrors]]:
    scene.check_inside("layer")
    found, role, roles = _read(scene)
    chosen, known = _format(scene, found.seam.readers)
    made = experiment.errors(found, chosen.formats)
    data = figure.errors(
        made, layer=scene.layer, role=role, roles=roles, format=chosen.name,
        formats=listed(known.values()), tokens=found.inputs.tokens,
    )  # fmt: skip
    yield Rendered(
        data,
        (
            Check("AWQ’s error at exponent 0 = error of rounding to nearest, on the text’s outputs",
                  abs(made.awq[0] / made.nearest - 1), RELATIVE, "relative error"),
            Check("Error of integer products without smoothing = error of rounded numbers in float64",
                  made.whole_numbers, 0.01, "relative error"),
            Check("AWQ’s smallest error by the formula = error on the text’s outputs", made.moved, RELATIVE,
                  "relative error"),
            Check("Error of each clipped group by H = error on the group’s inputs", made.groups_moved, RELATIVE,
                  "relative error"),
        ),
        note=calibration_text.baseline(scene.model),
        chosen={"seam": role, "format": chosen.name},
    )  # fmt: skip


def product(scene: Scene) -> Iterator[Rendered[figure.AwareProduct]]:
    found, role, roles = _read(scene)
    alpha = round(20 * scene.real("alpha")) / 20
    outputs = len(found.weights[0])
    token = scene.whole("token", high=found.inputs.tokens - 1)
    output = scene.whole("output", high=outputs - 1)
    made = experiment.one(found, alpha, token, output)
    data = figure.product(
        made, layer=scene.layer, role=role, roles=roles, reader=found.seam.readers[0], alpha=alpha, token=token,
        tokens=found.inputs.tokens, id=int(found.ids[token]), output=output, outputs=outputs,
    )  # fmt: skip
    written = int((data.x_codes * data.w_codes).sum()) + data.rest
    smoothed = float(made.x.double() @ made.w.double())
    size = float((made.x.double() * made.w.double()).abs().sum())
    yield Rendered(
        data,
        (
            Check("The integer product = the codes multiplied one by one", float(abs(made.total - made.by_hand)), 0.0,
                  "difference"),
            Check("Listed products + the rest = the sum", float(abs(written - made.total)), 0.0, "difference"),
            Check("Output smoothed and unrounded = the model’s own", abs(smoothed - made.exact) / size, RELATIVE,
                  "relative error"),
        ),
        token_ids=[data.id],
    )  # fmt: skip


def turned(scene: Scene) -> Iterator[Rendered[figure.AwareTurned]]:
    chosen, known = _format(scene, [each.name for each in calibration_text.of_block(scene.model, scene.layer, 0)])
    made = turned_stream.turned(scene.model, scene.layer, chosen.formats, scene.ticks("Windows of text"))
    yield Rendered(
        figure.turned(made, layer=scene.layer, format=chosen.name, formats=listed(known.values())),
        (
            Check("Logits of the rotated model = logits of the model", made.logits, RELATIVE, "relative error"),
            Check(
                "Squares of Q’s outputs on the text, rotated = unrotated", made.unchanged, RELATIVE, "relative error"
            ),
        ),
        note=calibration_text.baseline(scene.model),
    )


def _format(scene: Scene, names: Sequence[str]) -> tuple[Choice, dict[str, Choice]]:
    known = choices(matrices(scene.model.decoder), names)
    if not known:
        raise NotApplicableError("No format has groups that divide these rows.", "Choose a model with other widths.")
    return known[scene.one_of("format", known, next(iter(known)))], known


def _read(scene: Scene) -> tuple[experiment.Read, str, tuple[str, ...]]:
    known = experiment.seam_names(scene.model, scene.layer)
    role = scene.one_of("seam", known, next(iter(known), ""))
    return experiment.read(scene.model, scene.layer, role, scene.ticks("Windows of text")), role, tuple(known)
