"""What the suite asks of *Metrics clinic*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
