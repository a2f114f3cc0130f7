"""What stands behind the page's events: a run, a view, a source listing. Knows no Gradio.

Everything takes and gives JSON-able values; errors leave as `ExplorerError`. A run is identified by its query (the text
form of a `TraceKey`), so that a request holds no tensor and two visitors with one query share one trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from explorer import zoo
from explorer.errors import BadRequestError, ExplorerError, NotApplicableError
from explorer.fetching.progress import silent
from explorer.shell.answers import Answers
from explorer.shell.settings import in_force
from explorer.zoo.vocabulary import well_formed

if TYPE_CHECKING:
    from explorer.panels.protocol import Panel, Rendered, Scene, View
    from explorer.panels.selection import Focus
    from explorer.shell.wish import Scalar
    from explorer.tracing import Trace

DEFAULT_MODEL = zoo.DEFAULT
DEFAULT_PROMPT = "When Mary and John went to the store, John gave a drink to"
DEFAULT_NEW_TOKENS = 12
#: bytes of answers of heavy views kept in memory
MEASURED_BYTES = 1 << 26

Progress = Callable[[str, int, int], None]


def default_query() -> str:
    """The query of the page's first run. Its sampler cuts something, so that every stage has something to show."""
    from explorer.stack.inference.sampler_settings import SETTINGS
    from explorer.stack.inference.sampling import Sampler
    from explorer.tracing import TraceKey

    sampler = Sampler.of({each.name: each.first for each in SETTINGS})
    return TraceKey(DEFAULT_MODEL, DEFAULT_PROMPT, max_new_tokens=DEFAULT_NEW_TOKENS, sampler=sampler, seed=7).query()


@cache
def store():
    from explorer.tracing import TraceStore
    from explorer.tracing.memory import TRACES

    made = TraceStore(in_force().trace_bytes)
    TRACES.max_bytes = min(TRACES.max_bytes, made.max_bytes // 8)  # blocks that wait for the next run
    return made


def allow(model: str) -> None:
    """Refuse a model that this server does not offer.

    On a public server only the shelf is open: a visitor's link must not make it read a local folder or fetch from a
    hub. Raises BadRequestError.
    """
    if in_force().public and model not in zoo.shelf():
        raise BadRequestError(
            f"This server offers only its own shelf, and “{model[:80]}” is not on it.",
            "Run the explorer on your own machine to open any model.",
        )


@cache
def manifest() -> list[dict[str, Any]]:
    """Chapters and panels as the page needs them to draw its tabs and frames."""
    from explorer.panels import panels
    from explorer.panels.protocol import CHAPTERS

    return [
        {
            "name": p.name,
            "title": p.title,
            "chapter": p.chapter,
            "chapterTitle": CHAPTERS[p.chapter],
            "about": p.about,
            "requires": list(p.requires),
            "views": [
                {
                    "name": v.name,
                    "title": v.title,
                    "about": v.about,
                    "provenance": list(v.provenance),
                    "depends": list(v.depends),
                    "controls": list(v.controls),
                    "heavy": v.heavy,
                }
                for v in p.views
            ],
        }
        for p in panels().values()
    ]


def source(panel: str, view: str) -> str:
    """The real source of the mechanism that a view shows."""
    from explorer.panels import panels

    try:
        return panels()[panel].view(view).source_text()
    except (KeyError, StopIteration) as error:
        raise BadRequestError(f"There is no view “{view[:40]}” in a panel “{panel[:40]}”.") from error


def strings(model, ids: Iterable[int]) -> dict[str, Any]:
    """Token id -> its text, or {hex} when its bytes are no whole characters."""
    found: dict[str, Any] = {}
    for i in {int(i) for i in ids}:
        raw = model.vocabulary.bytes(i)
        try:
            found[str(i)] = raw.decode("utf-8")
        except UnicodeDecodeError:
            found[str(i)] = {"hex": raw.hex(" ")}
    return found


def focus_of(wish: Mapping[str, Scalar], trace: Trace) -> Focus:
    """The selection that the page asked for, kept inside this run; unset fields take the run's own best.

    Raises BadRequestError.
    """
    from explorer.panels.selection import SELECTION, Focus, FocusField, sizes_of

    dims, sizes = trace.dims, sizes_of(trace.dims, len(trace.tokens))
    chosen: dict[FocusField, int | None] = {}
    for each in SELECTION:
        value = wish.get(each.name)
        try:
            chosen[each.name] = None if value is None or value == "" else each.inside(int(value), sizes)
        except (ValueError, OverflowError) as error:
            raise BadRequestError(f"“{str(value)[:40]}” is no {each.label}.") from error
    position, layer, head, target = (chosen[name] for name in ("position", "layer", "head", "target"))
    position = trace.n_prompt - 1 if position is None else position
    if layer is None or head is None:  # the head that writes most toward the answer
        aim = int(trace.logits[position].argmax()) if target is None else target
        known = not trace.readout.refused.get("attribution")
        best = int(trace.attribution(position, aim).heads.abs().argmax()) if known else 0
        layer = best // dims.n_heads if layer is None else layer
        head = best % dims.n_heads if head is None else head
    return Focus(position, layer, head, target, chosen["expert"])


class Explorer:
    """Runs and views, over the shelf and the trace store."""

    def __init__(self) -> None:
        self._measured = Answers(MEASURED_BYTES)

    def traces(self, query: str, progress: Progress | None = None):
        """(model, trace, base trace or None) of a query."""
        from explorer.tracing import TraceKey

        key = TraceKey.parse(query)
        allow(key.model)
        model = zoo.load(key.model, progress=progress)
        trace = store().get(model, key, progress=progress)
        base = None
        if key.interventions:
            base = store().get(model, key.without_interventions(), progress=progress)
        return model, trace, base

    def run(
        self,
        query: str,
        panel: str,
        focus: Mapping[str, Any],
        controls: Mapping[str, Any],
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """One run and the light views of the panel on screen."""
        model, trace, base = self.traces(query, progress)
        if progress:
            progress("Read the stream", 0, 1)
        from explorer.shell.summary import summary

        aim = focus_of(focus, trace)
        run, ids = summary(model, trace, base)
        drawn = self._render(model, trace, base, panel, None, aim, controls)
        texts = strings(model, [*ids, *drawn.pop("ids")])
        store().shrink()  # what was derived from the trace counts as well
        return {"kind": "run", "run": run, "panels": manifest(), **drawn, "strings": texts}

    def views(
        self,
        query: str,
        panel: str,
        names: list[str] | None,
        focus: Mapping[str, Any],
        controls: Mapping[str, Any],
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Some views of a panel for a run that is in the store (or is made again when it has left it)."""
        return self._views(*self.traces(query, progress), query, panel, names, focus, controls, progress)

    def light(
        self, query: str, panel: str, names: list[str], focus: Mapping[str, Any], controls: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Light views of a run that is at hand.

        Nothing is run and no model is loaded: where the run would have to be made, the answer's kind is "gone". Raises
        BadRequestError for a heavy view.
        """
        from explorer.panels import panels
        from explorer.tracing import TraceKey

        for view in panels()[panel].views if panel in panels() else ():
            if view.heavy and view.name in names:
                raise BadRequestError(
                    f"“{view.title}” is measured for seconds: it is asked for in the queue, and not beside it.",
                    "Reload the page.",
                )
        key = TraceKey.parse(query)
        allow(key.model)
        found, plain = store().kept(key), store().kept(key.without_interventions())
        if found is None or plain is None or found[0] is not plain[0]:
            return {"kind": "gone", "query": query}
        base = plain[1] if key.interventions else None
        return self._views(*found, base, query, panel, names, focus, controls)

    def _views(self, model, trace, base, query: str, panel: str, names, focus, controls, progress=None):
        drawn = self._render(model, trace, base, panel, names, focus_of(focus, trace), controls, progress)
        texts = strings(model, drawn.pop("ids"))
        store().shrink()
        return {"kind": "views", "query": query, "asked": dict(focus), **drawn, "strings": texts}

    def _render(self, model, trace, base, panel: str, names, focus, controls, progress=None) -> dict[str, Any]:
        from explorer.figures.payload import pack
        from explorer.panels import panels
        from explorer.panels.protocol import Scene

        chosen = panels().get(panel) or next(iter(panels().values()))
        scene = Scene(model, trace, base, focus, controls, progress or silent)
        views: dict[str, Any] = {}
        ids: set[int] = set()
        for view in chosen.views:
            if (names is None and view.heavy) or (names is not None and view.name not in names):
                continue
            try:
                if "experts" in chosen.required(view) and not trace.dims.n_experts:
                    raise NotApplicableError(
                        f"{model.card.title} is a dense model: it has no experts to route to.",
                        "Open the mixture of experts on the shelf.",
                        offer=next((name for name, card in zoo.shelf().items() if card.kind == "moe"), ""),
                    )
                made = self._measure(chosen, view, scene) if view.heavy else chosen.render(view.name, scene)
            except NotApplicableError as error:
                views[view.name] = {"absent": {"message": error.message, "hint": error.hint, **error.facts}}
                continue
            ids.update(int(i) for i in made.token_ids)
            views[view.name] = {
                "data": pack(made.data),
                "checks": [
                    {"statement": c.statement, "error": pack(float(c.error)), "tolerance": c.tolerance, "word": c.word}
                    for c in made.checks
                ],
                "title": made.title,
                "about": f"{made.about or view.about} {made.note}" if made.note else made.about,
            }
        ids.add(scene.target)
        here = {
            "position": scene.position,
            "layer": scene.layer,
            "head": scene.head,
            "target": focus.target,
            "expert": focus.expert,
        }
        return {
            "panel": chosen.name,
            "views": views,
            "focus": here,
            "controls": dict(controls),
            "target": scene.target,
            "ids": ids,
        }

    def _measure(self, panel: Panel, view: View, scene: Scene) -> Rendered:
        chosen = (getattr(scene, field) for field in view.depends)
        settings = (str(scene.controls.get(name)) for name in view.controls)
        key = (scene.trace.key, panel.name, view.name, *chosen, *settings)
        return self._measured.get(key, lambda: panel.render(view.name, scene))


def told(error: Exception) -> dict[str, Any]:
    """An error as the page shows it. What is not ours is not shown in detail."""
    if isinstance(error, ExplorerError):
        facts = {k: v for k, v in error.facts.items() if isinstance(v, str | int | float | bool)}
        return {
            "kind": "error",
            "name": type(error).__name__,
            "message": well_formed(error.message),
            "hint": well_formed(error.hint),
            "facts": {k: well_formed(v) if isinstance(v, str) else v for k, v in facts.items()},
        }
    return {
        "kind": "error",
        "name": "Error",
        "message": "Something went wrong in the explorer itself.",
        "hint": "The run before is untouched. Try again; the server's log holds the details.",
        "facts": {},
    }
