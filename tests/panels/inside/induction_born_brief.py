"""What the suite asks of *Induction is born*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"steps": 4}, model="dense")
