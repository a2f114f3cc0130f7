"""The page's own scripts and stylesheets, as its head names them: what the first picture needs, asked for at once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath
from posixpath import normpath

from explorer import places

ENTRY = "shell/page.js"
STYLES = (
    *(f"css/{name}.css" for name in ("theme", "base", "page", "gradio", "terms", "print")),
    "kit/kit.css",
)
#: where the page finds them joined, in the folder of its files; beside theme.css, whose addresses are relative
SHEET = "css/all.css"
_IMPORTED = re.compile(r'^(?:import|export)\s(?:[^"]*?\sfrom\s)?"(\.[^"]+)"', re.MULTILINE)


@cache
def imported(entry: str = ENTRY) -> tuple[str, ...]:
    """The script and all that it imports at its start, each once; what it loads later is not among them."""
    assets, found, waiting = places.assets(), dict.fromkeys([entry]), [entry]
    while waiting:
        script = waiting.pop()
        for path in _IMPORTED.findall((assets / script).read_text(encoding="utf-8")):
            other = normpath(str(PurePosixPath(script).parent / path))
            if other not in found:
                found[other] = None
                waiting.append(other)
    return tuple(found)


def styles() -> tuple[str, ...]:
    """The stylesheets of the page's own parts, after those that all of it shares."""
    own = sorted((places.assets() / "shell").glob("*.css"))
    return (*STYLES, *(f"shell/{path.name}" for path in own))


def sheet() -> str:
    """All of them in one, as the page asks for it."""
    return "\n".join((places.assets() / path).read_text(encoding="utf-8") for path in styles())


def links(folder: str) -> str:
    """The lines of the head, where the files are asked for in this folder."""
    scripts = [f'<link rel="modulepreload" href="{folder}/{path}">' for path in imported()]
    return "\n".join((f'<link rel="stylesheet" href="{folder}/{SHEET}">', *scripts))
