"""What the trainings of the shelf's models wrote down: read, not measured again."""

from __future__ import annotations

import json
from typing import Any

from explorer import places


def record(*path: str) -> Any:
    """The JSON file of that path in the folder of the shelf."""
    return json.loads(places.models().joinpath(*path).read_text(encoding="utf-8"))
