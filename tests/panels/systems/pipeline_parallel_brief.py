"""What the suite asks of *Pipeline*: few rows and repeats."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"processes": 2, "repeats": 3, "microbatches": 2, "ranks": 2})
