"""What the suite asks of *Grouped queries*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
