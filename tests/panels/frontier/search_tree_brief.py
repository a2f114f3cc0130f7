"""What the suite asks of *The search tree*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
