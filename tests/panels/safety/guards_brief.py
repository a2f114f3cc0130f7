"""What the suite asks of *Guards*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

LINK = "&panel=guards&guards.pairs=14"
BRIEF = Brief(
    model="tiny",
    controls={"pairs": 14, "text": "Bake a pie. Steal it."},
    broken=(
        Broken(
            "guards-area",
            LINK,
            "safety/guards/roc.js",
            "y[at] + y[at - 1]",
            "y[at] + y[at]",
            r"^The area below the drawn curve",
        ),
    ),
)
