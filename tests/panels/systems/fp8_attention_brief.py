"""What the suite asks of *FP8 attention*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
