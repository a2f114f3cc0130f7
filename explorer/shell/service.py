"""What stands behind the page's events: a run, a view, a source listing. Knows no Gradio.

Everything takes and gives JSON-able values; errors leave as `ExplorerError`. A run is identified by its query (the text
form of a `TraceKey`), so that a request holds no tensor and two visitors with one query share one trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from explorer import zoo
from explorer.errors import BadRequestError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.shell.examples import DEFAULT_PROMPT
from explorer.shell.order import Order, find, order_of
from explorer.shell.rendering import absent, entry, focus_of, require, results, strings
from explorer.shell.subjects import Subject, at_hand, made, store

if TYPE_CHECKING:
    from explorer.panels.protocol import Panel, View
    from explorer.panels.selection import Scalar
    from explorer.shell.jobs import Jobs
    from explorer.shell.listing import Part

DEFAULT_MODEL = zoo.DEFAULT
DEFAULT_NEW_TOKENS = 12


def default_query() -> str:
    """The query of the page's first run. Its sampler cuts something, so that every stage has something to show."""
    from explorer.stack.inference.sampler_settings import SETTINGS
    from explorer.stack.inference.sampling import Sampler
    from explorer.tracing import TraceKey

    sampler = Sampler.of({each.name: each.first for each in SETTINGS})
    return TraceKey(DEFAULT_MODEL, DEFAULT_PROMPT, max_new_tokens=DEFAULT_NEW_TOKENS, sampler=sampler, seed=7).query()


def completed(query: str | None) -> str:
    """A query with what it leaves unsaid: one without a text is the first run, but for what it names.

    >>> completed(None) == completed("") == default_query()
    True
    >>> completed("model=six-kinds-moe&new=0")[:50], completed("text=Hi")
    ('model=six-kinds-moe&text=When+Mary+and+John+went+t', 'text=Hi')
    """
    named = dict(parse_qsl(query or "", keep_blank_values=True))
    if "text" in named:
        return query or ""
    return urlencode(dict(parse_qsl(default_query())) | named) if named else default_query()


def source(panel: str, view: str) -> str:
    """The real source of the mechanism that a view shows."""
    return find(panel, view)[1].source_text()


def source_parts(panel: str, view: str) -> list[Part]:
    """The same by parts: where each stands, and its words by kind."""
    from explorer.shell.listing import listing

    return listing(find(panel, view)[1])


class Explorer:
    """Runs and views, over the shelf and the trace store; heavy views come from `jobs`, where there are any."""

    def __init__(self, jobs: Callable[[], Jobs] | None = None) -> None:
        self._jobs = jobs

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

        subject = made("run", query, progress)
        progress("Read the stream", 0, 1)
        run, ids = summary(*subject.traced)
        chosen = panels().get(panel) or next(iter(panels().values()))
        drawn = self.draw(chosen, [v for v in chosen.views if not v.heavy], subject, focus, controls, ids)
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
        subject = made(_reads(chosen, views), query, progress)
        drawn = self.draw(chosen, views, subject, focus, controls, (), progress)
        return {"kind": "views", "query": query, "asked": dict(focus), **drawn}

    def light(
        self, query: str, panel: str, names: Sequence[str], focus: Mapping[str, Scalar], controls: Mapping[str, Scalar]
    ) -> dict[str, Any]:
        """Views for which nothing must be loaded, run or measured now.

        Where that is not so for a light one, the answer's kind is "gone". Heavy ones that are measured already, or have
        a part to show, are among the answer's views; the others are named in "pending": they are jobs to watch.
        """
        chosen, views = _chosen(panel, names)
        subject = at_hand(_reads(chosen, [v for v in views if not v.heavy]), query)
        if subject is None:
            return {"kind": "gone", "query": query}
        drawn = self.draw(chosen, [v for v in views if not v.heavy], subject, focus, controls)
        pending = []
        for view in views:
            if not view.heavy:
                continue
            kept = self._kept(chosen, view, order_of(chosen, view, query, focus, controls))
            if kept is not None:
                drawn["views"][view.name] = {**kept["entry"], "partial": kept["partial"]}
                drawn["strings"].update(kept["strings"])
            if kept is None or kept["partial"]:
                pending.append(view.name)
        return {"kind": "views", "query": query, "asked": dict(focus), **drawn, "pending": pending}

    def measured(
        self,
        panel: Panel,
        query: str,
        focus: Mapping[str, Scalar],
        controls: Mapping[str, Scalar],
        strings: dict[str, Any],
    ) -> dict[str, Any]:
        """Heavy views whose whole answer is at hand, by name; the tokens that they name join `strings`."""
        found = {}
        for view in panel.views:
            kept = self._kept(panel, view, order_of(panel, view, query, focus, controls)) if view.heavy else None
            if kept is not None and not kept["partial"]:
                found[view.name] = kept["entry"]
                strings.update(kept["strings"])
        return found

    def _kept(self, panel: Panel, view: View, order: Order) -> dict[str, Any] | None:
        """The answer of a heavy view that is there, or the part of it; also that the view does not apply."""
        model = at_hand("model", order.query) if order.query else None
        try:
            require(panel, view, model.model if model is not None else None)
        except NotApplicableError as error:
            return {"entry": absent(error), "partial": False, "strings": {}}
        return self._jobs().at_hand(order) if self._jobs else None

    def draw(
        self,
        panel: Panel,
        views: Sequence[View],
        subject: Subject,
        focus: Mapping[str, Scalar],
        controls: Mapping[str, Scalar],
        ids: Sequence[int] = (),
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """These views of a panel, drawn from what is at hand; heavy ones are measured, to their end."""
        from explorer.panels.protocol import Scene

        aim = focus_of(focus, subject)
        scene = Scene(subject.model, subject.run, subject.base, aim, controls, progress)
        named = {int(i) for i in ids}
        drawn: dict[str, Any] = {}
        for view in views:
            try:
                *_, whole = results(panel, view, scene)
                drawn[view.name] = entry(view, whole)
                named.update(int(i) for i in whole.token_ids)
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
