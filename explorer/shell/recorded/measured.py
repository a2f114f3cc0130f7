"""Views that are measured for a recording: each once, however many places show it, and found again on the disk."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import orjson

from explorer.fetching.progress import Progress
from explorer.shell.jobs.kept_answers import Answers
from explorer.shell.jobs.order import Stopped, order_of

if TYPE_CHECKING:
    from explorer.panels.protocol import Panel, View
    from explorer.panels.selection import Scalar
    from explorer.shell.envelope.answers import JobAnswer
    from explorer.shell.service import Explorer
    from explorer.shell.views.subjects import Subject


class Measured:
    """Answers of heavy views, measured when they are not at hand. One that no place leads to is left out where it takes
    more than `seconds`."""

    def __init__(self, explorer: Explorer, answers: Answers | None = None, seconds: float = math.inf) -> None:
        self._explorer = explorer
        self._answers = Answers() if answers is None else answers  # an empty one is false
        self._left_out: set[str] = set()
        self.seconds = seconds

    def answer(
        self,
        panel: Panel,
        view: View,
        subject: Subject,
        asked: tuple[str, Mapping[str, Scalar], Mapping[str, Scalar]],
        progress: Progress,
        wanted: bool = True,
    ) -> JobAnswer | None:
        """Its entry and the strings that it names, for a query, a selection and controls; None where it is left out."""
        query, focus, controls = asked
        key = order_of(panel, view, query, focus, controls).key
        if (kept := self._answers.get(key)) is not None:
            return orjson.loads(kept)
        if key in self._left_out and not wanted:
            return None
        began = time.monotonic()

        def told(what: str, done: int, total: int) -> None:
            if not wanted and time.monotonic() - began > self.seconds:
                raise Stopped
            progress(what, done, total)

        try:
            drawn = self._explorer.draw(panel, [view], subject, focus, controls, (), told)
        except Stopped:
            self._left_out.add(key)
            return None
        made: JobAnswer = {"entry": drawn["views"][view.name], "strings": drawn["strings"], "partial": False}
        self._answers.put(key, orjson.dumps(made), time.monotonic() - began)
        return made
