"""What the suite asks of *Fine-grained experts*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"steps": 2, "seeds": 1, "cut": 2, "texts": "passages"})
