"""What the suite asks of *Inside the adapter*: the shelf's adapters are the default model's."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"items": 2})
