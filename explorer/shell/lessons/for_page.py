"""Lessons, as the page gets them: the list, one of them with its links, and what a step says of its run."""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from orjson import dumps
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.errors import BadRequestError
from explorer.figures.payload import pack
from explorer.lessons.catalogue import lessons
from explorer.lessons.courses import COURSES
from explorer.lessons.document import Ask, Inline, Lesson, Phase, Step, Text
from explorer.lessons.reading import MOST_STEPS, MOST_TEXT, read
from explorer.lessons.shown import Sight
from explorer.lessons.state import State
from explorer.panels import panels
from explorer.panels.chapters import CHAPTERS
from explorer.panels.selection import SELECTION
from explorer.shell.envelope import lessons as sent
from explorer.shell.envelope.request import read_object
from explorer.shell.files import terms
from explorer.shell.service import completed
from explorer.shell.settings import in_force
from explorer.shell.views.rendering import focus_of
from explorer.shell.views.subjects import Subject, at_hand, store

if TYPE_CHECKING:
    from explorer.lessons.step_values import Told
    from explorer.shell.envelope.answers import GoneAnswer


class LessonWish(BaseModel):
    """What the page asks of a lesson: one that there is by its name, or one that it carries as a text."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)

    name: str = Field("", max_length=60)
    text: str = Field("", max_length=MOST_TEXT)
    step: int | None = Field(None, ge=0, lt=MOST_STEPS)
    """None asks for the lesson itself."""
    phase: Phase = "shown"

    @classmethod
    def read(cls, request: object) -> LessonWish:
        """Raises BadRequestError."""
        try:
            return cls.model_validate(read_object(request))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            if first["loc"] == ("text",) and first["type"] == "string_too_long":
                raise BadRequestError(f"A lesson has at most {MOST_TEXT:,} characters.") from error
            raise BadRequestError("The server cannot read the page's request for a lesson.", "Reload it.") from error

    @property
    def lesson(self) -> Lesson:
        """Raises BadRequestError for one that there is not, LessonError for a text that is none."""
        if self.text:
            return _of_text(self.text)
        found = known().get(self.name)
        if found is None:
            raise BadRequestError(
                f"There is no lesson “{self.name[:40]}” here.", "The list shows those that there are."
            )
        return found


@lru_cache(maxsize=32)
def _of_text(text: str) -> Lesson:
    return read(text, f"own-{sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}")


def known() -> dict[str, Lesson]:
    """The explorer's own, and those of the operator's folder."""
    folder = in_force().lessons
    return lessons(Path(folder) if folder else None)


def answer(wish: LessonWish) -> sent.LessonAnswer | sent.ToldAnswer | GoneAnswer:
    """The lesson, or what one of its steps says. Raises BadRequestError."""
    lesson = wish.lesson
    if wish.step is None:
        return {"kind": "lesson", "lesson": page_form(lesson)}
    if wish.step >= len(lesson.steps):
        raise BadRequestError(f"This lesson has {len(lesson.steps)} steps.")
    step = lesson.steps[wish.step]
    state = step.state(wish.phase)
    query = completed(state.run)
    subject = at_hand(reads(state), query)
    if subject is None:
        return {"kind": "gone", "query": query}
    from explorer.lessons.step_values import told

    said = told_form(told(step, wish.phase, scene_of(state, subject)))
    if subject.run is not None:
        store().shrink()  # what was derived from the trace counts as well
    return {"kind": "told", "told": said}


def scene_of(state: State, subject: Subject) -> Sight:
    """What the views of that state are drawn from."""
    return Sight(subject.model, subject.run, subject.base, focus_of(state.focus, subject), state.controls)


def reads(state: State) -> str:
    """What must be there for the panel, and with it for what the step says of it."""
    panel = panels()[state.panel]
    found = {panel.reads(view) for view in panel.views}
    return next((each for each in ("run", "model") if each in found and panel.requires), "nothing")


def listed() -> sent.LessonList:
    """All lessons and courses, for the list."""
    lessons: list[sent.Listed] = [{**_titled(each), "steps": len(each.steps)} for each in known().values()]
    return {"lessons": lessons, "courses": courses_of(known())}


def courses_of(there: Container[str]) -> list[sent.Course]:
    """The courses whose lessons are all there."""
    return [
        {"name": each.name, "title": each.title, "audience": each.audience, "about": each.about,
         "lessons": list(each.lessons)}
        for each in COURSES if all(name in there for name in each.lessons)
    ]  # fmt: skip


def _titled(lesson: Lesson) -> sent.Titled:
    return {
        "name": lesson.name, "title": lesson.title, "chapter": lesson.chapter,
        "chapterTitle": CHAPTERS[lesson.chapter].title, "minutes": lesson.minutes, "learn": lesson.learn,
    }  # fmt: skip


def link_of(state: State) -> str:
    """A state as the page's own links say it: the run's part as the server writes it, so that none is made twice."""
    from urllib.parse import urlencode

    from explorer.tracing import TraceKey

    links = {each.name: each.link for each in SELECTION}
    own = {"panel": state.panel, "view": state.view}
    own |= {links[name]: str(value) for name, value in state.focus.items()}
    own |= {f"{state.panel}.{name}": str(value) for name, value in state.controls.items()}
    return f"?{TraceKey.parse(completed(state.run)).query()}&{urlencode(own)}"


def page_form(lesson: Lesson) -> sent.Lesson:
    """A lesson as the page gets it."""
    steps = [_step_form(each) for each in lesson.steps]
    said = dumps(steps).decode().replace("\\n", " ")
    return {**_titled(lesson), "steps": steps, "terms": terms.named_in(said)}


def _step_form(step: Step) -> sent.Step:
    said = [*step.values("shown"), *step.claimed("shown")]
    return {
        "title": step.title, "link": link_of(step.show), "panel": step.show.panel, "view": step.show.view,
        "text": _said(step.text), "tells": bool(said) or step.ask is not None,
        "ask": None if step.ask is None else _ask_form(step.ask),
    }  # fmt: skip


def _ask_form(ask: Ask) -> sent.Ask:
    return {
        "question": _said(ask.question), "choices": [_said(each.label) for each in ask.choices],
        "pick": list(ask.pick), "then": None if ask.then is None else link_of(ask.then),
        "right": _said(ask.right), "otherwise": _said(ask.otherwise),
    }  # fmt: skip


def _said(text: Text) -> list[sent.Block]:
    return [{"kind": block.kind, "rows": [_inlines(row) for row in block.rows]} for block in text.blocks]


def _inlines(row: Sequence[Inline]) -> list[sent.Inline]:
    """Their links are the page's own."""
    return [
        {
            "kind": each.kind, "text": each.text, "parts": _inlines(each.parts),
            "to": link_of(State.read(each.to, 0)) if each.kind == "link" else each.to,
        }
        for each in row
    ]  # fmt: skip


def told_form(told: Told) -> sent.Told:
    """What a step says, for the page."""
    return {
        "values": {source: {"kind": each.kind, "value": pack(each.value)} for source, each in told.values.items()},
        "claims": [{"source": each.source, "holds": each.holds} for each in told.claims],
        "right": told.right,
        "picked": None if told.picked is None else dict(told.picked),
    }
