"""What the suite asks of *Compare models*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
