"""What the suite asks of *Every method side by side*: its step is measured on a small model."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
