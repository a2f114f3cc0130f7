"""The process in which heavy views are measured, away from the page's own work: one order at a time, as it is told.

It has few threads and a low priority, so that a visitor's run beside it is hardly slower. It hears between two steps of
its progress that nobody waits for the order any more; a step that does not end within a second ends with the process
(see `jobs`). Messages to the server:

    ("ready",)  ("status", number, what, done, total)  ("part", number, bytes)
    ("done", number, bytes)  ("failed", number, error as the page shows it)
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import orjson

from explorer.errors import NotApplicableError
from explorer.shell import settings
from explorer.shell.envelope.error_answer import error_answer
from explorer.shell.jobs import handed_runs
from explorer.shell.jobs.order import Order, Stopped
from explorer.shell.process import allocator, collector, logs
from explorer.shell.views import brought, subjects
from explorer.shell.views.checkpoints import models_in, train

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

    from explorer.panels.protocol import View
    from explorer.shell.views.drawn import Drawn
    from explorer.shell.views.subjects import Subject

log = logging.getLogger(__name__)
#: seconds between two messages of one kind
NEWS = 0.1
PART = 0.3
#: of the bytes of runs that the page's process keeps, one of so many parts is kept here
RUNS = 4


def threads(cores: int | None = None) -> int:
    """Threads of a measurement: half of the cores, so that the page keeps the others.

    >>> threads(2), threads(16), threads(1)
    (1, 8, 1)
    """
    return max(1, (cores or os.cpu_count() or 1) // 2)


def main(line: Connection, given_up: Synchronized[int], chosen: settings.Settings, warm: str | None) -> None:
    """Carry out orders until the server ends. `given_up` is the number of the last order that nobody waits for, `warm`
    the model that is loaded before anybody asks."""
    collector.begin()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's; this process ends with it
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    os.environ["EXPLORER_MAX_LOADED"], os.environ["EXPLORER_SHELF_BYTES"] = "1", "0"  # one of each at a time
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(threads())
    if hasattr(os, "nice"):
        os.nice(chosen.nice)
    settings.start(chosen)
    logs.begin(chosen)
    allocator.one_arena()

    import torch

    from explorer import zoo

    torch.set_num_threads(threads())
    line.send(("ready",))
    if warm is None:  # a spare: what each model needs is loaded, and none is
        from transformer_lens import model_bridge as model_bridge
    else:
        try:
            zoo.load(warm)
        except Exception as error:  # it is told to whoever asks for it
            log.info("%s could not be loaded: %s", warm, error)
    collector.settle()
    subjects.keep_less(RUNS)  # it sees few of them again: the page's process keeps those
    while True:
        try:
            number, order = line.recv()
        except (EOFError, OSError):
            return
        _carry_out(order, number, line, given_up)
        allocator.hand_back()


def _carry_out(order: Order, number: int, line: Connection, given_up: Synchronized[int]) -> None:
    last = 0.0

    def progress(what: str, done: int, total: int) -> None:
        nonlocal last
        if given_up.value >= number:
            raise Stopped
        now = time.monotonic()
        if what and now - last > NEWS:
            last = now
            line.send(("status", number, what, int(done), int(total)))

    def part(answer: bytes) -> None:
        line.send(("part", number, answer))

    try:
        answer = measure(order, progress, part)
        line.send(("done", number, answer))
    except Stopped:
        line.send(("failed", number, {"name": "Stopped", "message": "Stopped.", "hint": "", "facts": {}}))
    except Exception as error:
        answer = error_answer(error)
        if answer["name"] == "Error":
            # Not its key: that holds what a visitor has written.
            log.error("%s.%s failed", order.panel, order.view, exc_info=error)
        line.send(("failed", number, answer))


def measure(
    order: Order,
    progress: Callable[[str, int, int], None],
    part: Callable[[bytes], None] = lambda _: None,
) -> bytes:
    """The whole answer to an order; `part` is given what is known on the way."""
    from explorer.panels.scene import Scene
    from explorer.shell.views.other_run import Beside
    from explorer.shell.views.rendering import absent, focus_of
    from explorer.shell.views.subjects import made

    train(models_in(order.query, dict(order.controls)), progress)
    if order.trains:
        return orjson.dumps({"entry": None, "strings": {}, "partial": False})
    panel, view = order.subject
    handed_runs.take(order.runs, progress)
    drawn_from = made(panel.reads(view), order.query, progress)
    focus = focus_of(dict(order.focus), drawn_from)
    controls = dict(order.controls)
    files, texts = dict(order.files) if brought.taken() else None, brought.texts(dict(order.files))
    alone = Scene(
        drawn_from.model,
        drawn_from.run,
        drawn_from.base,
        focus,
        controls,
        progress,
        files=files,
        texts=texts,
        again=order.again,
    )
    drawn: Drawn | None = None
    sent = time.monotonic()
    try:
        for drawn in Beside(alone, controls, progress).drawn(panel, view):
            progress("", 0, 0)  # says nothing: what is counted goes on. Who was given up ends here
            if not drawn.made.checks and time.monotonic() - sent > PART:  # what is whole has its checks
                part(_answer(view, drawn, drawn_from, partial=True))
                sent = time.monotonic()
    except NotApplicableError as error:
        return orjson.dumps({"entry": absent(error), "strings": {}, "partial": False})
    if drawn is None:
        raise LookupError(f"{order.key} yielded nothing")
    return _answer(view, drawn, drawn_from, partial=False)


def _answer(view: View, drawn: Drawn, subject: Subject, partial: bool) -> bytes:
    from explorer.shell.views.rendering import entry, strings, token_ids

    texts = strings(subject.model, token_ids(drawn))
    whole = {"entry": entry(view, drawn), "strings": texts, "partial": partial}
    return orjson.dumps({"passing": True, **whole} if drawn.made.passing else whole)


def _end_with_the_server() -> None:
    server = parent_process()
    if server is not None:
        server.join()
        os._exit(0)
