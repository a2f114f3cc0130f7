"""Gradio's stylesheets in a cascade layer, so that every rule of the page outweighs them by being in none.

`LAYER` comes first of the layers that `assets/css/theme.css` names.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

LAYER = "gradio"
FOLDER = Path(str(files("gradio"))) / "templates" / "frontend" / "assets"
NAME = re.compile(r"[\w-]{1,100}")


@lru_cache(maxsize=128)
def layered(name: str) -> str | None:
    """The text of one of Gradio's stylesheets inside its layer; None where there is no such file."""
    file = FOLDER / f"{name}.css"
    if not NAME.fullmatch(name) or not file.is_file():
        return None
    return f"@layer {LAYER} {{{file.read_text(encoding='utf-8')}}}"
