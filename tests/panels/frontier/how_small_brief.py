"""What the suite asks of *How small?*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"windows": "1"})
