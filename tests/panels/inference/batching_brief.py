"""What the suite asks of *Batching*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"arrivals": 50, "requests": 3, "long": 32})
