"""What the suite asks of *Data parallel and ZeRO*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"model": "small", "ranks": 2, "rows": 2})
