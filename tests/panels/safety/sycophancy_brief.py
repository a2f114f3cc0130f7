"""What the suite asks of *Sycophancy*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"items": 1})
