"""What the suite asks of *Arena*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    model="dense",
    controls={"new": 12, "votes": 50},
    broken=(
        Broken(
            "arena-ratings",
            "&panel=arena&arena.new=12",
            "evaluation/arena/ratings.js",
            "residual ** 2",
            "p * (1 - p)",
            r"^The page’s ratings and errors of 12 given games",
        ),
    ),
)
