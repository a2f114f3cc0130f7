"""What the suite asks of *Train*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

TINY = {"layers": 1, "width": 32, "heads": 2, "kv_heads": 2, "steps": 4, "context": 16, "rows": 2}
_LINK = "&".join(f"train.{name}={value}" for name, value in TINY.items())

BRIEF = Brief(
    controls=TINY,
    broken=(
        Broken(
            "train",
            f"?model=six-kinds-dense&text=Then%20Mary&panel=train&{_LINK}",
            "pretraining/train/run.js",
            "work.reduce((sum, { share }) => sum + share, 0)",
            "work.reduce((sum, { share }) => sum + share, 1)",
            r"^The shares of a step’s operations add up to 1",
        ),
    ),
)
