"""What the suite asks of *Counterfactuals*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"texts": 1, "tokens": 16})
