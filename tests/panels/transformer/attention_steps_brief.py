"""What the suite asks of *Attention step by step*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"longest": 256}, own_page=True)
