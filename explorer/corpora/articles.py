"""The articles that retrieval searches: introductions of the vital articles of Wikipedia, each with its title.

    articles.read()  ->  (Article(title="Kievan Rus'", text="Kievan Rus', also known as ..."), ...)

They lie in ``assets/articles/``, so that a search needs no download: the whole of the catalogue's *encyclopaedia*
(CC BY-SA 4.0). The file is made anew by

    python -c "from explorer.corpora import articles; articles.write()"
"""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from explorer import places
from explorer.corpora import texts
from explorer.errors import SourceMissingError
from explorer.fetching.progress import Progress, silent

FOLDER = places.assets() / "articles"
TITLE, LICENCE = "English Wikipedia, introductions of the vital articles", "CC BY-SA 4.0"


@dataclass(frozen=True)
class Article:
    """One article's introduction."""

    title: str
    text: str

    @property
    def whole(self) -> str:
        """As it is searched: title and text."""
        return f"{self.title}\n\n{self.text}"


@cache
def read(folder: Path = FOLDER) -> tuple[Article, ...]:
    """All articles, in an order that has nothing to do with what they are about. Raises SourceMissingError."""
    try:
        stored = json.loads(lzma.decompress((folder / "articles.json.xz").read_bytes()))
    except FileNotFoundError as error:
        raise SourceMissingError(
            "The articles are not here.",
            'Make them: python -c "from explorer.corpora import articles; articles.write()"',
        ) from error
    return tuple(Article(title, text) for title, text in stored)


def write(folder: Path = FOLDER, progress: Progress = silent) -> int:
    """Store the encyclopaedia's articles, and say how many. The same package gives the same file."""
    loaded = texts.load("encyclopaedia", progress)
    made = [article.split("\n\n", 1) for article in (*loaded.documents, *loaded.held_out)]
    folder.mkdir(parents=True, exist_ok=True)
    raw = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
    (folder / "articles.json.xz").write_bytes(lzma.compress(raw, preset=9))
    return len(made)
