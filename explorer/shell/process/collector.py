"""Python's search for cycles of objects: off while a process starts, and never through what was made by then.

Torch, Gradio, the panels and the first run are 640,000 objects that stay until the end. Looked through again and again
while they come into being, they take a sixth of a start's work; each later look through all of them would take 0.3 s,
in which nobody is answered.
"""

from __future__ import annotations

import atexit
import gc


def begin() -> None:
    """Before the imports."""
    gc.disable()


def settle() -> None:
    """What lives now stays; what is made from now on is searched as ever. What early visitors have left goes first."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # the last search is through all, else a library says that its objects have leaked
    gc.enable()
