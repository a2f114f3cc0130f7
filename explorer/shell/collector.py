"""Python's search for cycles of objects: off while a process starts, and never through what was made by then.

Torch, Gradio and the panels are some million objects that stay until the end. Looked through again and again while they
come into being, they take a fifth of the start; looked through later, a request waits a third of a second for it.
"""

from __future__ import annotations

import atexit
import gc


def begin() -> None:
    """Before the imports."""
    gc.disable()


def settle() -> None:
    """What lives now stays; what is made from now on is searched as ever."""
    gc.freeze()
    atexit.register(gc.unfreeze)  # the last search is through all, else a library says that its objects have leaked
    gc.enable()
