"""What the suite asks of *Retrieve*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(
    model="tiny",
    controls={
        "source": "own", "question": "How large is a whale?", "own": "Whales are large.\n---\nShips sail on the sea.",
    },
)  # fmt: skip
