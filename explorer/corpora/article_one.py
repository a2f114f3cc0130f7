"""One paragraph in twelve languages: the first article of the Universal Declaration of Human Rights.

The United Nations' own translations say the same thing everywhere, so that what they cost in tokens can be compared.
The texts lie in ``assets/languages/article_1.json``, with their source.

>>> found = read()
>>> len(found), found[0].name, found[0].text[:23]
(12, 'English', 'All human beings are bo')
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from explorer import places

TITLE = "Universal Declaration of Human Rights, article 1"


@dataclass(frozen=True)
class Paragraph:
    """The article in one language."""

    code: str
    """ISO 639-1."""
    name: str
    text: str


@cache
def read() -> tuple[Paragraph, ...]:
    """English first."""
    stored = json.loads((places.assets() / "languages" / "article_1.json").read_text(encoding="utf-8"))
    return tuple(Paragraph(each["code"], each["name"], each["text"]) for each in stored["paragraphs"])
