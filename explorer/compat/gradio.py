"""Gradio: its queue's threads and pace, who waits in it, and which functions a page may call.

`Blocks._queue` is made by `Blocks.queue()`, which has no parameter for any of these. Until it has (6.31 has not).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr
    from gradio.queueing import Event


def set_pace(demo: gr.Blocks, threads: int, look: float, tell: float) -> None:
    """So many events at once; seconds between two looks at the queue, and between two words of progress."""
    queue = demo._queue
    queue.max_thread_count = threads
    queue.sleep_when_free, queue.progress_update_sleep_when_free = look, tell


def events(demo: gr.Blocks) -> Iterator[Event]:
    """Those that have been taken and have not ended, as they are at this moment."""
    waiting = [line.queue for line in tuple(demo._queue.event_queue_per_concurrency_id.values())]
    for each in (*waiting, *filter(None, demo._queue.active_jobs)):
        yield from tuple(each)


def may_be_called(function: object) -> bool:
    """Whether a component's function is one that the page may call."""
    return bool(getattr(function, "_is_server_fn", False))
