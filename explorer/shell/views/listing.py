"""The source of a view, as the page's drawer shows it: where each part stands, and its words by kind."""

from __future__ import annotations

import inspect
from itertools import groupby
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from explorer.panels.protocol import View
from explorer.places import PACKAGE

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import SourcePart

#: names, signs and spaces: in the colour of the text
PLAIN = ("n", "p", "o", "w")


def listing(view: View) -> list[SourcePart]:
    """The parts that the view names as its source, in its order."""
    return [_part(name) for name in view.source]


def _part(name: str) -> SourcePart:
    found = inspect.unwrap(resolve_name(f"explorer.{name}"))
    lines, first = inspect.getsourcelines(found)
    path = Path(inspect.getsourcefile(found) or "").resolve()
    return {
        "path": path.relative_to(PACKAGE.parent).as_posix() if path.is_relative_to(PACKAGE.parent) else path.name,
        "line": max(1, first),
        "tokens": tokens("".join(lines)),
    }


def tokens(source: str) -> list[tuple[str, str]]:
    """The text in pieces of one kind each.

    >>> tokens("def f(): return 1")[:3]
    [('k', 'def'), ('', ' '), ('nf', 'f')]
    """
    from pygments.lexers.python import PythonLexer
    from pygments.token import STANDARD_TYPES

    kinds = {token: "" if short in PLAIN else short for token, short in STANDARD_TYPES.items()}
    pieces = (
        (kinds.get(token, ""), text) for token, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source)
    )
    return [(name, "".join(text for _, text in each)) for name, each in groupby(pieces, key=lambda piece: piece[0])]
