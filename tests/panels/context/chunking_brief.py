"""What the suite asks of *Chunking*."""

from __future__ import annotations

from tests.panels.brief import Brief

OWN = "# Whales\n\nWhales are large. They sing.\n\n## Food\n\nThey eat krill."
BRIEF = Brief(model="tiny", controls={"document": "own", "own": OWN, "question": "What do whales eat?", "size": 24})
