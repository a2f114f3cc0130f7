"""What the suite asks of *Scoreboard*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"rows": "int2", "tasks": "copy,agreement", "items": 12})
