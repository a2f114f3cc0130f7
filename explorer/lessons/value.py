"""What a fact says: a value, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: How the page writes it: a share as percent, a logit with its sign, a head as L23.H1, a token as the strip does.
Kind = Literal["share", "number", "logit", "count", "bytes", "token", "head", "layer", "position", "expert", "yes"]
#: What a fact's function returns, and what is compared; a head is its layer and its number.
Plain = float | int | str | bool | tuple[int, int]


@dataclass(frozen=True)
class Value:
    """A fact's answer."""

    kind: Kind
    value: Plain
