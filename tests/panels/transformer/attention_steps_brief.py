"""What the suite asks of *Attention step by step*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"longest": 256}, own_page=True)
