"""The backward pass: the square is made again, tile by tile, from one number a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from explorer.errors import NotApplicableError
from explorer.experiments.systems import flash_backward as experiment
from explorer.experiments.systems.traced_head import model_weights
from explorer.figures.systems import flash_backward as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.head_name import head_name
from explorer.stack.worst import worst
from explorer.tracing.changes.interventions import AblateHead
from explorer.tracing.probes.gradients import Objective
from explorer.tracing.windows import windows


def tile(scene: Scene) -> Iterator[Rendered[figure.BackwardTiles]]:
    trace, layer, head, here, target = scene.trace, scene.layer, scene.head, scene.position, scene.target
    objective: Objective = scene.one_of("objective", get_args(Objective))
    n = len(trace.tokens)
    if objective == "loss" and n < 2:
        raise NotApplicableError("A text of one token has no next token, so it has no loss.", "Write a longer prompt.")
    sliding = windows(scene.model.hf.config)[layer]
    made = experiment.backward(scene.model, trace, layer, head, sliding, objective, here, target, scene.ticks("Blocks"))
    at = figure.window(n, here)
    size = _tile(scene, at.stop - at.start)
    cut = experiment.squares(made, at, size)
    data = figure.tiles(
        made, cut, at, layer=layer, head=head, kv=head // (trace.dims.n_heads // trace.dims.n_kv_heads),
        position=here, tile=size, objective=objective, target=target,
    )  # fmt: skip
    checks = _tile_checks(made, figure.errors(made, cut, trace.pattern[layer, head, at, at]), scene, objective)
    title = f"Gradients of {head_name(layer, head)}, tile by tile"
    yield Rendered(data, checks, token_ids=[target], title=title, note=_ablated(scene))


def _tile_checks(
    made: experiment.Backward, errors: figure.RowErrors, scene: Scene, objective: Objective
) -> tuple[Check, ...]:
    weights, off = model_weights(scene.trace, scene.layer, scene.head)
    checks = (
        Check("Gradients by tiles = gradients by autograd through standard attention", made.gradient_error, 1e-4,
              "relative error"),
        Check("rowsum(dO ∘ O) by tiles = rowsum(dP ∘ P) of standard attention, dP by autograd", errors.delta, 1e-3,
              "relative error"),
        Check(f"exp(S − L) = {weights}", worst(errors.pattern, off), 1e-4, "largest error"),
    )  # fmt: skip
    if not made.gradient.predicted:  # beyond the position that is read, a head's gradient is nought
        return checks
    moved = "the loss" if objective == "loss" else "the logit"
    told = f"Change of {moved} after a small step along dO = the change that dO predicts"
    return (*checks, Check(told, made.gradient.error, 2e-2, "relative error"))


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
    apart = worst(
        abs(sum(each.bytes for each in saved) - formula)
        for saved, formula in zip((made.standard, made.flash), wanted, strict=True)
    )
    counted = (made.forward.flops, made.backward.flops)
    expected = figure.expected_flops(n, d_head, size, own.mask)
    miscounted = worst(abs(a - b) for a, b in zip(counted, expected, strict=True))
    checks = (
        Check("Bytes that autograd kept, both ways = formula", float(apart), 0.0, "bytes apart"),
        Check("FLOPs counted in both passes = formula", float(miscounted), 0.0, "FLOPs apart"),
    )
    return Rendered(data, checks, title=f"Kept for {head_name(layer, head)}, or computed again")


def _tile(scene: Scene, n: int) -> int:
    return scene.whole("tile", default=figure.usual(n))


def _ablated(scene: Scene) -> str:
    cut = [i for i in scene.trace.key.interventions if isinstance(i, AblateHead)]
    off = any((i.layer, i.head) == (scene.layer, scene.head) for i in cut)
    told = f"The head is ablated in {scene.whose}: dO is the gradient at the place where its output is cut."
    return told if off else ""
