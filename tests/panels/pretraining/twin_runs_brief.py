"""What the suite asks of *Two training runs*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"steps": 2, "seeds": 1, "layers": 1, "rows": 2, "texts": "passages"})
