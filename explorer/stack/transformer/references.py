"""What a token's logit may be measured over, by name; `tracing.derived.baseline` says what each is.

This table needs no torch.

A rival's token id stands in place of a name.
"""

from __future__ import annotations

from typing import Literal

Named = Literal["others", "mean", "raw"]
Over = Named | int

#: In the order in which a person may choose them; the first is the default.
NAMED: tuple[Named, ...] = ("others", "mean", "raw")
DEFAULT: Over = NAMED[0]
