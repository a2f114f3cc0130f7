"""JSON that came from elsewhere: its size is looked at before it is read, and whatever is wrong with it is one
error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from explorer.errors import WeightsDamagedError

MB = 1_000_000
AGAIN = "Fetch or copy it again."
Table = dict[str, Any]
"""A JSON object."""


def read_table(path: Path, limit: int) -> Table:
    """The JSON object in the file. Raises WeightsDamagedError for anything else, or for more than `limit` bytes."""
    shown = f"{path.parent.name}/{path.name}"
    try:
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except (OSError, ValueError) as error:  # a folder, a file that may not be read, a name with a NUL
        raise WeightsDamagedError(f"{shown} cannot be read: {error}", AGAIN) from error
    if len(raw) > limit:
        raise WeightsDamagedError(f"{shown} has over {limit:,} bytes, more than such a file needs.", AGAIN)
    return parse_table(raw, shown)


def _once(pairs: list[tuple[str, object]]) -> Table:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it says {next(n for n in names if names.count(n) > 1)[:80]!r} twice")
    return table


def parse_table(raw: bytes, shown: str, unique: bool = False) -> Table:
    """The JSON object that the bytes are; `shown` is what the error calls them. `unique`: a name that stands twice, of
    which readers take one or the other, is an error too."""
    try:
        table = json.loads(raw, object_pairs_hook=_once if unique else None)
    except RecursionError as error:
        raise WeightsDamagedError(f"{shown} is nested too deeply to be read.", AGAIN) from error
    except ValueError as error:  # no JSON, no UTF-8, a number of 5,000 digits
        raise WeightsDamagedError(f"{shown} is not readable: {error}", AGAIN) from error
    if not isinstance(table, dict):
        raise WeightsDamagedError(f"{shown} is not a table of settings.", AGAIN)
    return table
