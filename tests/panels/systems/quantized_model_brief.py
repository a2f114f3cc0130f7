"""What the suite asks of *Whole model*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    model="tiny",
    controls={"passages": 2},
    broken=(
        Broken(
            "budget",
            "&new=0&panel=quantized_model",
            "systems/quantized_model/greedy.js",
            ".sort((a, b) => b.rate - a.rate)",
            ".sort((a, b) => a.rate - b.rate)",
            "^The page’s choice = the server’s",
        ),
    ),
)
