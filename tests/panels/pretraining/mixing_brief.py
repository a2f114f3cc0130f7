"""What the suite asks of *Mixing and batches*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    controls={"length": 128},
    broken=(
        Broken(
            "mixing-mask",
            "?model=six-kinds-dense&text=Then%20Mary&panel=mixing&mixing.length=128",
            "pretraining/mixing/masked.js",
            "mask ? documentOf(row, at).begin : 0",
            "mask ? 0 : documentOf(row, at).begin",
            r"^Pairs that the page’s mask leaves",
        ),
    ),
)
