"""GPTQ, step by step: a column rounded, its error pushed into the rest, and what that saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.errors import NotApplicableError
from explorer.experiments.systems import calibration_text
from explorer.experiments.systems import gptq as experiment
from explorer.experiments.systems.few_bits import Choice, choices
from explorer.figures.systems import gptq as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.quantization.calibration import Inputs
from explorer.stack.systems.quantization.matrices import Matrix, matrices
from explorer.stack.worst import worst

RELATIVE = 1e-5


def steps(scene: Scene) -> Iterator[Rendered[figure.GptqSteps]]:
    matrix, roles = _chosen(scene)
    (chosen, known), (d_out, d_in) = _format(scene, [matrix.name]), matrix.weight.shape
    act_order = scene.one_of("order") == "act"
    inputs = _inputs(scene, matrix)
    last = max(0, d_in - experiment.COLUMNS)
    first = min(scene.whole("from", high=last) // experiment.COLUMNS * experiment.COLUMNS, last)
    made = experiment.walk(matrix, inputs, chosen.formats[matrix.name], act_order, first)
    data = figure.steps(
        made, layer=scene.layer, matrix=matrix.name, roles=roles, format=chosen.name,
        formats=figure.listed(known.values()), act_order=act_order, tokens=inputs.tokens, shape=(d_out, d_in),
    )  # fmt: skip
    yield Rendered(
        data,
        (
            Check("Σe² = tr((W − Q)(H + λ)(W − Q)ᵀ)", made.squares, RELATIVE, "relative error"),
            Check("Sum of all corrections: W − Q = E U", made.summed, RELATIVE, "relative error"),
            Check(
                "Loss by the formula = loss of the text’s outputs, W against Q", made.moved, RELATIVE, "relative error"
            ),
            Check(
                "Weights column by column = weights of the whole matrix in blocks",
                float(made.differing),
                0.0,
                "weights that differ",
            ),
        ),
        title=f"{matrix.name}: round a column, correct the rest",
        note=calibration_text.baseline(scene.model),
    )


def hessian(scene: Scene) -> Iterator[Rendered[figure.GptqHessian]]:
    matrix, roles = _chosen(scene)
    inputs = _inputs(scene, matrix)
    assert inputs.rows is not None, "a block's reading keeps them"
    data, wrong = figure.hessian(
        inputs.hessian, inputs.rows, layer=scene.layer, matrix=matrix.name, roles=roles, tokens=inputs.tokens
    )
    yield Rendered(
        data,
        (
            Check(
                f"Eigenvalues = squared singular values of the {inputs.tokens:,} inputs, times 2/n",
                wrong.eigenvalues,
                RELATIVE,
                "relative error",
            ),
            Check("(UᵀU)(H + λ) = 1", wrong.inverse, RELATIVE, "largest error"),
        ),
        title=f"{matrix.name}: the Hessian of its inputs",
    )


def losses(scene: Scene) -> Iterator[Rendered[figure.GptqLosses]]:
    scope = scene.one_of("scope")
    if scope == "block":
        scene.check_inside("layer")
    (chosen, known), layers = _of_blocks(scene, scope)
    text = sum(each.numel() for each in calibration_text.windows(scene.model))
    note = calibration_text.baseline(scene.model)
    for made in experiment.losses(scene.model, layers, chosen.formats, scene.ticks("Blocks")):
        data = figure.losses(
            made,
            format=chosen.name,
            formats=figure.listed(known.values()),
            scope=scope,
            layer=scene.layer,
            wanted=len(layers),
            tokens=text,
        )
        checks = _loss_checks(made) if data.done == len(layers) else ()
        yield Rendered(data, checks, note=note, chosen={"format": chosen.name})


def _of_blocks(scene: Scene, scope: str) -> tuple[tuple[Choice, dict[str, Choice]], list[int]]:
    """The format and all that suit, and the blocks that are measured."""
    layers = [scene.layer] if scope == "block" else list(range(scene.model.dims.n_layers))
    return _format(scene, [each.name for each in matrices(scene.model.decoder) if each.layer in layers]), layers


def _loss_checks(made: Sequence[experiment.MatrixLoss]) -> tuple[Check, ...]:
    """Of all matrices that are measured."""
    starts = [each.start for each in made if each.start == each.start]
    moved, what = worst(each.moved for each in made), f"loss of the text’s outputs, {len(made)} matrices"
    checks = (Check(f"GPTQ’s loss by the formula = {what}", moved, RELATIVE, "relative error"),)
    if not starts:
        return checks
    return (*checks, Check("AWQ’s loss at exponent 0 = loss of rounding to nearest", worst(starts), RELATIVE,
                           "relative error"))  # fmt: skip


def _chosen(scene: Scene) -> tuple[Matrix, tuple[str, ...]]:
    found = {each.role: each for each in calibration_text.of_block(scene.model, scene.layer, scene.expert)}
    return found[scene.one_of("role", found, next(iter(found)))], tuple(found)


def _inputs(scene: Scene, matrix: Matrix) -> Inputs:
    inputs = calibration_text.reading(scene.model, scene.layer, scene.ticks("Windows of text")).inputs[matrix.name]
    if not inputs.enough:
        raise NotApplicableError(
            f"The router sends only {inputs.tokens} tokens of the text to this expert, too few to measure its inputs.",
            "Choose another expert.",
        )
    return inputs


def _format(scene: Scene, names: Sequence[str]) -> tuple[Choice, dict[str, Choice]]:
    known = choices(matrices(scene.model.decoder), names)
    if not known:
        raise NotApplicableError("No format has groups that divide these rows.", "Choose a model with other widths.")
    return known[scene.one_of("format", known, next(iter(known)))], known
