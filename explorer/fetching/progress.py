"""How a long fetch tells how far it is: a callback `progress(stage, done, total)`, or a bar on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tqdm import tqdm

Progress = Callable[[str, int, int], None]
"""`progress(stage, done, total)`: what is being done in a few words, and how much of it; a total of 0 is unknown."""


def silent(stage: str, done: int, total: int) -> None:
    """No report at all."""


class TerminalProgress:
    """A tqdm bar for each stage; without a terminal, one line for each stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: tqdm[NoReturn] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self.close()
            self._stage = stage
            if sys.stderr.isatty():
                from tqdm import tqdm

                # Only downloads have totals of more than a few thousand: those are bytes.
                in_bytes = total > 100_000
                self._bar = tqdm(total=total or None, desc=stage, unit="B" if in_bytes else "", unit_scale=in_bytes)
            else:
                print(stage, file=sys.stderr, flush=True)
        if self._bar is not None:
            self._bar.update(max(0, min(done, total or done) - self._bar.n))

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
