"""What the suite asks of *Near duplicates*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    controls={"documents": 200},
    broken=(
        Broken(
            "near-duplicates-curve",
            "?model=six-kinds-dense&text=Then%20Mary&panel=near_duplicates&near_duplicates.documents=200",
            "pretraining/near_duplicates/banded.js",
            "(1 - similarity ** rows) ** bands",
            "(1 - similarity ** bands) ** rows",
            r"^The page’s S-curve = the module’s",
        ),
    ),
)
