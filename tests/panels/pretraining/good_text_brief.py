"""What the suite asks of *Is it good text?*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    controls={"order": 2},
    broken=(
        Broken(
            "good-text-rules",
            "?model=six-kinds-dense&text=Then%20Mary&panel=good_text",
            "pretraining/good_text/counted.js",
            "[...line].length <= SHORT",
            "[...line].length < SHORT - 5",
            r"values of rules = those that the page counts",
        ),
    ),
)
