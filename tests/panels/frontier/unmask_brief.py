"""What the suite asks of *Unmask*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"holes": "4", "steps": "2", "most": "8", "each": "1"}, model="dense")
