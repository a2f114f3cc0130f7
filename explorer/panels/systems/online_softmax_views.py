"""Online softmax: one row of a head in blocks, in any order, with the same end."""

from __future__ import annotations

from dataclasses import replace

from explorer.experiments.systems.rescaled_head import shown_head
from explorer.experiments.systems.traced_head import TracedHead, model_weights
from explorer.figures.systems import online_softmax as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import FocusField
from explorer.stack.transformer.head_name import head_name
from explorer.stack.worst import worst
from explorer.tracing.windows import windows


def changed(scene: Scene) -> str:
    """Whose numbers are shown while interventions are on."""
    return f"The interventions of {scene.whose} are applied to its scores." if scene.trace.key.interventions else ""


def _block(scene: Scene) -> int:
    """Keys that come at once."""
    sliding = windows(scene.model.hf.config)[scene.layer]
    n = scene.position + 1 if sliding is None else min(scene.position + 1, sliding)
    wanted = scene.whole("block", default=figure.usual(n))
    return min(figure.sizes(n), key=lambda size: abs(size - wanted))


def _seen(scene: Scene) -> tuple[Scene, tuple[int, int] | None]:
    """The scene of a head that is rescaled in this row, and the selected one where it is not: then every factor would
    be 1."""
    wanted = scene.one_of("head")
    if wanted == "selected":
        return scene, None
    own, known = (scene.layer, scene.head), windows(scene.model.hf.config)
    found = shown_head(scene.trace, own, scene.position, _block(scene), known, kept=wanted == "opened")
    focus = replace(scene.focus, layer=found.layer, head=found.head)
    return replace(scene, focus=focus), own if found.instead else None


def row(scene: Scene) -> Rendered[figure.OnlineRow]:
    scene, selected = _seen(scene)
    sliding = windows(scene.model.hf.config)[scene.layer]
    head = TracedHead.of(scene.trace, scene.layer, scene.head, sliding)
    data, errors = figure.figure(head, scene.position, _block(scene), scene.text("order"))
    data = replace(data, selected=selected)
    weights, off = model_weights(scene.trace, scene.layer, scene.head)
    checks = [
        Check("Softmax in blocks = torch’s softmax of the whole row", errors.softmax, 1e-6, "largest error"),
        Check("m + ln l at the end = torch’s logsumexp", errors.lse, 1e-6, "relative error"),
        Check(f"Softmax in blocks = {weights}", worst(errors.pattern, off), 1e-4, "largest error"),
    ]
    if not head.ablated:
        checks.append(
            Check("Blocks so far merged with the others = the model’s own z", errors.z, 1e-4, "relative error")
        )
    title = f"One row of {head_name(scene.layer, scene.head)}, block after block"
    chosen = {"head": "selected", "block": data.block, "order": ".".join(map(str, data.order.tolist()))}
    focus: dict[FocusField, int] = {"layer": scene.layer, "head": scene.head}
    return Rendered(data, tuple(checks), title=title, note=changed(scene), chosen=chosen, focus=focus)
