"""What the suite asks of *Ways to distil*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"steps": "2", "seeds": "1", "texts": "passages"})
