"""What the suite asks of *Positions*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    model="dense",
    broken=(
        Broken(
            "map",
            "&new=0&panel=positions",
            "embeddings/positions/sines.js",
            "cosine: column % 2 === 1",
            "cosine: column % 2 === 0",
            "^The last row of the map equals",
        ),
    ),
)
