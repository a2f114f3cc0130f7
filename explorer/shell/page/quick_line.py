"""What is answered beside the line of runs, some tens of milliseconds each: views of a run that is at hand, sources,
lessons, pictures. It has a line of its own, in turns between visitors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from explorer.shell import at_work
from explorer.shell.at_work import EXPLORER
from explorer.shell.envelope.error_answer import logged_error_answer
from explorer.shell.envelope.request import Wish, read_object
from explorer.shell.jobs.line import ITSELF, Gone
from explorer.shell.process.allocator import hand_back_soon

if TYPE_CHECKING:
    from explorer.shell.envelope import answers, lessons


async def render(request: object, gone: Gone = None, visitor: str = ITSELF) -> answers.Answer:
    """Views for which all is at hand (a new selection, another panel), answered without the queue.

    `gone` says whether the visitor has left. What would take seconds is not done here: see `Explorer.light`.
    """
    from explorer.shell.service import completed, measured

    def work() -> answers.ViewsAnswer | answers.GoneAnswer:
        query = completed(wish.query)
        light = partial(EXPLORER.light, query, wish.panel, wish.views, wish.focus, wish.controls)
        try:
            return measured(
                at_work.engine().at_once(query, light), wish.panel, wish.focus, wish.controls, at_work.jobs()
            )
        finally:
            hand_back_soon()

    try:
        wish = Wish.read(request)
        return await at_work.light().do(work, gone, visitor)
    except Exception as error:
        return logged_error_answer(error, "render")


async def source(
    request: object, gone: Gone = None, visitor: str = ITSELF
) -> answers.SourceAnswer | answers.ErrorAnswer:
    """The source of a view: its parts, and all of it as a text."""
    from explorer.shell import service

    try:
        wish = read_object(request)
        panel, view = str(wish.get("panel")), str(wish.get("view"))

        def work() -> answers.SourceAnswer:
            return {"text": service.source(panel, view), "parts": service.source_parts(panel, view)}

        return await at_work.light().do(work, gone, visitor)
    except Exception as error:
        return logged_error_answer(error, "source")


async def bring(
    request: object, gone: Gone = None, visitor: str = ITSELF
) -> answers.BroughtAnswer | answers.ErrorAnswer:
    """Keep a picture or a text that a visitor brings: its name, for a control."""
    from explorer.shell.views import brought

    def work() -> answers.BroughtAnswer:
        answer = brought.bring(request)
        if not brought.named([answer["name"]]):  # it was forgotten, and so is what was found in it
            at_work.jobs().answers.forget_naming(answer["name"])
        return answer

    try:
        return await at_work.light().do(work, gone, visitor)
    except Exception as error:
        return logged_error_answer(error, "bring")


async def fetch_model(
    request: object, gone: Gone = None, visitor: str = ITSELF
) -> answers.FetchAnswer | answers.ErrorAnswer:
    """Fetch a model that a visitor of a local server asks for, or say how far that is."""
    from explorer.shell.views import fetched

    try:
        return await at_work.light().do(partial(fetched.fetch, request), gone, visitor)
    except Exception as error:
        return logged_error_answer(error, "fetch")


async def lesson(
    request: object, gone: Gone = None, visitor: str = ITSELF
) -> lessons.LessonAnswer | lessons.ToldAnswer | answers.GoneAnswer | answers.ErrorAnswer:
    """A lesson, or what one of its steps says of a run that is at hand."""
    from explorer.shell.lessons.for_page import LessonWish, answer

    try:
        wish = LessonWish.read(request)

        def work() -> lessons.LessonAnswer | lessons.ToldAnswer | answers.GoneAnswer:
            try:
                return answer(wish)
            finally:
                hand_back_soon()

        return await at_work.light().do(work, gone, visitor)
    except Exception as error:
        return logged_error_answer(error, "lesson")
