"""What the suite asks of *Needle*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"longest": 128})
