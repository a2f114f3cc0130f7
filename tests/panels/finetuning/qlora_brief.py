"""What the suite asks of *QLoRA and task vectors*: the shelf's adapters are the default model's."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"items": 2}, long=True)
