"""What the suite asks of *HNSW*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="tiny", controls={"count": 200, "m": 4, "build": 8})
