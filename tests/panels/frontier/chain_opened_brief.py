"""What the suite asks of *The chain, opened*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
