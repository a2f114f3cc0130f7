"""What stands behind the page's events: a run, a view, a source listing. Knows no Gradio.

Everything takes and gives JSON-able values; errors leave as `ExplorerError`. A run is identified by its query (the text
form of a `TraceKey`), so that a request holds no tensor and two visitors with one query share one trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from explorer import zoo
from explorer.errors import BadRequestError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.shell.envelope.examples import DEFAULT_PROMPT
from explorer.shell.jobs.order import find, order_of
from explorer.shell.views import brought, other_run
from explorer.shell.views.rendering import absent, entry, focus_of, require, strings, token_ids
from explorer.shell.views.subjects import Subject, at_hand, made, second, second_at_hand, second_query, store

if TYPE_CHECKING:
    from explorer.panels.protocol import Panel, View
    from explorer.panels.selection import Scalar
    from explorer.shell.envelope.answers import Entry, GoneAnswer, RunAnswer, SourcePart, Views, ViewsAnswer
    from explorer.shell.envelope.runs import Trace
    from explorer.shell.jobs.jobs import Jobs

DEFAULT_MODEL = zoo.DEFAULT
DEFAULT_NEW_TOKENS = 12


def default_query() -> str:
    """The query of the page's first run. Its sampler cuts something, so that every stage has something to show."""
    from explorer.stack.inference.decoding.sampler_settings import SETTINGS
    from explorer.stack.inference.decoding.sampling import Sampler
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


def source_parts(panel: str, view: str) -> list[SourcePart]:
    """The same by parts: where each stands, and its words by kind."""
    from explorer.shell.views.listing import listing

    return listing(find(panel, view)[1])


class Explorer:
    """Runs and views, over the shelf and the trace store. It holds nothing: a replica's is as good as any."""

    def run(
        self,
        query: str,
        panel: str,
        focus: Mapping[str, Scalar],
        controls: Mapping[str, Scalar],
        progress: Progress = silent,
    ) -> RunAnswer:
        """One run and the light views of the panel on screen."""
        from explorer.panels import panels
        from explorer.shell.views.summary import summary

        subject = made("run", query, progress)
        progress("Read the stream", 0, 1)
        run, ids = summary(*subject.traced)
        chosen = panels().get(panel) or next(iter(panels().values()))
        light = [v for v in chosen.views if not v.heavy]
        drawn = self.draw(chosen, light, subject, focus, controls, ids, progress)
        return {"kind": "run", "run": run, **drawn}

    def trace(self, query: str, progress: Progress = silent) -> Trace:
        """A run's tokens, next tokens and sampler steps, for a program."""
        from explorer.shell.views.summary import summary

        subject = made("run", query, progress)
        run, ids = summary(*subject.traced)
        return {**run, "strings": strings(subject.model, ids)}

    def views(
        self,
        query: str,
        panel: str,
        names: Sequence[str],
        focus: Mapping[str, Scalar],
        controls: Mapping[str, Scalar],
        progress: Progress = silent,
    ) -> ViewsAnswer:
        """Some views of a panel; what they are drawn from is made if it is not at hand, heavy ones are measured."""
        chosen, views = _chosen(panel, names)
        subject = made(_reads(chosen, views), query, progress)
        drawn = self.draw(chosen, views, subject, focus, controls, (), progress)
        return {"kind": "views", "query": query, "asked": dict(focus), **drawn}

    def light(
        self, query: str, panel: str, names: Sequence[str], focus: Mapping[str, Scalar], controls: Mapping[str, Scalar]
    ) -> ViewsAnswer | GoneAnswer:
        """Views for which nothing must be loaded, run or measured now.

        Where that is not so for a light one, the answer's kind is "gone". Heavy ones that do not apply are among the
        answer's views; the others are named in "pending": they are jobs to watch (see `measured`).
        """
        chosen, views = _chosen(panel, names)
        light, heavy = [v for v in views if not v.heavy], [v for v in views if v.heavy]
        subject = at_hand(_reads(chosen, light), query)
        seconds = (second_query(chosen.second, controls), other_run.chosen(light, controls))
        if subject is None or not all(map(second_at_hand, seconds)):
            return {"kind": "gone", "query": query}
        drawn = self.draw(chosen, light, subject, focus, controls)
        model = at_hand("model", query) if heavy and query else None
        pending = []
        for view in heavy:
            try:
                require(chosen, view, model.model if model is not None else None, compared=False)
                pending.append(view.name)
            except NotApplicableError as error:
                drawn["views"][view.name] = absent(error)
        return {"kind": "views", "query": query, "asked": dict(focus), **drawn, "pending": pending}

    def draw(
        self,
        panel: Panel,
        views: Sequence[View],
        subject: Subject,
        focus: Mapping[str, Scalar],
        controls: Mapping[str, Scalar],
        ids: Sequence[int] = (),
        progress: Progress = silent,
    ) -> Views:
        """These views of a panel, drawn from what is at hand; heavy ones are measured, to their end."""
        from explorer.panels.scene import Scene

        aim = focus_of(focus, subject)
        other = partial(second, second_query(panel.second, controls), progress)
        named_there = brought.named(controls.values())
        files, texts = named_there if brought.taken() else None, brought.texts(named_there)
        scene = Scene(
            subject.model, subject.run, subject.base, aim, controls, progress, other, files=files, texts=texts
        )
        both = other_run.Beside(scene, controls, progress)
        named = {int(i) for i in ids}
        drawn: dict[str, Entry] = {}
        for view in views:
            try:
                *_, whole = both.drawn(panel, view)
                drawn[view.name] = entry(view, whole)
                named.update(map(int, token_ids(whole)))
            except NotApplicableError as error:
                drawn[view.name] = absent(error)
        said: Views = {
            "panel": panel.name, "views": drawn, "controls": dict(controls), "target": None, "focus": dict(focus),
            "strings": {},
        }  # fmt: skip
        if subject.run is not None:
            named.add(scene.target)
            said["target"] = scene.target
            said["focus"] = asdict(aim)
            store().shrink()  # what was derived from the trace counts as well
        said["strings"] = strings(subject.model, named)
        return said


def measured(
    answer: ViewsAnswer | GoneAnswer,
    panel: str,
    focus: Mapping[str, Scalar],
    controls: Mapping[str, Scalar],
    jobs: Jobs,
) -> ViewsAnswer | GoneAnswer:
    """An answer of `light`, with what the jobs have of its heavy views: the whole, or a part that is still pending."""
    if answer["kind"] == "gone" or "pending" not in answer:
        return answer
    asked, answer["pending"] = answer["pending"], []
    for name in asked:
        kept = jobs.at_hand(order_of(*find(panel, name), answer["query"], focus, controls))
        if kept is not None:
            answer["views"][name] = {**kept["entry"], "partial": kept["partial"]}
            answer["strings"].update(kept["strings"])
        if kept is None or kept["partial"]:
            answer["pending"].append(name)
    return answer


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
