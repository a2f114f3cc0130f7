"""What the suite asks of *Features*: dictionaries of the small model."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
