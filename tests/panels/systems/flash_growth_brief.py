"""What the suite asks of *Time and memory*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"longest": 1024})
