"""What the suite asks of *Layers of safety*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

LINK = "&panel=safety_layers&safety_layers.pairs=3"
BRIEF = Brief(
    model="tiny",
    controls={"pairs": 3},
    broken=(
        Broken(
            "safety-layers-through",
            LINK,
            "safety/safety_layers/through.js",
            "data.before.a[at] >= level.before",
            "data.before.a[at] < level.before",
            r"^With all layers on, as many pass",
        ),
    ),
)
