"""Questions to learn reranking from, made by rule of articles that no measured question is about.

    reranking.asked(articles.read(), seed=0)  ->  (Asked("definition", "What is ...", 17, ...), ...)

The retrievers are measured on `questions.of`. The articles of those questions are left out whole: neither is one of
them asked about here, nor is it a wrong passage. The kinds:

- *definition* and *words*: as they are measured, of other articles.
- *sentence*: a sentence of the article as the question, without the title's words, and the passage without that
  sentence (the inverse cloze task; Lee et al. 2019, arXiv 1906.00300): the passage need not hold the question's words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.corpora import questions
from explorer.corpora.articles import Article

Kind = Literal["definition", "words", "sentence"]
_SENTENCE = re.compile(r"(?<=[.!?]) +(?=[A-Z])")
#: Words that a sentence has at least and at most to be a question.
FEWEST, MOST = 6, 40


@dataclass(frozen=True)
class Asked:
    """One question with the text that is right."""

    kind: Kind
    text: str
    article: int
    passage: str


def measured(known: Sequence[Article]) -> frozenset[int]:
    """The articles that the retrievers are measured on."""
    return frozenset(each.article for each in questions.of(known))


def asked(known: Sequence[Article], seed: int = 0) -> tuple[Asked, ...]:
    """One question an article, as far as its text gives one, in an order that the seed draws; each kind where it can
    be had as likely as another."""
    draw, kept = random.Random(seed), measured(known)  # noqa: S311
    order = [at for at in draw.sample(range(len(known)), len(known)) if at not in kept]
    made = []
    for at in order:
        some = [each for each in _each_kind(known[at], at, draw) if each.text]
        if some:
            made.append(draw.choice(some))
    return tuple(made)


def _each_kind(article: Article, at: int, draw: random.Random) -> list[Asked]:
    text, passage = left_out(article, draw)
    return [
        Asked("definition", questions.definition(article), at, article.whole),
        Asked("words", questions.last_words(article, draw), at, article.whole),
        Asked("sentence", text, at, passage),
    ]


def left_out(article: Article, draw: random.Random) -> tuple[str, str]:
    """A sentence without the title's words, and the article without that sentence; nothing where it has but one.

    >>> left_out(Article("Ice", "Ice is water in its solid state. It floats because ice takes more room than water."),
    ...          random.Random(0))
    ('It floats because takes more room than water.', 'Ice\\n\\nIce is water in its solid state.')
    """
    sentences = _SENTENCE.split(article.text)
    title = {each.lower() for each in re.findall(r"\w+", article.title) if len(each) > 2}
    fit = [at for at in range(1, len(sentences)) if FEWEST <= len(sentences[at].split()) <= MOST]
    if not fit:
        return "", ""
    chosen = draw.choice(fit)
    words = [each for each in sentences[chosen].split() if not title & {w.lower() for w in re.findall(r"\w+", each)}]
    rest = " ".join(sentences[:chosen] + sentences[chosen + 1 :])
    return " ".join(words), f"{article.title}\n\n{rest}"
