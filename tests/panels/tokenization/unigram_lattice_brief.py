"""What the suite asks of *Unigram lattice*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"passage": "drama", "size": 250})
