"""What a program is answered that asks for a panel; its page's data are in the form that the program chose."""

from __future__ import annotations

from typing import TypedDict

from explorer.shell.envelope.answers import Entry, Selection
from explorer.shell.envelope.runs import Piece


class Drawn(TypedDict):
    """Views of a panel."""

    panel: str
    key: str
    """The run's text form."""
    link: str
    """Where the page shows it, behind the server's own address."""
    focus: Selection
    target: int | None
    """The token whose logit is explained."""
    views: dict[str, Entry]
    strings: dict[str, Piece]
