"""One matrix: its weights, what a format leaves of them, and one weight worked out."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import Tensor

from explorer.experiments.systems import quantized_matrix as experiment
from explorer.experiments.systems.unchanged_weights import against
from explorer.figures.systems import quantized_matrix as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import FocusField
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.gguf_blocks import Blocks
from explorer.stack.systems.quantization.matrices import Matrix, matrices
from explorer.stack.systems.quantization.normal_float import Table
from explorer.stack.worst import worst

USUAL = ("q4_k", "q4_0", "int8")
"""The first of these that fits is shown first."""


def cells(scene: Scene) -> Rendered[figure.QuantizedMatrixCells]:
    at, roles, n_experts = _matrix(scene)
    weight = at.weight.detach().float()
    out, d_in = weight.shape
    known = experiment.offered(at, matrices(scene.decoder))
    choices = tuple(
        figure.Choice(name=each.name, title=each.title, reason=_misfit(each.format, d_in)) for each in known
    )
    fitting = [each.name for each in choices if not each.reason]
    chosen = scene.one_of("format", fitting, next(name for name in USUAL if name in fitting))
    made = next(each.format for each in known if each.name == chosen)
    row, column = (scene.whole(name, high=size - 1) for name, size in (("row", out), ("column", d_in)))
    row, column = figure.place(weight, row, column, made.group or d_in)
    by_row = made.by_rows
    packed = made.quantize(weight[row : row + figure.ROWS] if by_row else weight)
    stated = figure.stated_bytes(made, packed.shape)
    nbytes = round(packed.bits_per_weight * out * d_in / 8)
    if not by_row:
        packed = made.rows(packed, row, min(row + figure.ROWS, out))
    shown = weight[row : row + figure.ROWS]
    codes, scales = packed.format.unpack(packed)  # rows of a nested format are kept plain
    values = packed.dequantize()
    group = d_in // scales.step.shape[1]
    window = slice(column, column + figure.COLUMNS)
    groups = slice(column // group, -(-min(column + figure.COLUMNS, d_in) // group))
    sigma = float(weight.std())
    bins, counts = figure.histogram(weight)
    tiles, tile_rows, tile_columns = figure.tiled(weight)
    data = figure.QuantizedMatrixCells(
        matrix=at.name,
        role=at.role,
        roles=roles,
        layer=-1 if at.layer is None else at.layer,
        n_layers=scene.model.dims.n_layers,
        expert=-1 if at.expert is None else at.expert,
        n_experts=n_experts,
        out=out,
        d_in=d_in,
        row=row,
        column=column,
        format=chosen,
        title=made.title,
        bits=math.ceil(made.bits),
        group=group,
        choices=choices,
        bits_per_weight=packed.bits_per_weight if by_row else nbytes * 8 / (out * d_in),
        nbytes=nbytes,
        error=float((values - shown).square().mean().sqrt()),
        sigma=sigma,
        n_far=int((weight.abs() > figure.FAR * sigma).sum()),
        far=figure.FAR,
        largest=float(weight.abs().max()),
        weights=shown[:, window],
        values=values[:, window],
        codes=codes[:, window],
        step=scales.step[:, groups],
        low=None if scales.low is None else scales.low[:, groups],
        levels=made.levels,
        first_group=groups.start,
        two=figure.two_levels(made, scales, groups, d_in),
        bins=bins,
        counts=counts,
        tiles=tiles,
        tile_rows=tile_rows,
        tile_columns=tile_columns,
    )
    checks: list[Check] = []
    if not (isinstance(made, Table) and made.nested):  # there codes are found before the scales are rounded to 8 bits
        apart = figure.farther_than_nearest(made, shown, codes, scales)
        statement = "Each stored code is as near to its weight as the nearest level"
        checks.append(Check(statement, apart, figure.rounded(made, scales), "steps"))
    if stated is not None:
        whole = stated if not by_row else round(stated * out / packed.shape[0])
        checks.append(Check("Packed bytes = bytes by the specification", float(abs(nbytes - whole)), 0.0, "bytes"))
    if isinstance(made, Blocks):
        apart = float((figure.by_gguf(made, packed) - values).abs().max())
        checks.append(Check("Values = values that the gguf package reads from the same bytes", apart, 0.0))
    return Rendered(
        data, tuple(checks), title=f"{_said(at)}: each weight before and after rounding", note=_baseline(scene)
    )


def formats(scene: Scene) -> Iterator[Rendered[figure.QuantizedMatrixFormats]]:
    at, _, _ = _matrix(scene)
    if at.layer is not None:
        scene.check_inside("layer")
    weight, title = at.weight.detach().float(), f"All formats on {_said(at)}"
    focus: dict[FocusField, int] = {} if at.layer is None else {"layer": at.layer}
    known, rows = experiment.offered(at, matrices(scene.decoder)), experiment.sampled(weight).shape[0]
    for found in experiment.tried(weight, known, scene.ticks("Formats")):
        data = figure.QuantizedMatrixFormats(
            matrix=at.name,
            out=weight.shape[0],
            d_in=weight.shape[1],
            rows=rows,
            sigma=float(weight.std()),
            total=len(FORMATS) + 1,
            tried=tuple(found),
        )
        checks = (_stated(weight, known, found),) if len(found) == len(known) else ()
        yield Rendered(data, checks, title=title, note=_baseline(scene), chosen={"role": at.role}, focus=focus)


def _stated(weight: Tensor, known: list[experiment.Offered], found: list[experiment.Tried]) -> Check:
    shape, formats = experiment.sampled(weight).shape, {each.name: each.format for each in known}
    fits = [each for each in found if not each.reason]
    stated = [figure.stated_bytes(formats[each.name], (shape[0], shape[1])) for each in fits]
    wrong = [
        abs(round(each.bits_per_weight * shape.numel() / 8) - says)
        for each, says in zip(fits, stated, strict=True)
        if says is not None
    ]
    return Check("Packed bytes = bytes by the specifications", float(worst(0, *wrong)), 0.0, "bytes")


def _misfit(each: Format, d_in: int) -> str:
    """Why a format's codes cannot be shown weight by weight; nothing if they can."""
    if each.vector > 1:
        return f"One code stands for {each.vector} weights together, so no weight has its own code."
    return each.misfit(d_in) or ""


def _matrix(scene: Scene) -> tuple[Matrix, tuple[str, ...], int]:
    """The chosen one, the roles that there are, and how many experts."""
    known = matrices(scene.decoder)
    roles = tuple(dict.fromkeys(each.role for each in known))
    role = scene.one_of("role", roles, "W_out" if "W_out" in roles else "out")
    mine = [each for each in known if each.role == role and each.layer in (scene.layer, None)]
    if not mine:  # some blocks of a mixture are dense
        mine = [each for each in known if each.role == role]
    return mine[scene.whole("expert", high=len(mine) - 1)], roles, len(mine)


def _said(at: Matrix) -> str:
    expert = "" if at.expert is None else f", expert {at.expert}"
    return at.role if at.layer is None else f"{at.role} of block {at.layer}{expert}"


def _baseline(scene: Scene) -> str:
    """What the errors are measured against."""
    return against("Errors", scene.model.card)
