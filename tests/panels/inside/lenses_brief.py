"""What the suite asks of *Lenses*: lenses of the small model."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"texts": 2})
