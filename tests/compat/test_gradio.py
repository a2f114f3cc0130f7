"""Gradio's queue, as `explorer.compat.gradio` reads and sets it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator

import gradio as gr
import pytest
from gradio.queueing import Event, Queue

from explorer.compat.gradio import events, may_be_called, set_pace


@pytest.fixture(autouse=True)
def loops_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gradio makes a loop for each of its locks where none runs, and leaves it open."""
    made, own = list[asyncio.AbstractEventLoop](), asyncio.new_event_loop
    monkeypatch.setattr(asyncio, "new_event_loop", lambda: made.append(own()) or made[-1])
    yield
    for loop in made:
        loop.close()


def page() -> gr.Blocks:
    with gr.Blocks() as demo:
        text = gr.Textbox()
        gr.Button().click(lambda value: value, [text], [text])
    return demo.queue()


def test_the_queue_reads_what_is_set() -> None:
    demo = page()
    set_pace(demo, 7, 0.25, 0.5)
    source = inspect.getsource(Queue)
    for name, value in {
        "max_thread_count": 7, "sleep_when_free": 0.25, "progress_update_sleep_when_free": 0.5,
    }.items():  # fmt: skip
        assert getattr(demo._queue, name) == value
        assert source.count(f"self.{name}") >= 2, f"Gradio sets {name} and does not read it"


def test_events_are_those_that_wait_and_those_that_are_worked_for() -> None:
    demo = page()
    assert [*events(demo)] == []
    waiting, working = object(), object()
    demo._queue.create_event_queue_for_fn(demo.fns[0])
    (line,) = demo._queue.event_queue_per_concurrency_id.values()
    line.queue.append(waiting)  # pyright: ignore[reportArgumentType]
    demo._queue.active_jobs = [None, [working]]  # pyright: ignore[reportAttributeAccessIssue]
    assert [*events(demo)] == [waiting, working]
    assert "request" in inspect.signature(Event.__init__).parameters


def test_a_function_that_a_component_offers_to_the_page_is_known() -> None:
    def offered() -> None: ...

    with gr.Blocks():
        html = gr.HTML(server_functions=[offered])
    assert may_be_called(html.offered)  # pyright: ignore[reportAttributeAccessIssue]
    assert not may_be_called(html.postprocess)
