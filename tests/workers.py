"""Which tests a worker of `pytest -n 3 --dist loadgroup` runs: a file at a time, and the browser's on two workers.

A file with a test that asks for the shared server or browser runs on one of the first two workers, since each that
runs some starts a server and a Chromium of its own. All panels in the browser are the longest file by far: they come
first, in parts by the model whose run they show, so that a server loads each model once. What is left at the end are
doctests of a moment, and no worker waits for another.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

ROOT = Path(__file__).resolve().parents[1]
#: Workers that drive a browser.
DRIVERS = 2
#: All panels in the browser take as long as all else in it.
PAGES = "tests/browser/test_pages.py"
#: How a file's tests ask for a process that is started once.
ASKED = re.compile(r"\b(server: str|chromium: Browser|open_page: )")
#: The model and the panel in the name of a test of that file.
PART = re.compile(r"\[(\w+)-\w+\]$")


@cache
def served(file: str) -> bool:
    """Whether tests of that file ask for the shared server or browser."""
    return file.endswith(".py") and ASKED.search((ROOT / file).read_text("utf-8")) is not None


def together(test: str) -> str:
    """What a test stays together with: its file, or of the panels in the browser those of one model.

    >>> together("tests/test_cli.py::test_a[1-b]"), together(f"{PAGES}::test_panel_is_drawn[dense-walk]")
    ('tests/test_cli.py', 'tests/browser/test_pages.py dense')
    """
    file = test.split("::")[0]
    part = PART.search(test) if file == PAGES else None
    return f"{file} {part[1]}" if part else file


def rank(group: str) -> int:
    """The first are begun first.

    >>> rank(f"{PAGES} dense"), rank(PAGES), rank("tests/browser/test_kit.py"), rank("tests/test_cli.py")
    (0, 1, 1, 2)
    """
    return 0 if group.startswith(f"{PAGES} ") else 1 if served(group.split(" ")[0]) else 2


class Shared(LoadGroupScheduling):
    """The marks of xdist 3.8 are not read by pytest 9.2: the groups are named here."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # as they stand, and not by how many tests they have

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        """The next for this worker: the browser's first if it drives one, and else all but those."""
        drives = self.nodes.index(node) < DRIVERS
        mine = [group for group in self.workqueue if drives or rank(group) == 2]
        if not mine:
            node.shutdown()
            return
        self.workqueue.move_to_end(min(mine, key=rank), last=False)
        super()._assign_work_unit(node)
