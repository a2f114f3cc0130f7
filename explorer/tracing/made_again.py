"""What of long runs (see long_run.py) is made again while something is worked out, and how far it is from what was
read as they ran.

Whoever works something out for a reader listens; a result that is kept is told of anew each time that it is used. Each
thread listens for itself.

>>> heard = {}
>>> with listening(heard):
...     tell({Part("logits", 589): 1e-6})
...     tell({Part("logits", 589): 4e-6})
>>> heard
{Part(name='logits', tokens=589): 4e-06}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from explorer.stack.worst import worst


@dataclass(frozen=True)
class Part:
    """What was made again, and of how long a run."""

    name: Literal["attention weights", "logits", "MLP pre-activations"]
    tokens: int


_heard: ContextVar[dict[Part, float] | None] = ContextVar("made again", default=None)


@contextmanager
def listening(heard: dict[Part, float]) -> Iterator[None]:
    """Write down what is told meanwhile, with the largest error of each part. Whoever listened before hears nothing."""
    before = _heard.set(heard)
    try:
        yield
    finally:
        _heard.reset(before)


def tell(made: Mapping[Part, float]) -> None:
    """Say what was made again, and the largest difference of what was made from what was read of it."""
    heard = _heard.get()
    if heard is not None:
        for part, error in made.items():
            heard[part] = worst(heard.get(part, 0.0), error)
