"""The stored real run that the page shows before the live one is there: `python -m explorer record`.

It is the page's own answer to the default query, with the key it was made with. The page marks it RECORDED.
"""

from __future__ import annotations

import json
from pathlib import Path

from explorer import places
from explorer.shell import service
from explorer.shell.at_work import EXPLORER

RECORDED = places.assets() / "recorded" / "first.json"


def record(path: Path = RECORDED) -> int:
    """Run the default query and store the first panel's answer; returns the bytes written."""
    answer = EXPLORER.run(service.default_query(), "walk", {}, {})
    answer["recorded"] = {"query": answer["run"]["query"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(answer, ensure_ascii=True, separators=(",", ":")) + "\n", encoding="ascii")
    return path.stat().st_size
