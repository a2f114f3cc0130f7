"""The page's own scripts and stylesheets, as its head names them: what the first picture needs, asked for at once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath
from posixpath import normpath

from explorer import places

ENTRY = "shell/page.js"
#: it imports all others, and lies beside theme.css, whose addresses are relative
SHEET = "css/all.css"
_IMPORTED = re.compile(r'^(?:import|export)\s(?:[^"]*?\sfrom\s)?"(\.[^"]+)"', re.MULTILINE)
_SHEETS = re.compile(r'^@import "(\.[^"]+)";\n', re.MULTILINE)


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


def sheet(path: str = SHEET) -> str:
    """A stylesheet with those that it imports in their places: a browser would ask for one after the other."""
    text = (places.assets() / path).read_text(encoding="utf-8")
    return _SHEETS.sub(lambda found: sheet(normpath(str(PurePosixPath(path).parent / found[1]))), text)


def links(folder: str) -> str:
    """The lines of the head, where the files are asked for in this folder."""
    scripts = [f'<link rel="modulepreload" href="{folder}/{path}">' for path in imported()]
    return "\n".join((f'<link rel="stylesheet" href="{folder}/{SHEET}">', *scripts))
