"""What the suite asks of *Constitution*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"principles": "Be kind.", "requests": 1, "items": 1})
