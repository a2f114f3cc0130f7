"""Pictures of real runs, kept for panels whose subject the open model lacks: a mixture's routing, for example.

`assets/recorded/pictures/<panel>.json` says which run; `<panel>.light.png` and `<panel>.dark.png` lie beside it. They
are taken from the page itself by ``python -m tests.browser.record_pictures``.
"""

from __future__ import annotations

import json

from explorer import places

FOLDER = places.assets() / "recorded" / "pictures"


def query_of(panel: str) -> str:
    """The query of the run that a panel's picture was taken of; nothing where there is none."""
    said = FOLDER / f"{panel}.json"
    return str(json.loads(said.read_text(encoding="utf-8"))["query"]) if said.is_file() else ""
