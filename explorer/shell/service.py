"""What stands behind the page's events: a run, a view, a source listing. Knows no Gradio.

Everything takes and gives JSON-able values; errors leave as `ExplorerError`. A run is identified by its query (the text
form of a `TraceKey`), so that a request holds no tensor and two visitors with one query share one trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from explorer import zoo
from explorer.errors import BadRequestError, ExplorerError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.shell.order import find, order_of
from explorer.shell.rendering import Subject, absent, entry, focus_of, results, strings
from explorer.shell.settings import in_force
from explorer.zoo.vocabulary import well_formed

if TYPE_CHECKING:
    from explorer.panels.protocol import Panel, View
    from explorer.panels.selection import Scalar
    from explorer.shell.jobs import Jobs
    from explorer.tracing import TraceStore

DEFAULT_MODEL = zoo.DEFAULT
DEFAULT_PROMPT = "When Mary and John went to the store, John gave a drink to"
DEFAULT_NEW_TOKENS = 12


def default_query() -> str:
    """The query of the page's first run. Its sampler cuts something, so that every stage has something to show."""
    from explorer.stack.inference.sampler_settings import SETTINGS
    from explorer.stack.inference.sampling import Sampler
    from explorer.tracing import TraceKey

    sampler = Sampler.of({each.name: each.first for each in SETTINGS})
    return TraceKey(DEFAULT_MODEL, DEFAULT_PROMPT, max_new_tokens=DEFAULT_NEW_TOKENS, sampler=sampler, seed=7).query()


@cache
def store() -> TraceStore:
    """The runs of this process."""
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


def source(panel: str, view: str) -> str:
    """The real source of the mechanism that a view shows."""
    return find(panel, view)[1].source_text()


class Explorer:
    """Runs and views, over the shelf and the trace store; heavy views come from `jobs`, where there are any."""

    def __init__(self, jobs: Callable[[], Jobs] | None = None) -> None:
        self._jobs = jobs

    def subject(self, reads: str, query: str, progress: Progress = silent) -> Subject:
        """What views that read the run, the model or nothing are drawn from: made if it is not at hand."""
        from explorer.tracing import TraceKey

        if reads == "nothing":
            return Subject()
        key = TraceKey.parse(query)
        allow(key.model)
        model = zoo.load(key.model, progress=progress)
        if reads == "model":
            return Subject(model)
        trace = store().get(model, key, progress=progress)
        base = store().get(model, key.without_interventions(), progress=progress) if key.interventions else None
        return Subject(model, trace, base)

    def at_hand(self, reads: str, query: str) -> Subject | None:
        """The same, if nothing must be loaded or run for it."""
        from explorer.tracing import TraceKey

        if reads == "nothing":
            return Subject()
        key = TraceKey.parse(query)
        allow(key.model)
        if reads == "model":
            model = zoo.loaded(key.model)
            return None if model is None else Subject(model)
        found, plain = store().kept(key), store().kept(key.without_interventions())
        if found is None or plain is None or found[0] is not plain[0]:
            return None
        return Subject(*found, plain[1] if key.interventions else None)

    def run(
        self,
        query: str,
        panel: str,
        focus: Mapping[str, Scalar],
        controls: Mapping[str, Scalar],
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """One run and the light views of the panel on screen."""
        from explorer.panels import panels
        from explorer.shell.summary import summary

        subject = self.subject("run", query, progress)
        progress("Read the stream", 0, 1)
        run, ids = summary(*subject.traced)
        chosen = panels().get(panel) or next(iter(panels().values()))
        drawn = self._draw(chosen, [v for v in chosen.views if not v.heavy], subject, focus, controls, ids)
        return {"kind": "run", "run": run, **drawn}

    def views(
        self,
        query: str,
        panel: str,
        names: Sequence[str],
        focus: Mapping[str, Scalar],
        controls: Mapping[str, Scalar],
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """Some views of a panel; what they are drawn from is made if it is not at hand, heavy ones are measured."""
        chosen, views = _chosen(panel, names)
        subject = self.subject(_reads(chosen, views), query, progress)
        drawn = self._draw(chosen, views, subject, focus, controls, (), progress)
        return {"kind": "views", "query": query, "asked": dict(focus), **drawn}

    def light(
        self, query: str, panel: str, names: Sequence[str], focus: Mapping[str, Scalar], controls: Mapping[str, Scalar]
    ) -> dict[str, Any]:
        """Views for which nothing must be loaded, run or measured now.

        Where that is not so for a light one, the answer's kind is "gone". Heavy ones that are measured already, or have
        a part to show, are among the answer's views; the others are named in "pending": they are jobs to watch.
        """
        chosen, views = _chosen(panel, names)
        subject = self.at_hand(_reads(chosen, [v for v in views if not v.heavy]), query)
        if subject is None:
            return {"kind": "gone", "query": query}
        drawn = self._draw(chosen, [v for v in views if not v.heavy], subject, focus, controls)
        pending = []
        for view in views:
            order = order_of(chosen, view, query, focus, controls)
            kept = self._jobs().at_hand(order) if view.heavy and self._jobs else None
            if kept is not None:
                drawn["views"][view.name] = {**kept["entry"], "partial": kept["partial"]}
                drawn["strings"].update(kept["strings"])
            if view.heavy and (kept is None or kept["partial"]):
                pending.append(view.name)
        return {"kind": "views", "query": query, "asked": dict(focus), **drawn, "pending": pending}

    def _draw(
        self,
        panel: Panel,
        views: Sequence[View],
        subject: Subject,
        focus: Mapping[str, Scalar],
        controls: Mapping[str, Scalar],
        ids: Sequence[int] = (),
        progress: Progress = silent,
    ) -> dict[str, Any]:
        from explorer.panels.protocol import Scene

        aim = focus_of(focus, subject)
        scene = Scene(subject.model, subject.run, subject.base, aim, controls, progress)
        named = {int(i) for i in ids}
        drawn: dict[str, Any] = {}
        for view in views:
            try:
                *_, made = results(panel, view, scene)
                drawn[view.name] = entry(view, made)
                named.update(int(i) for i in made.token_ids)
            except NotApplicableError as error:
                drawn[view.name] = absent(error)
        said = {"panel": panel.name, "views": drawn, "controls": dict(controls), "target": None, "focus": dict(focus)}
        if subject.run is not None:
            named.add(scene.target)
            said["target"] = scene.target
            said["focus"] = {
                "position": scene.position, "layer": scene.layer, "head": scene.head,
                "target": aim.target, "expert": aim.expert,
            }  # fmt: skip
            store().shrink()  # what was derived from the trace counts as well
        return {**said, "strings": strings(subject.model, named)}


def _chosen(panel: str, names: Sequence[str]) -> tuple[Panel, list[View]]:
    """The panel, and its views of those names. Raises BadRequestError where there is no such panel."""
    from explorer.panels import panels

    if panel not in panels():
        raise BadRequestError(f"There is no panel “{panel[:40]}”.")
    return panels()[panel], [view for view in panels()[panel].views if view.name in names]


def _reads(panel: Panel, views: Sequence[View]) -> str:
    """What must be there for all of them."""
    found = {panel.reads(view) for view in views}
    return next((each for each in ("run", "model") if each in found), "nothing")


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
