"""The backward pass: the square is made again, tile by tile, from one number a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from explorer.errors import NotApplicableError
from explorer.experiments.systems import flash_backward as experiment
from explorer.figures.systems import flash_backward as figure
from explorer.figures.systems.traced_head import model_weights
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.tracing.gradients import Objective
from explorer.tracing.interventions import AblateHead
from explorer.tracing.windows import windows


def tile(scene: Scene) -> Iterator[Rendered[figure.BackwardTiles]]:
    trace, layer, head, here = scene.trace, scene.layer, scene.head, scene.position
    objective = cast("Objective", scene.choice("objective", "logit", ("logit", "loss")))
    n = len(trace.tokens)
    if objective == "loss" and n < 2:
        raise NotApplicableError("A single token has no next one to be surprised by.", "Write a longer prompt.")
    made = experiment.backward(
        scene.model, trace, layer, head, windows(scene.model.hf.config)[layer], objective, here, scene.target,
        scene.ticks("Blocks"),
    )  # fmt: skip
    at = figure.window(n, here)
    size = _tile(scene, at.stop - at.start)
    cut = experiment.squares(made, at, size)
    kv = head // (trace.dims.n_heads // trace.dims.n_kv_heads)
    data = figure.tiles(
        made, cut, at, layer=layer, head=head, kv=kv, position=here, tile=size, objective=objective, target=scene.target
    )
    errors = figure.errors(made, cut, trace.pattern[layer, head, at, at])
    weights, off = model_weights(trace, layer, head)
    moved = "the loss" if objective == "loss" else "the logit"
    checks = [
        Check("Gradients by tiles = autograd through standard attention", made.gradient_error, 1e-4, "relative error"),
        Check("rowsum(dO ∘ O) = rowsum(dP ∘ P)", errors.delta, 1e-3, "relative error"),
        Check(f"exp(S − L) = {weights}", max(errors.pattern, off), 1e-4, "largest error"),
    ]
    if made.gradient.predicted:  # beyond the position that is read, a head's gradient is nought
        checks.append(
            Check(f"A small step along dO moves {moved} as dO says", made.gradient.error, 2e-2, "relative error")
        )
    cut_at = f"Positions {at.start} to {at.stop - 1} of {n} are drawn." if at.stop - at.start < n else ""
    yield Rendered(
        data, tuple(checks), token_ids=[scene.target], title=f"Gradients of L{layer}.H{head}, tile by tile",
        note=" ".join(filter(None, (cut_at, _ablated(scene)))),
    )  # fmt: skip


def kept(scene: Scene) -> Rendered[figure.BackwardKept]:
    trace, layer, head = scene.trace, scene.layer, scene.head
    own = experiment.Head.of(trace, layer, head, windows(scene.model.hf.config)[layer])
    n, d_head = own.q.shape[2:]
    size = figure.counted(n, _tile(scene, min(n, figure.WINDOW)))
    made = experiment.kept(own, size)
    data = figure.kept(
        made, layer=layer, head=head, n=n, d_head=d_head, tile=size, n_heads=trace.dims.n_heads,
        n_layers=trace.dims.n_layers,
    )  # fmt: skip
    wanted = figure.expected_bytes(n, d_head, own.mask.cap)
    apart = max(
        abs(sum(each.bytes for each in saved) - formula)
        for saved, formula in zip((made.standard, made.flash), wanted, strict=True)
    )
    counted = (made.forward.flops, made.backward.flops)
    miscounted = max(abs(a - b) for a, b in zip(counted, figure.expected_flops(n, d_head, size, own.mask), strict=True))
    return Rendered(
        data,
        (
            Check("Bytes that autograd kept, both ways = formula", float(apart), 0.0, "bytes apart"),
            Check("FLOPs counted in both passes = formula", float(miscounted), 0.0, "FLOPs apart"),
        ),
        title=f"Kept for L{layer}.H{head}, or made again",
    )


def _tile(scene: Scene, n: int) -> int:
    wanted = scene.number("tile", figure.usual(n), figure.TILES[0], figure.TILES[-1])
    return min(figure.TILES, key=lambda size: abs(size - wanted))


def _ablated(scene: Scene) -> str:
    cut = [i for i in scene.trace.key.interventions if isinstance(i, AblateHead)]
    off = any((i.layer, i.head) == (scene.layer, scene.head) for i in cut)
    return "The head is ablated: dO is the gradient where its output is cut." if off else ""
