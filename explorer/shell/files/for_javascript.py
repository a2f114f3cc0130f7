"""The files that ``python -m explorer types`` writes for JavaScript, from what Python says once."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from explorer import places
from explorer.figures import typescript as payloads
from explorer.shell.envelope import typescript as envelope
from explorer.shell.files import tables

#: tables that depend on the shelf's models
OF_THE_SHELF = ("models",)


def files() -> dict[Path, str]:
    """Their texts: the payloads' types, the envelope's, and, in a checkout, the tables for the tests in node."""
    assets = places.assets()
    written = {assets / "types" / f"{name}.d.ts": text for name, text in payloads.texts().items()}
    written |= {assets / path: said() for path, said in envelope.FILES.items()}
    if (tests := assets.parent / "tests" / "kit").is_dir():
        written[tests / "tables.json"] = _tables()
    return written


def _tables() -> str:
    held = {name: value for name, value in tables.tables().items() if name not in OF_THE_SHELF}
    return json.dumps(held, default=asdict, ensure_ascii=False, indent=1) + "\n"
