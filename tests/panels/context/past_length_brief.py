"""What the suite asks of *Past the trained length*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"times": 2})
