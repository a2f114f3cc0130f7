"""What the suite asks of *AWQ and SmoothQuant*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
