"""What the suite asks of *Twins*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"draws": "16", "short": "In the beginning"}, model="dense")
