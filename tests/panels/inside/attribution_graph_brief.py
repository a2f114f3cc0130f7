"""What the suite asks of *Attribution graph*: few nodes of a short text."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"kept": "0.5"})
