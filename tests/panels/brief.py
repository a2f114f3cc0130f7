"""What the suite asks of a panel, where that is not what a visitor sees at first.

``<chapter>/<panel>_brief.py``, beside the panel's tests, ends with ``BRIEF = Brief(...)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Literal
from urllib.parse import quote

from explorer.panels import panels


@dataclass(frozen=True)
class Broken:
    """A check that the page computes itself, and what breaks it: one place of a script, written otherwise."""

    name: str
    link: str
    """To the panel."""
    script: str
    """Below ``assets/views``."""
    right: str
    wrong: str
    statement: str
    """A regular expression for what must fail then."""


@dataclass(frozen=True)
class Brief:
    """What is asked where a test draws every panel."""

    controls: Mapping[str, int | str] = field(default_factory=dict)
    """Few files, steps, texts for what measures long."""
    model: Literal["default", "dense", "mixture", "tiny"] = "default"
    """Whose run is shown: what measures long is asked of a small one, and of the default one by tests of its own;
    "tiny" has random weights and two blocks. A panel that requires experts is shown a mixture in any case."""
    interventions: str = ""
    """That must be on for all its views to apply."""
    second: str = ""
    """The query of a second run."""
    own_page: bool = False
    """Whether it is opened by a link of its own even so."""
    long: bool = False
    """Views that take minutes even so: the page is drawn by the nightly run, with more patience."""
    broken: tuple[Broken, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether a page is opened for it, which no panel was on before."""
        return self.own_page or bool(self.interventions or self.second)


@cache
def brief(panel: str) -> Brief:
    """The panel's own, or what is asked of all."""
    name = f"tests.panels.{panels()[panel].chapter}.{panel}_brief"
    return import_module(name).BRIEF if find_spec(name) else Brief()


def link(panel: str) -> str:
    """The controls as they stand in the page's link.

    >>> link("upcycling"), link("walk")
    ('&upcycling.k=1&upcycling.steps=2&upcycling.texts=passages', '')
    """
    return "".join(f"&{panel}.{name}={quote(str(value), safe=',')}" for name, value in brief(panel).controls.items())


def broken() -> list[Broken]:
    """Of all panels."""
    return [each for panel in panels() for each in brief(panel).broken]
