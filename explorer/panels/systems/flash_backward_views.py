"""The backward pass: the square is made again, tile by tile, from one number a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, get_args

from explorer.errors import NotApplicableError
from explorer.experiments.systems import flash_backward as experiment
from explorer.experiments.systems.traced_head import model_weights
from explorer.figures.systems import flash_backward as figure
from explorer.figures.systems.flash_backward_beside import beside
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.head_name import head_name
from explorer.stack.worst import worst
from explorer.tracing.changes.interventions import AblateHead
from explorer.tracing.probes.gradients import Objective
from explorer.tracing.windows import windows


class _Worked(NamedTuple):
    """The pass of one run, and two ways to the same numbers."""

    made: experiment.Backward
    at: slice
    tile: int
    cut: experiment.Squares
    pattern: float
    delta: float


def _worked(scene: Scene, objective: Objective, target: int) -> _Worked:
    trace, layer, head, n = scene.trace, scene.layer, scene.head, len(scene.trace.tokens)
    if objective == "loss" and n < 2:
        raise NotApplicableError("A text of one token has no next token, so it has no loss.", "Write a longer prompt.")
    sliding = windows(scene.model.hf.config)[layer]
    made = experiment.backward(
        scene.model, trace, layer, head, sliding, objective, scene.position, target, scene.ticks("Blocks")
    )
    at = figure.window(n, scene.position)
    size = _tile(scene, at.stop - at.start)
    cut = experiment.squares(made, at, size)
    errors = figure.errors(made, cut, trace.pattern[layer, head, at, at])
    return _Worked(made, at, size, cut, worst(errors.pattern, model_weights(trace, layer, head)[1]), errors.delta)


def tile(scene: Scene) -> Iterator[Rendered[figure.BackwardTiles]]:
    trace, layer, head, here, target = scene.trace, scene.layer, scene.head, scene.position, scene.target
    objective: Objective = scene.one_of("objective", get_args(Objective))
    n, own = len(trace.tokens), _worked(scene, objective, target)
    both = [own] if scene.there is None else [own, _worked(scene.there, objective, target)]
    data = figure.tiles(
        own.made, own.cut, own.at, layer=layer, head=head, kv=head // (trace.dims.n_heads // trace.dims.n_kv_heads),
        position=here, tile=own.tile, objective=objective, target=target,
        base=beside(both[1].made, own.at) if len(both) > 1 else None,
    )  # fmt: skip
    first, last = own.at.start, own.at.stop - 1
    cut_at = f"The picture shows positions {first} to {last} of {n}." if last + 1 - first < n else ""
    yield Rendered(
        data, _tile_checks(both, model_weights(trace, layer, head)[0], objective), token_ids=[target],
        title=f"Gradients of {head_name(layer, head)}, tile by tile",
        note=" ".join(filter(None, (cut_at, _ablated(scene)))),
    )  # fmt: skip


def _tile_checks(both: list[_Worked], weights: str, objective: Objective) -> tuple[Check, ...]:
    """Of each run that is shown."""
    moved = "the loss" if objective == "loss" else "the logit"
    checks = (
        Check("Gradients by tiles = gradients by autograd through standard attention",
              worst(each.made.gradient_error for each in both), 1e-4, "relative error"),
        Check("rowsum(dO ∘ O) by tiles = rowsum(dP ∘ P) of standard attention, dP by autograd",
              worst(each.delta for each in both), 1e-3, "relative error"),
        Check(f"exp(S − L) = {weights}", worst(each.pattern for each in both), 1e-4, "largest error"),
    )  # fmt: skip
    steps = [each.made.gradient.error for each in both if each.made.gradient.predicted]
    if not steps:  # beyond the position that is read, a head's gradient is nought
        return checks
    told = f"Change of {moved} after a small step along dO = the change that dO predicts"
    return (*checks, Check(told, worst(steps), 2e-2, "relative error"))


class _Kept(NamedTuple):
    """What is kept for a head of a run, and how far the formulas are from what was counted."""

    data: figure.BackwardKept
    apart: int
    miscounted: int


def kept(scene: Scene) -> Rendered[figure.BackwardKept]:
    own, there = _kept(scene), scene.there
    data, shown = own.data, [own]
    if there is not None:
        other = _kept(there)
        base = figure.kept_beside(other.data)
        if replace(base, layer=data.layer, head=data.head) == figure.kept_beside(data):
            raise NotApplicableError(
                "The other run has the same number of tokens and the same head width, so it keeps the same bytes."
            )
        data, shown = replace(data, base=base), [own, other]
    whose = "both ways" if len(shown) == 1 else "both ways in both runs"
    return Rendered(
        data,
        (
            Check(f"Bytes that autograd kept, {whose} = formula", float(worst(each.apart for each in shown)), 0.0,
                  "bytes apart"),
            Check("FLOPs counted in both passes = formula", float(worst(each.miscounted for each in shown)), 0.0,
                  "FLOPs apart"),
        ),
        title=f"Kept for {head_name(data.layer, data.head)}, or computed again",
    )  # fmt: skip


def _kept(scene: Scene) -> _Kept:
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
    return _Kept(data, apart, worst(abs(a - b) for a, b in zip(counted, expected, strict=True)))


def _tile(scene: Scene, n: int) -> int:
    return scene.whole("tile", default=figure.usual(n))


def _ablated(scene: Scene) -> str:
    cut = [i for i in scene.trace.key.interventions if isinstance(i, AblateHead)]
    off = any((i.layer, i.head) == (scene.layer, scene.head) for i in cut)
    return "The head is ablated: dO is the gradient at the place where its output is cut." if off else ""
