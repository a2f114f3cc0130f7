"""What the suite asks of *Blocks compared*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(
    model="dense", controls={"blocks": 2, "steps": 2, "layers": 1, "rounds": 2, "seeds": 2, "texts": "passages"}
)
