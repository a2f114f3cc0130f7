"""Questions with an article that answers them among others that are near: prompts of real passages.

The questions are the set's definitions ("What is a person who performs physical comedy?"), the answer is the title that
the article begins with, and the other passages are the articles nearest to it. Nothing is retrieved while it runs: the
vectors are those that are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.corpora import articles, questions
from explorer.experiments.context import embedding
from explorer.experiments.context.grounded_prompt import frame, plain
from explorer.stack.context.grounded import Parts

if TYPE_CHECKING:
    from explorer.zoo.model import Model

TASK = "Answer the question by what the passages say."


@dataclass(frozen=True)
class Asked:
    """One question in token ids. The passage that answers it is the first."""

    question: str
    title: str
    parts: Parts
    answer: tuple[int, ...]


def asked(model: Model, count: int, among: int, tokens: int) -> Iterator[Asked]:
    """The first `count` questions, each with `among` passages cut to so many tokens."""
    known, vectors = articles.read(), embedding.kept().vectors().numpy()
    chosen = [each for each in questions.of(known) if each.kind == "definition"][:count]
    vocabulary = model.vocabulary
    for each in chosen:
        near = np.argsort(-(vectors @ vectors[each.article]), kind="stable")
        places = [each.article, *(int(at) for at in near if at != each.article)][:among]
        texts = [vocabulary.writable(" ".join(known[at].text.split())) for at in places]
        passages = tuple((*plain(vocabulary, text)[:tokens], *plain(vocabulary, "\n")) for text in texts)
        before, after = frame(model, f"{TASK}\n\n", f"\nQuestion: {each.text}")
        title = known[each.article].title
        answer = plain(vocabulary, vocabulary.writable(title if vocabulary.has_chat else f" {title}"))
        yield Asked(each.text, title, Parts(before, passages, after), answer)
