"""What the suite asks of *Special tokens and chat*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
