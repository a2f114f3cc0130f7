"""What the suite asks of *Teach it*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

TINY = {"steps": 2, "rows": 1, "task": "own", "rank": 2}
_LINK = "&".join(f"teach.{name}={value}" for name, value in TINY.items())
BRIEF = Brief(
    controls=TINY,
    model="dense",
    broken=(
        Broken(
            "teach",
            f"?model=six-kinds-dense&text=Then%20Mary&panel=teach&{_LINK}",
            "finetuning/teach/lesson.js",
            "all.filter(({ exact: right }) => right).length - ",
            "all.filter(({ exact: right }) => right).length + 1 - ",
            r"^The answers that are marked exact are as many",
        ),
    ),
)
