"""A view rendered for the page: its scene made of what it requires, its result as JSON-able values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer import zoo
from explorer.errors import BadRequestError, NotApplicableError

if TYPE_CHECKING:
    from explorer.panels.protocol import Focus, Panel, Rendered, Scene, View
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model


@dataclass(frozen=True)
class Subject:
    """What views are drawn from: a run and its model, a model alone, or neither."""

    model: Model | None = None
    run: Trace | None = None
    base: Trace | None = None


def entry(view: View, made: Rendered) -> dict[str, Any]:
    """A result, as the page gets it."""
    from explorer.figures.payload import pack

    return {
        "data": pack(made.data),
        "checks": [
            {"statement": c.statement, "error": pack(float(c.error)), "tolerance": c.tolerance, "word": c.word}
            for c in made.checks
        ],
        "title": made.title,
        "about": f"{made.about or view.about} {made.note}" if made.note else made.about,
    }


def absent(error: NotApplicableError) -> dict[str, Any]:
    """A view that does not apply: why, and what to open instead."""
    return {"absent": {"message": error.message, "hint": error.hint, **error.facts}}


def require(panel: Panel, view: View, model: Model | None) -> None:
    """Raises NotApplicableError where the model lacks what the view requires."""
    if model is not None and "experts" in panel.required(view) and not model.dims.n_experts:
        raise NotApplicableError(
            f"{model.card.title} is a dense model: it has no experts to route to.",
            "Open the mixture of experts on the shelf.",
            offer=next((name for name, card in zoo.shelf().items() if card.kind == "moe"), ""),
        )


def results(panel: Panel, view: View, scene: Scene) -> Iterator[Rendered]:
    """All that a view yields; the last is the whole. Raises NotApplicableError."""
    from explorer.panels.protocol import Rendered

    require(panel, view, scene.loaded)
    made = panel.rendering(view.name)(scene)
    return iter((made,)) if isinstance(made, Rendered) else made


def strings(model: Model | None, ids: Iterable[int]) -> dict[str, Any]:
    """Token id -> its text, or {hex} when its bytes are no whole characters."""
    found: dict[str, Any] = {}
    if model is None:
        return found
    for i in {int(i) for i in ids}:
        raw = model.vocabulary.bytes(i)
        try:
            found[str(i)] = raw.decode("utf-8")
        except UnicodeDecodeError:
            found[str(i)] = {"hex": raw.hex(" ")}
    return found


def focus_of(wish: Mapping[str, Any], subject: Subject) -> Focus:
    """A `Focus` from what the page asked for, kept inside this run; unset fields take the run's own best.

    Raises BadRequestError for a field that is no number.
    """
    from explorer.panels.protocol import Focus

    def whole(name: str, low: int, high: int) -> int | None:
        value = wish.get(name)
        if value is None or value == "":
            return None
        try:
            return min(max(int(value), low), high)
        except (TypeError, ValueError, OverflowError) as error:
            raise BadRequestError(f"“{str(value)[:40]}” is no {name}.") from error

    trace, model = subject.run, subject.model
    expert = whole("expert", 0, 1 << 20)
    if model is None:
        return Focus(expert=expert)
    dims = model.dims
    layer, head = whole("layer", 0, dims.n_layers - 1), whole("head", 0, dims.n_heads - 1)
    target = whole("target", 0, dims.d_vocab - 1)
    if trace is None:
        return Focus(layer=layer or 0, head=head or 0, target=target, expert=expert)
    position = whole("position", 0, len(trace.tokens) - 1)
    position = trace.n_prompt - 1 if position is None else position
    if layer is None or head is None:  # the head that writes most toward the answer
        aim = int(trace.logits[position].argmax()) if target is None else target
        known = not trace.readout.refused.get("attribution")
        best = int(trace.attribution(position, aim).heads.abs().argmax()) if known else 0
        layer = best // dims.n_heads if layer is None else layer
        head = best % dims.n_heads if head is None else head
    return Focus(position, layer, head, target, expert)
