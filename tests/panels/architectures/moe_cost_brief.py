"""What the suite asks of *Cost*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    controls={"rounds": 2},
    broken=(
        Broken(
            "FLOPs",
            "&new=0&panel=moe_cost",
            "architectures/moe_cost/arithmetic.js",
            "2 * (row.active - row.lookup) + attention",
            "2 * row.active + attention",
            "^The page’s FLOPs = the module’s",
        ),
    ),
)
