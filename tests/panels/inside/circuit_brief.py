"""What the suite asks of *Circuit*: a short task whose words the small model's tokenizer has."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"task": "agreement", "kept": 4, "steps": 1})
