"""What the suite asks of *Interchange*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"steps": "2"}, model="dense")
