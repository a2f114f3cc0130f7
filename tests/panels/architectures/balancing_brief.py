"""What the suite asks of *Load balancing*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"steps": 50, "experts": 4})
