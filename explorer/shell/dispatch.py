"""The one dispatcher: every event of the page that needs the model comes through here, in order, with its progress.

A generator for Gradio's queue. The work itself runs in a thread of its own, so that its stages can be shown while it
runs and that "Stop" (Gradio closes the generator) is heard between two stages.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import parse_qsl

from explorer.errors import BadRequestError, EmptyPromptError, ExplorerError, PromptTooLongError
from explorer.shell.service import Explorer, told
from explorer.shell.well_formed import read_json

if TYPE_CHECKING:
    from explorer.stack.inference.sampling import StageName

log = logging.getLogger(__name__)
EXPLORER = Explorer()
#: longest prompt that is tokenized at all, in characters; a longer one is refused before the tokenizer sees it
MAX_CHARACTERS = 20_000
#: one thread for all work on models: runs take turns anyway, and torch keeps one team of threads for it
_WORKER = ThreadPoolExecutor(1, "explorer-model")
_serial = itertools.count(int(time.time() * 1000))


class Stopped(Exception):
    """The visitor pressed Stop, or left."""


class Sidebar(NamedTuple):
    """The sidebar's values, in the order in which the page gives them."""

    model: str
    prompt: str
    chat: bool
    new_tokens: float | None
    temperature: float
    top_k: float
    top_p: float
    min_p: float
    repetition_penalty: float
    seed: float | None
    typical_p: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0


def sidebar_query(said: Sidebar, interventions: list[str], order: list[str] | None = None) -> str:
    """The query that the sidebar's controls say. Raises ExplorerError for what cannot be run."""
    from explorer.stack.inference.sampling import STAGE_NAMES, Sampler
    from explorer.tracing import TraceKey, parse_intervention

    if not said.prompt or not said.prompt.strip():
        raise EmptyPromptError("There is no prompt yet.", "Write one, or take one of the examples.")
    check_length(said.prompt)
    sampler = Sampler(
        float(said.temperature),
        int(said.top_k),
        float(said.top_p),
        float(said.min_p),
        float(said.repetition_penalty),
        cast("tuple[StageName, ...]", tuple(order)) if order else STAGE_NAMES,
        float(said.typical_p),
        float(said.presence_penalty),
        float(said.frequency_penalty),
    )
    kept = tuple(parse_intervention(text) for text in interventions)
    key = TraceKey(
        said.model,
        said.prompt,
        bool(said.chat),
        int(said.new_tokens or 0),
        sampler,
        int(said.seed or 0),
        interventions=kept,
    )
    return key.query()


def check_length(prompt: str) -> None:
    """Refuse what is far too long before any work is done for it."""
    if len(prompt) > MAX_CHARACTERS:
        raise PromptTooLongError(
            f"{len(prompt):,} characters; the explorer reads at most {MAX_CHARACTERS:,}.",
            "Cut the text, or keep its last part.",
            characters=len(prompt),
            repaired=prompt[-1200:],
            repairs="Keep the last 1,200 characters",
        )


def dispatch(request: str, *sidebar: Any) -> Iterator[dict[str, Any]]:
    """Yield the stage's values: status while it runs, then the run, the views or the error."""
    action = "run"
    try:
        wish = read_json(request or "{}")
        if not isinstance(wish, dict):
            raise BadRequestError("The page sent a request that is no object.")
        action = str(wish.get("action", "run"))
        yield from _work(wish, action, sidebar)
    except Stopped:
        yield _value(kind="error", action=action, name="Stopped", message="Stopped.", hint="", facts={})
    except Exception as error:
        answer = told(error)
        if answer["name"] == "Error":
            log.exception("dispatch failed")
        yield _value(action=action, **answer)


def _value(**parts: Any) -> dict[str, Any]:
    return {"serial": next(_serial), **parts}


def _work(wish: dict[str, Any], action: str, sidebar: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    news: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    stop = threading.Event()

    def progress(stage: str, done: int, total: int) -> None:
        if stop.is_set():
            raise Stopped
        news.put(("status", {"stage": stage, "done": done, "total": total}))

    def work() -> None:
        try:
            news.put(("done", _answer(wish, action, sidebar, progress)))
        except BaseException as error:
            news.put(("failed", error))

    _WORKER.submit(work)
    shown = 0.0
    try:
        while True:
            kind, what = news.get()
            if kind == "status":
                if time.monotonic() - shown > 0.12:  # more often than the eye follows costs the page its time
                    shown = time.monotonic()
                    yield _value(kind="status", action=action, **what)
            elif kind == "done":
                yield _value(action=action, **what)
                return
            else:
                raise what
    finally:
        stop.set()


def _answer(wish: dict[str, Any], action: str, sidebar: tuple[Any, ...], progress) -> dict[str, Any]:
    from explorer.shell.service import default_query

    focus, controls = dict(wish.get("focus") or {}), dict(wish.get("controls") or {})
    panel = str(wish.get("panel") or "walk")
    if action == "views":
        return EXPLORER.views(
            str(wish.get("query", "")), panel, list(wish.get("views") or []), focus, controls, progress
        )
    query = wish.get("query")
    if query is not None:
        check_length(str(query))
    else:
        query = sidebar_query(Sidebar(*sidebar), list(wish.get("interventions") or []), wish.get("order"))
        if not wish.get("keep"):  # a new text starts at its own last token
            focus = {k: v for k, v in focus.items() if k in ("layer", "head")}
    try:
        return EXPLORER.run(str(query) or default_query(), panel, focus, controls, progress)
    except PromptTooLongError as error:
        raise with_repair(error, str(query)) from error


def with_repair(error: PromptTooLongError, query: str) -> PromptTooLongError:
    """The same error, with the text's last part that does fit: one button on the page runs it."""
    from explorer import zoo
    from explorer.tracing import TraceKey

    limit = error.facts.get("limit")
    if not isinstance(limit, int) or "repaired" in error.facts:
        return error
    key = TraceKey.parse(query)
    vocabulary = zoo.load(key.model).vocabulary
    keep = max(1, limit - 12)  # the cut end may tokenize into a few more tokens, and a chat template adds its own
    tail = b"".join(vocabulary.bytes(i) for i in vocabulary.encode(key.text)[-keep:]).decode("utf-8", "ignore")
    return PromptTooLongError(
        error.message, error.hint, **{**error.facts, "repaired": tail, "repairs": f"Keep the last {keep} tokens"}
    )


def render(request: str) -> dict[str, Any]:
    """Light requests of the page (a new selection, the source drawer), answered without the queue."""
    try:
        wish = read_json(request)
        return EXPLORER.views(
            str(wish["query"]),
            str(wish["panel"]),
            [str(v) for v in wish["views"]],
            dict(wish["focus"]),
            dict(wish["controls"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        return told(BadRequestError(f"The page sent a request that cannot be read: {type(error).__name__}."))
    except Exception as error:
        answer = told(error)
        if answer["name"] == "Error":
            log.exception("render failed")
        return answer


def source(request: str) -> dict[str, Any]:
    """The source text of a view."""
    from explorer.shell import service

    try:
        wish = read_json(request)
        return {"text": service.source(str(wish["panel"]), str(wish["view"]))}
    except Exception as error:
        return told(error)


def restore(link: str | None) -> list[Any]:
    """The sidebar's values for a link, in the order of its controls. A bad link leaves the defaults."""
    from explorer.shell.service import default_query
    from explorer.tracing import TraceKey

    link = (link or "").lstrip("?")
    named = dict(parse_qsl(link))
    try:
        key = TraceKey.parse(link if named.get("text") else default_query())
    except ExplorerError:  # the run itself tells what is wrong with the link
        key = TraceKey.parse(default_query())
    s = key.sampler
    return [
        key.model,
        key.text,
        key.chat,
        key.max_new_tokens,
        s.temperature,
        s.top_k,
        s.top_p,
        s.min_p,
        s.repetition_penalty,
        key.seed,
        s.typical_p,
        s.presence_penalty,
        s.frequency_penalty,
    ]
