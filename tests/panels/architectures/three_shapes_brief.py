"""What the suite asks of *Three shapes*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
