"""What the suite asks of *Patches*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"draws": "3"}, model="dense")
