"""The one dispatcher: every event of the page that needs the model comes through here, in order, with its progress.

A generator for Gradio's queue, which lets all pass: the line is ours (`run_line`), in turns between visitors and shared
with programs. The work itself is done in a thread of its own, so that its stages can be shown while it is done and that
"Stop" (Gradio closes the generator) is heard between two stages. What needs no model (another selection of a run that
is at hand, the source drawer) is answered beside the line (`quick_line`).
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError, PromptTooLongError
from explorer.fetching.progress import Progress
from explorer.panels.selection import SELECTION
from explorer.shell import at_work
from explorer.shell.at_work import EXPLORER
from explorer.shell.envelope.error_answer import logged_error_answer
from explorer.shell.envelope.request import Wish, query_of
from explorer.shell.http.listeners import LISTENERS
from explorer.shell.jobs.line import ITSELF
from explorer.shell.jobs.order import Stopped, find, order_of
from explorer.shell.page.sidebar import Sidebar, sidebar_query
from explorer.shell.run_line import Going
from explorer.shell.trainings import ready, trained
from explorer.shell.views.checkpoints import models_in
from explorer.shell.views.subjects import allow

if TYPE_CHECKING:
    from explorer.panels.selection import Scalar
    from explorer.shell.envelope import answers
    from explorer.shell.envelope.runs import Trace

#: seconds after which the page hears again of work that says nothing, and Gradio sees whether the page is still there
NEWS = 1.0
#: seconds between two pieces of news: each costs the page a drawing, on cores that the run may need
OFTEN = 0.4
_serial = itertools.count(int(time.time() * 1000))


def always() -> bool:
    """Somebody waits for it."""
    return True


async def dispatch(
    request: str, *sidebar: object, visitor: str = ITSELF, wanted: Callable[[], bool] = always
) -> AsyncIterator[answers.QueueAnswer]:
    """Yield the stage's values: status while it runs, then the run, the views or the error."""
    action = "run"
    try:
        wish = Wish.read(request)
        action = wish.action
        if action == "rest":  # the panel that the link opens needs no run
            yield _queued({"kind": "rest"}, action)
            return
        news = News()
        query, focus = _prepared(wish, sidebar)
        async with aclosing(trained(models_in(query, wish.controls), visitor, wanted)) as training:
            async for said in training:
                yield _queued(said, action)
        work = partial(_answer, wish, query, focus)
        going = Going(work, visitor, news.tell, wanted, query, await _here(query))
        try:
            async for said in news.of(going):
                yield _queued(said, action)
            yield _queued(going.made.result(), action)
        finally:
            going.stop()
    except Stopped:
        yield _queued({"kind": "error", "name": "Stopped", "message": "Stopped.", "hint": "", "facts": {}}, action)
    except Exception as error:
        yield _queued(logged_error_answer(error, "dispatch"), action)


def _queued(answer: answers.QueueAnswer, action: str) -> answers.QueueAnswer:
    """The answer as a value of the queue."""
    answer["serial"], answer["action"] = next(_serial), action
    return answer


class News:
    """What there is to say of work until it is done: its place in the line, then its stages."""

    def __init__(self) -> None:
        self._loop, self._heard = asyncio.get_running_loop(), asyncio.Event()
        self._heard.set()  # that it waits, or begins, is news
        self._last: answers.StatusAnswer = {"kind": "status", "stage": "Begin", "done": 0, "total": 0}

    def tell(self, stage: str, done: int, total: int) -> None:
        """From the thread that works."""
        self._last = {"kind": "status", "stage": stage, "done": done, "total": total}
        self._wake()

    def _wake(self) -> None:
        if not self._heard.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._heard.set)

    async def of(self, going: Going[answers.RunAnswer | answers.ViewsAnswer]) -> AsyncIterator[answers.StatusAnswer]:
        """The news, at least every `NEWS` s and at most every `OFTEN` s; ends when the work has."""
        going.made.add_done_callback(lambda _: self._wake())
        shown = 0.0
        while not going.made.done():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._heard.wait(), NEWS)
            self._heard.clear()
            if not going.made.done() and time.monotonic() - shown > OFTEN:
                shown = time.monotonic()
                yield self._placed(going) or {**self._last}

    def _placed(self, going: Going[answers.RunAnswer | answers.ViewsAnswer]) -> answers.StatusAnswer | None:
        if not (place := going.place):
            return None
        stage = f"In line, place {place} of {at_work.runs().length}"
        return {"kind": "status", "stage": stage, "done": 0, "total": 0}


def _gone(wanted: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def gone() -> bool:
        return not wanted()

    return gone


async def _here(query: str) -> bool:
    """Whether the run is at hand. In a thread: the first who asks waits for torch."""
    return await asyncio.to_thread(lambda: at_work.engine().has(query))


def _prepared(wish: Wish, sidebar: tuple[object, ...]) -> tuple[str, Mapping[str, Scalar]]:
    """The run that is asked for, or that the views read; and the selection."""
    from explorer.shell.service import completed

    if wish.action == "views" or wish.query is not None:
        return completed(wish.query), wish.focus
    query = sidebar_query(Sidebar.read(sidebar), wish.interventions, wish.order, wish.forced)
    kept = wish.focus.keys() if wish.keep else {each.name for each in SELECTION if each.stays}
    return completed(query), {name: value for name, value in wish.focus.items() if name in kept}


def _answer(
    wish: Wish, query: str, focus: Mapping[str, Scalar], progress: Progress
) -> answers.RunAnswer | answers.ViewsAnswer:
    if wish.action == "views":
        for name in wish.views:
            if find(wish.panel, name)[1].heavy:
                raise BadRequestError("This view takes seconds. The server measures it as a job.")
        return at_work.engine().do(
            query, partial(EXPLORER.views, query, wish.panel, wish.views, focus, wish.controls), progress
        )
    try:
        return at_work.engine().do(query, partial(EXPLORER.run, query, wish.panel, focus, wish.controls), progress)
    except PromptTooLongError as error:
        raise with_repair(error, query) from error


def with_repair(error: PromptTooLongError, query: str) -> PromptTooLongError:
    """The same error, with the text's last part that does fit: one button on the page runs it."""
    from explorer import zoo
    from explorer.tracing import TraceKey

    limit = error.facts.get("limit")
    if not isinstance(limit, int) or "repaired" in error.facts:
        return error
    key = TraceKey.parse(query)
    vocabulary = zoo.load(key.model).vocabulary  # loaded just now: its limit is what the text passed
    keep = max(1, limit - 12)  # the cut end may tokenize into a few more tokens, and a chat template adds its own
    tail = b"".join(vocabulary.bytes(i) for i in vocabulary.encode(key.text)[-keep:]).decode("utf-8", "ignore")
    return PromptTooLongError(
        error.message, error.hint, **{**error.facts, "repaired": tail, "repairs": f"Keep the last {keep:,} tokens"}
    )


async def look(request: object, session: str, visitor: str = ITSELF) -> AsyncIterator[answers.QueueAnswer]:
    """Watch the jobs of some heavy views, until they are done or the session watches others.

    Yields the state of each; an answer, or a part of it, is fetched by `render` when its version rises.
    """
    from explorer.shell.service import completed
    from explorer.tracing import TraceKey

    try:
        wish = Wish.read(request)
        query = completed(wish.query)
        key = TraceKey.parse(query)
        allow(key.model, key.interventions)
        found = sorted((find(wish.panel, name) for name in wish.views), key=lambda each: each[1].long)
        orders = [order_of(panel, view, query, wish.focus, wish.controls) for panel, view in found if view.heavy]
        watch = at_work.jobs().watch(orders, session, again=wish.again, visitor=visitor)
        async for said in watch.news(lambda: LISTENERS.present(session)):
            yield _queued({"kind": "jobs", "watch": wish.watch, "jobs": said}, "look")
    except Exception as error:
        yield _queued(logged_error_answer(error, "look"), "look")


async def trace(
    query: object, visitor: str = ITSELF, wanted: Callable[[], bool] = always
) -> Trace | answers.ErrorAnswer:
    """A run's tokens, next tokens and sampler steps, or its error. Given up when the caller is cancelled."""
    going: Going[Trace] | None = None
    try:
        asked = query_of(query)
        await ready(models_in(asked), _gone(wanted), visitor)
        work = partial(at_work.engine().do, asked, partial(EXPLORER.trace, asked))
        going = Going(work, visitor, None, wanted, asked, await _here(asked))
        return await asyncio.wrap_future(going.made)
    except Stopped:
        return {"kind": "error", "name": "Stopped", "message": "Stopped.", "hint": "", "facts": {}}
    except Exception as error:
        return logged_error_answer(error, "trace")
    finally:
        if going is not None:
            going.stop()
