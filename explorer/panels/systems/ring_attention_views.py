"""Ring: attention over a text that no process holds whole, as real processes ran it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from explorer.errors import NotApplicableError
from explorer.experiments.systems import ring_attention as experiment
from explorer.experiments.systems import ring_sending as counting
from explorer.experiments.systems.flash_backward import require_one_width
from explorer.figures.systems import ring_attention as figure
from explorer.figures.systems import ring_sending
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.tracing.windows import windows

#: ranks with which is counted, at most
MOST = 8
FORWARD, BACKWARD = 1e-5, 1e-4


def steps(scene: Scene) -> Iterator[Rendered[figure.RingSteps]]:
    head, kv = _head(scene)
    for made in experiment.recordings(head, scene.ticks("Rings")):
        data = figure.steps(made, head, scene.layer, scene.head, kv, os.cpu_count() or 1)
        yield Rendered(data, _step_checks(made, head) if made.whole else ())


def balance(scene: Scene) -> Iterator[Rendered[figure.RingBalance]]:
    head, _ = _head(scene)
    longer = head.repeated(scene.whole("length"))
    cores, rounds = os.cpu_count() or 1, experiment.ROUNDS
    for made in experiment.contest(longer, scene.ticks("Rings"), rounds=rounds):
        data = figure.balance(made, longer, head.length, scene.layer, scene.head, cores, rounds)
        yield Rendered(data, _balance_checks(made) if data.rounds == rounds else ())


def sending(scene: Scene) -> Rendered[ring_sending.RingSending]:
    dims, wanted = scene.model.dims, scene.text("heads")
    own = ring_sending.Heads(dims.n_heads, dims.n_kv_heads, dims.d_head)
    model = ring_sending.chosen(own, wanted)
    heads = own if model == ring_sending.OWN else ring_sending.of_case(model)
    counted = (next((ranks for ranks in heads.possible if ranks <= MOST), 2),)
    wrong = sum(
        counting.uncounted_for(each.n, each.kv, each.d, next((r for r in each.possible if r <= MOST), 2))
        for each in {own, heads}
    )
    data = ring_sending.sending(heads, counted, model, model not in (wanted, ring_sending.OWN))
    return Rendered(data, (Check("Bytes that threads sent = both formulas", float(wrong), 0.0, "bytes"),))


def _head(scene: Scene) -> tuple[experiment.Head, int]:
    """The chosen head's tensors in this run, and the key head that it reads."""
    trace, layer, head = scene.trace, scene.layer, scene.head
    trace.readout.require("values")
    require_one_width(trace)
    kv = head // (trace.dims.n_heads // trace.dims.n_kv_heads)
    q, k, v = trace.rot_q[layer, :, head], trace.rot_k[layer, :, kv], trace.v[layer, :, kv]
    if len(q) < 2:
        raise NotApplicableError("Ranks cannot share a text of one token.", "Write a longer prompt.")
    window, cap = windows(scene.model.hf.config)[layer], trace.readout.score_softcap
    q, k, v = (each[None, None].float() for each in (q, k, v))
    return experiment.Head(q, k, v, trace.readout.scaling[layer], window, cap), kv


def _step_checks(made: experiment.Recordings, head: experiment.Head) -> tuple[Check, ...]:
    errors = [each.errors for each in made.done]
    rings = f"{len(errors)} rings"
    return (
        Check(f"Output of {rings} = attention in one process", worst(each.out for each in errors), FORWARD),
        Check("Gradients after the last step = torch’s", worst(each.gradient for each in errors), BACKWARD),
        Check("Merged log-sum-exp = torch’s", worst(each.lse for each in errors), FORWARD),
        _bytes(errors),
        Check(
            "The ranks computed the tiles in which a query sees a key, and no others",
            float(sum(figure.misplaced(each, head) for each in made.done)),
            0.0,
            "tiles",
        ),
    )


def _balance_checks(made: Sequence[experiment.Timed]) -> tuple[Check, ...]:
    errors = [each.worst for each in made]
    return (
        Check("Output of both layouts = attention in one process", worst(each.out for each in errors), FORWARD),
        Check("Gradients in both layouts = torch’s", worst(each.gradient for each in errors), BACKWARD),
        _bytes(errors),
    )


def _bytes(errors: Sequence[experiment.Errors]) -> Check:
    return Check("Bytes that each rank sent = the formula", float(sum(e.bytes for e in errors)), 0.0, "bytes")
