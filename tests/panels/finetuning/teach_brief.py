"""What the suite asks of *Teach it*."""

from __future__ import annotations

from tests.panels.brief import Brief

TINY = {"steps": 2, "rows": 1, "task": "own", "rank": 2}
BRIEF = Brief(controls=TINY, model="dense")
