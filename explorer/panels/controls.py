"""A panel's controls, each declared once: page, link, `Scene`, API, lessons, tests and documentation read the
declaration.

A control holds one value. Its declaration says what that may be:

- `choices`: one of them. Numbers take the nearest. What the run offers (its roles, its blocks) cannot be declared:
  then the control is `open`, and the view says what is known.
- `range`: a number between two bounds, whole if the default or the bounds are. A bound of None is the run's own.
  `choices` beside it are those that the page offers; a link may ask for any number within the range.
- `longest`: a text of so many characters at most.

What a link says is never refused: it is read as the nearest value that there is, or as the default. A program is told
what is wrong with its value.

>>> gap = Control("gap", "Steps between arrivals", "How far apart requests arrive.", 1.5, range=(0.25, 16.0))
>>> gap.read("99"), gap.read("half"), gap.read(None)
(16.0, 1.5, 1.5)
>>> gap.refused("99")
'“gap” is 99; it takes a number from 0.25 to 16.0.'
>>> tile = Control("tile", "Tile", "Rows of a tile.", 8, choices=(4, 8, 16), unit="rows")
>>> tile.read("13"), tile.read(""), tile.kind
(16, 8, 'whole')
>>> mask = Control("mask", "Mask", "What a query may see.", "causal", choices=(("causal", "Causal"), ("none", "None")))
>>> mask.read("diagonal"), mask.read("none"), mask.refused("diagonal")
('causal', 'none', '“mask” is “diagonal”; it takes one of: causal, none.')
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

from explorer.panels.selection import Scalar

#: The page's own control: the query of the run that its run is compared with. Links write it once, for all panels.
WITH = "with"
#: Seeds of a draw on the page.
SEEDS = (0, 2**31 - 1)

Kind = Literal["choice", "whole", "real", "text", "open"]
Number = int | float
#: A value that is one.
Plain = str | int | float
#: A value; with what the page calls it; with what it means as well.
Choice = Plain | tuple[Plain, str] | tuple[Plain, str, str]


@dataclass(frozen=True)
class Control:
    """What a person may set. Raises ValueError for a declaration that contradicts itself."""

    name: str
    """In links and in `Scene`: ``<panel>.<name>=value``."""
    label: str
    """On the page; nothing where the picture itself is pressed."""
    meaning: str
    """A sentence: what it changes."""
    default: Plain | None = None
    """None: the view decides, by what it has measured."""
    choices: tuple[Choice, ...] = ()
    range: tuple[Number | None, Number | None] | None = None
    step: Number | None = None
    """Between two numbers that the page offers."""
    longest: int | None = None
    """Characters of a text."""
    unit: str = ""
    private: bool = False
    """Whether it holds a visitor's own documents: no answer about them is kept on the disk."""

    def __post_init__(self) -> None:
        if self.longest is not None and (self.choices or self.range):
            raise ValueError(f"{self.name}: a text has neither choices nor a range")
        if self.default is not None and (why := self.refused(self.default)):
            raise ValueError(f"the default of a control is none of its values: {why}")

    @cached_property
    def named(self) -> tuple[tuple[Plain, str] | tuple[Plain, str, str], ...]:
        """The choices with what the page calls them."""
        return tuple(each if isinstance(each, tuple) else (each, str(each)) for each in self.choices)

    @cached_property
    def values(self) -> tuple[Plain, ...]:
        """The choices alone."""
        return tuple(each[0] for each in self.named)

    @cached_property
    def kind(self) -> Kind:
        if self.longest is not None:
            return "text"
        numbers = [*self.values, *(self.range or ()), self.default, self.step]
        said = [each for each in numbers if each is not None]
        if self.range is None and (not self.choices or any(isinstance(each, str) for each in said)):
            return "choice" if self.choices else "open"
        return "real" if any(isinstance(each, float) for each in said) else "whole"

    def read(
        self, said: Scalar, *, default: Scalar = None, low: Number | None = None, high: Number | None = None
    ) -> Scalar:
        """The value that a link means. `default`, `low` and `high` are the run's own: they stand in for what the
        declaration leaves open. Raises LookupError where it does not."""
        default = _left_open(self.name, "default", self.default, default)
        if self.kind in ("whole", "real"):
            bounds = self.range or (None, None)
            low = _left_open(self.name, "low", bounds[0], low)
            return self._number(said, default, low, _left_open(self.name, "high", bounds[1], high))
        if said is None or (said == "" and self.kind != "text"):
            return default
        if self.kind == "choice":
            return next((each for each in self.values if str(each) == str(said)), default)
        return str(said)[: self.longest]

    def _number(self, said: Scalar, default: Scalar, low: Number | None, high: Number | None) -> Number | None:
        value = _numeric(said)
        value = _numeric(default) if value is None else value
        if value is None:
            return None
        if self.range is None:
            value = _nearest(value, self.values)
        else:
            value = min(max(value, -math.inf if low is None else low), math.inf if high is None else high)
        return math.floor(value + 0.5) if self.kind == "whole" else float(value)  # as JavaScript rounds

    def meant(self, said: Scalar) -> Scalar:
        """The one way to say it: None for what changes nothing, the same value for all that mean the same."""
        if said == "" and (self.kind != "text" or self.default is None):
            return None
        value = self.read(said)
        return None if value == self.default else value

    def refused(self, said: Scalar) -> str:
        """Why a program's value is none; nothing where it is one."""
        value, shown = _numeric(said), f"“{self.name}” is {_shown(said)}; it takes {self.takes}."
        if self.kind in ("whole", "real"):
            return "" if value is not None and self._holds(value) else shown
        if self.kind == "choice" and str(said) not in map(str, self.values):
            return shown
        if self.kind == "text" and len(str(said)) > (self.longest or 0):
            return f"“{self.name}” has {len(str(said)):,} characters; it takes {self.takes}."
        return ""

    def _holds(self, value: float) -> bool:
        if self.kind == "whole" and value != math.floor(value):
            return False
        if self.range is None:
            return value in self.values
        low, high = self.range
        return (low is None or value >= low) and (high is None or value <= high)

    @property
    def takes(self) -> str:
        """What it may be, in words.

        >>> Control("k", "k", "Experts a token.", 2, choices=(1, 2)).takes
        'one of: 1, 2'
        """
        if self.range is not None:
            number = "a whole number" if self.kind == "whole" else "a number"
            bounds = (("from", self.range[0]), ("to", self.range[1]))
            return " ".join([number, *(f"{word} {bound:,}" for word, bound in bounds if bound is not None)])
        if self.choices:
            return f"one of: {', '.join(map(str, self.values))}"
        return f"a text of {self.longest:,} characters at most" if self.longest is not None else "what the view offers"


Value = TypeVar("Value")


def _left_open(name: str, what: str, declared: Value, of_run: Value) -> Value:
    """What is declared, or what the run says where nothing is."""
    if declared is not None and of_run is not None:
        raise LookupError(f"the control “{name}” declares its {what}: {declared!r}")
    return of_run if declared is None else declared


def _numeric(said: Scalar) -> float | None:
    try:
        value = float(said) if said is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _nearest(value: float, values: Sequence[Plain]) -> float:
    return min(map(float, values), key=lambda each: abs(each - value))


def _shown(said: Scalar) -> str:
    text = str(said)
    if _numeric(said) is not None:
        return text[:40]
    return f"“{text}”" if len(text) <= 60 else f"“{text[:60]}…”"


def by_name(controls: Sequence[Control]) -> Mapping[str, Control]:
    """Raises ValueError where two bear the same name."""
    found = {each.name: each for each in controls}
    if len(found) != len(controls):
        raise ValueError("two controls bear the same name")
    return found
