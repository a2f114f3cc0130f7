"""FP8 attention: what eight bits do to every head of the run, and how softmax hides behind products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from explorer.experiments.systems import fp8_attention as experiment
from explorer.experiments.systems.fp8_attention import HeadErrors
from explorer.figures.systems import fp8_attention as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.hadamard import RandomHadamard, spread
from explorer.stack.systems.overlap import NAMES, RATES, Work, schedule
from explorer.stack.transformer.head_name import head_name
from explorer.tracing.changes.interventions import AblateHead
from explorer.tracing.windows import windows

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

TILES = 6


def errors(scene: Scene) -> Iterator[Rendered[figure.Fp8Errors]]:
    trace, rows = scene.trace, _rows(scene)
    for made in _head_errors(scene.model, trace, rows, scene.ticks("Layers")):
        data = figure.errors(
            made, layer=scene.layer, head=scene.head, n_tokens=len(trace), rows=rows, d_head=trace.dims.d_head
        )
        check = Check("Attention in float64 = the model’s own z", made.model_error, 1e-4, "relative error")
        yield Rendered(data, (check,) if made.measured == made.rmse.shape[1] else (), chosen={"rows": rows})


def _head_errors(model: Model, trace: Trace, rows: int, ticks: Callable[[int, int], None]) -> Iterator[HeadErrors]:
    cut = {(i.layer, i.head) for i in trace.key.interventions if isinstance(i, AblateHead)}
    return experiment.head_errors(trace, windows(model.hf.config), rows, lambda *at: at in cut, ticks)


def turned(scene: Scene) -> Rendered[figure.Fp8Turned]:
    trace, n, rows = scene.trace, len(scene.trace.tokens), _rows(scene)
    first = 0 if n <= figure.WINDOW else max(0, scene.position + 1 - figure.WINDOW)
    turn = experiment.draws(trace.rot_q.shape[-1])[0]
    before, after, wrong = _turned(scene, turn, rows, slice(first, min(n, first + figure.WINDOW)))
    d_head = trace.rot_q.shape[-1]
    data = figure.Fp8Turned(
        layer=scene.layer,
        head=scene.head,
        kv=_kv(scene),
        position=scene.position,
        first=first,
        n_tokens=n,
        rows=rows,
        choices=figure.choices(n),
        d_head=d_head,
        spread=spread(d_head),
        lowest=figure.LOWEST,
        signs=turn.signs,
        before=before,
        after=after,
    )
    return Rendered(
        data,
        (
            Check("(QM)(KM)ᵀ = QKᵀ", wrong.scores, 1e-5, "relative error"),
            Check("Each code is the nearest of E4M3’s 253 numbers", float(wrong.rounding), 0.0, "codes that differ"),
        ),
        title=f"{head_name(scene.layer, scene.head)} before and after the rotation",
        chosen={"rows": rows},
    )


def _kv(scene: Scene) -> int:
    return scene.head // (scene.trace.dims.n_heads // scene.trace.dims.n_kv_heads)


def _turned(
    scene: Scene, turn: RandomHadamard, rows: int, at: slice
) -> tuple[figure.Side, figure.Side, figure.TurnedErrors]:
    trace, layer = scene.trace, scene.layer
    return figure.turned(trace.rot_q[layer, :, scene.head], trace.rot_k[layer, :, _kv(scene)], turn, at, rows)


def overlap(scene: Scene) -> Rendered[figure.Fp8Overlap]:
    work = Work(d_head=scene.whole("d_head"), tiles=TILES, numbers=scene.one_of("numbers", RATES.products))
    made = {name: schedule(name, work) for name in NAMES}
    serial = work.tiles * (2 * work.product + work.softmax)
    return Rendered(
        figure.overlap(work, made),
        (
            Check("Each unit does one task at a time, and each task begins after its input",
                  float(sum(map(figure.clashes, made.values()))), 0.0, "tasks that clash"),
            Check("Time of one after the other = tiles × (2 products + softmax)",
                  abs(made["serial"].seconds / serial - 1), 1e-9, "relative error"),
        ),
    )  # fmt: skip


def _rows(scene: Scene) -> int:
    return _rows_of(scene.trace, scene.whole("rows", default=figure.usual(len(scene.trace))))


def _rows_of(trace: Trace, wanted: int) -> int:
    """Of the rows that a block of this text may have, those nearest to what is wanted."""
    return min(figure.choices(len(trace)), key=lambda size: abs(size - wanted))
