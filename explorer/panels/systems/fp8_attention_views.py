"""FP8 attention: what eight bits do to every head of the run, and how softmax hides behind products."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.systems import fp8_attention as experiment
from explorer.figures.systems import fp8_attention as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.hadamard import spread
from explorer.stack.systems.overlap import NAMES, Work, schedule
from explorer.tracing.interventions import AblateHead
from explorer.tracing.windows import windows

WIDTHS = (64, 128, 256)
TILES = 6


def errors(scene: Scene) -> Iterator[Rendered[figure.Fp8Errors]]:
    trace, n = scene.trace, len(scene.trace.tokens)
    rows = _rows(scene)
    cut = {(i.layer, i.head) for i in trace.key.interventions if isinstance(i, AblateHead)}
    sliding = windows(scene.model.hf.config)
    for made in experiment.head_errors(trace, sliding, rows, lambda *at: at in cut, scene.ticks("Layers")):
        data = figure.errors(made, layer=scene.layer, head=scene.head, n_tokens=n, rows=rows, d_head=trace.dims.d_head)
        whole = made.measured == trace.dims.n_layers
        checks = (Check("Attention in float64 = the model’s own z", made.model_error, 1e-4, "relative error"),)
        yield Rendered(data, checks if whole else ())


def turned(scene: Scene) -> Rendered[figure.Fp8Turned]:
    trace, layer, head = scene.trace, scene.layer, scene.head
    kv, n, rows = head // (trace.dims.n_heads // trace.dims.n_kv_heads), len(trace.tokens), _rows(scene)
    turn = experiment.draws(trace.rot_q.shape[-1])[0]
    first = 0 if n <= figure.WINDOW else max(0, scene.position + 1 - figure.WINDOW)
    at = slice(first, min(n, first + figure.WINDOW))
    before, after, wrong = figure.turned(trace.rot_q[layer, :, head], trace.rot_k[layer, :, kv], turn, at, rows)
    d_head = trace.rot_q.shape[-1]
    data = figure.Fp8Turned(
        layer, head, kv, scene.position, first, n, rows, figure.choices(n), d_head, spread(d_head), figure.LOWEST,
        turn.signs, before, after,
    )  # fmt: skip
    return Rendered(
        data,
        (
            Check("(QM)(KM)ᵀ = QKᵀ", wrong.scores, 1e-5, "relative error"),
            Check("Each code is the nearest of E4M3’s 253 numbers", float(wrong.rounding), 0.0, "codes that are not"),
        ),
        title=f"L{layer}.H{head} before and after the rotation",
    )


def overlap(scene: Scene) -> Rendered[figure.Fp8Overlap]:
    wanted = scene.number("d_head", 128, WIDTHS[0], WIDTHS[-1])
    numbers = "fp8" if scene.choice("numbers", "fp16", ("fp16", "fp8")) == "fp8" else "fp16"
    work = Work(d_head=min(WIDTHS, key=lambda width: abs(width - wanted)), tiles=TILES, numbers=numbers)
    made = {name: schedule(name, work) for name in NAMES}
    serial = work.tiles * (2 * work.product + work.softmax)
    return Rendered(
        figure.overlap(work, made),
        (
            Check("No unit does two things at once, nothing begins before its input",
                  float(sum(map(figure.clashes, made.values()))), 0.0, "tasks that clash"),
            Check("One after the other takes tiles × (2 products + softmax)",
                  abs(made["serial"].seconds / serial - 1), 1e-9, "relative error"),
        ),
    )  # fmt: skip


def _rows(scene: Scene) -> int:
    wanted = scene.number("rows", figure.usual(len(scene.trace.tokens)), figure.ROWS[0], figure.ROWS[-1])
    return min(figure.choices(len(scene.trace.tokens)), key=lambda size: abs(size - wanted))
