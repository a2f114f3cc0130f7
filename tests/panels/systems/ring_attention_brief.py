"""What the suite asks of *Ring*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"length": 1024})
