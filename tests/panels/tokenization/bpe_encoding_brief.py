"""What the suite asks of *Encode, step by step*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
