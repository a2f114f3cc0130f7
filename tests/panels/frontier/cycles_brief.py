"""What the suite asks of *Cycles*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"cycles": "4"}, model="dense")
