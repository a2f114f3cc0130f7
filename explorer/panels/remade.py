"""The note behind a view that shows what was made again of a long run: what, from what, and how far from what was read.

It follows from what is read while a view is made (see `protocol.noted`), and no view writes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.tracing.made_again import Part

#: From what each is made again.
SOURCES = {
    "attention weights": ("queries", "keys"),
    "logits": ("residual stream",),
    "MLP pre-activations": ("residual stream",),
}


def words(heard: Mapping[Part, float]) -> str:
    """What was made again, in words; nothing where nothing was.

    >>> from explorer.tracing.made_again import Part
    >>> print(words({Part("logits", 1589): 4.12e-6}))
    A run of 1,589 tokens keeps no logits. They are computed again here from the residual stream, and are at most 4.1e−6
    from the values measured during the run.
    """
    if not heard:
        return ""
    names = [name for name in SOURCES if any(part.name == name for part in heard)]
    sources = dict.fromkeys(source for name in names for source in SOURCES[name])
    lengths = sorted({part.tokens for part in heard})
    runs, keep, run = ("A run", "keeps", "run") if len(lengths) == 1 else ("Runs", "keep", "runs")
    return (
        f"{runs} of {_listed(f'{n:,}' for n in lengths)} tokens {keep} {_listed(f'no {name}' for name in names)}. They "
        f"are computed again here from the {_listed(sources)}, and are {_far(worst(heard.values()))} the values "
        f"measured during the {run}."
    )


def _listed(words: Iterable[str]) -> str:
    """
    >>> _listed(["one"]), _listed(["one", "two", "three"])
    ('one', 'one, two and three')
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _far(error: float) -> str:
    """
    >>> _far(3.64e-6), _far(0.0), _far(math.nan)
    ('at most 3.6e−6 from', 'equal to', 'not comparable with')
    """
    if error == 0:
        return "equal to"
    if not math.isfinite(error):
        return "not comparable with"
    digits, exponent = f"{error:.1e}".split("e")
    return f"at most {digits}e{int(exponent)} from".replace("-", "−")
