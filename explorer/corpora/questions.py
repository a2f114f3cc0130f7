"""Questions about the articles, each with the one article that is known to answer it.

    questions.of(articles.read())  ->  (Question(kind="own words", text="How do plants ...", article=4711), ...)

Three kinds, for no retriever is best at all:

- *definition*: "What is …?" with what the article's first sentence says that its subject is, up to the first comma. The
  words are the article's own: a search by words has it easy.
- *words*: six words of the article's last sentence, in an order that the seed draws, without those of the title: as
  people type into a search box.
- *own words*: written for this project without looking at the article, mostly in other words than it uses; they lie in
  ``assets/articles/asked.json``.

Another article may answer a question as well. It counts as wrong even so: all retrievers are held against one known
article, and their differences are fair where their levels are not.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from explorer.corpora.articles import FOLDER, Article

Kind = Literal["definition", "words", "own words"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Of each of the first two kinds, and words of a question of the second.
EACH, WORDS = 150, 6
_DEFINED = re.compile(r"^[^.;]{1,90}? (is|are|was|were) ((?:an?|the|one of) [^.,;()]{25,140})[.,;]")
_SENTENCE = re.compile(r"(?<=[.!?]) +(?=[A-Z])")


@dataclass(frozen=True)
class Question:
    """One question."""

    kind: Kind
    text: str
    article: int
    """The known one's place among all articles."""


def of(known: Sequence[Article], each: int = EACH, seed: int = 0) -> tuple[Question, ...]:
    """The questions, kind by kind: `each` of the first two, and all of the third whose article is there."""
    draw = random.Random(seed)  # noqa: S311
    order = draw.sample(range(len(known)), len(known))
    defined = [(at, text) for at in order if (text := definition(known[at]))][:each]
    typed = [(at, text) for at in reversed(order) if (text := last_words(known[at], draw))][:each]
    places = {article.title: at for at, article in enumerate(known)}
    asked = json.loads((Path(FOLDER) / "asked.json").read_text(encoding="utf-8"))
    return (
        *(Question("definition", text, at) for at, text in defined),
        *(Question("words", text, at) for at, text in typed),
        *(Question("own words", text, places[title]) for title, text in asked.items() if title in places),
    )


def definition(article: Article) -> str:
    """The question of the first kind; nothing where the article does not begin with a definition.

    >>> definition(Article("Clown", "A clown is a person who performs physical comedy, typically in costume."))
    'What is a person who performs physical comedy?'
    """
    found = _DEFINED.match(article.text)
    if not found or _names(article.title) & set(_lower(found[2])):
        return ""
    return f"What {found[1]} {found[2]}?"


def last_words(article: Article, draw: random.Random) -> str:
    """The question of the second kind; nothing where the last sentence is the first one or has too few words.

    >>> last_words(Article("Ice", "Ice is water. It floats because frozen crystals occupy greater volumes."),
    ...            random.Random(0))
    'volumes frozen occupy because crystals floats'
    """
    *before, last = _SENTENCE.split(article.text)
    found = sorted({each for each in _lower(last) if len(each) > 4} - _names(article.title))
    return " ".join(draw.sample(found, WORDS)) if before and len(found) >= WORDS else ""


def _names(title: str) -> set[str]:
    return {each for each in _lower(title) if len(each) > 2}


def _lower(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
