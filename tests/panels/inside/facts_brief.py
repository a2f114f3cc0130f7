"""What the suite asks of *Facts*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"draws": 1})
