"""Online softmax: one row of a head in blocks, in any order, with the same end."""

from __future__ import annotations

from explorer.errors import NotApplicableError
from explorer.experiments.systems.traced_head import TracedHead, model_weights
from explorer.figures.systems import online_softmax as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.head_name import head_name
from explorer.stack.worst import worst
from explorer.tracing.windows import windows


def changed(scene: Scene) -> str:
    """Whose numbers are shown while interventions are on."""
    return "The scores are those of the changed run." if scene.trace.key.interventions else ""


def row(scene: Scene) -> Rendered[figure.OnlineRow]:
    sliding = windows(scene.model.hf.config)[scene.layer]
    head = TracedHead.of(scene.trace, scene.layer, scene.head, sliding)
    n = scene.position + 1 if sliding is None else min(scene.position + 1, sliding)
    wanted = scene.number("block", figure.usual(n), 1, 4096)
    block = min(figure.sizes(n), key=lambda size: abs(size - wanted))
    data, errors = figure.figure(head, scene.position, block, str(scene.controls.get("order") or "text"))
    weights, off = model_weights(scene.trace, scene.layer, scene.head)
    ablated = head.ablated
    if (base := scene.comparable) is not None:
        there = TracedHead.of(base, scene.layer, scene.head, windows(scene.against_model.hf.config)[scene.layer])
        if there.mask.window != sliding:
            raise NotApplicableError("Its model’s window is another one, and so are the row’s keys.", "Choose a block.")
        order = ".".join(map(str, data.order.tolist()))
        other, its = figure.figure(there, scene.position, block, order)
        data, errors = figure.beside(data, other, [errors, its])
        off, ablated = worst(off, model_weights(base, scene.layer, scene.head)[1]), ablated or there.ablated
    checks = [
        Check("In blocks, in this order = torch’s softmax of the whole row", errors.softmax, 1e-6, "largest error"),
        Check("m + ln l at the end = torch’s logsumexp", errors.lse, 1e-6, "relative error"),
        Check(f"In blocks = {weights}", worst(errors.pattern, off), 1e-4, "largest error"),
    ]
    if not ablated:
        checks.append(
            Check("Blocks so far and the others, merged = the model’s own z", errors.z, 1e-4, "relative error")
        )
    title = f"One row of {head_name(scene.layer, scene.head)}, block after block"
    return Rendered(data, tuple(checks), title=title, note=changed(scene))
