"""The set's questions in own words, rewritten by the model, and where each search then has the known article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float

from explorer.corpora import articles, questions
from explorer.corpora.questions import Question
from explorer.experiments.context import embedding, retrieving
from explorer.experiments.context.grounded_prompt import frame
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.context import bm25, fusion
from explorer.stack.context.rewriting import longer, mean_of
from explorer.stack.inference.decoding.engine import Engine
from explorer.zoo.model import stop_ids
from explorer.zoo.text_encoder import TextEncoder

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Tokens of a passage that the model writes.
NEW = 40
#: What is searched by: the question's vector, the written passage's, both; the question's words, and both's.
WAYS = ("dense", "hyde", "both", "words", "more words")


@dataclass(frozen=True, eq=False)
class Rewritten:
    questions: tuple[Question, ...]
    titles: tuple[str, ...]
    """Of the known articles."""
    passages: tuple[str, ...]
    """As the model wrote them."""
    ranks: Float[np.ndarray, "way question"]
    """From 1; inf where no word is shared."""


def rewritten(
    model: Model, encoder: TextEncoder, count: int, among: int = 0, progress: Ticks = unheard
) -> Iterator[Rewritten]:
    """All questions so far. `among`: the first articles alone; all."""
    known, held = articles.read(), retrieving.library(among)
    asked = [each for each in questions.of(known) if each.kind == "own words" and each.article < len(held.texts)]
    made, columns = [], []
    for each in asked[:count]:
        passage = written(model, each.text)
        vectors = embedding.embedded(encoder, [each.text, passage or each.text]).vectors
        dense = [held.vectors @ v.numpy() for v in (vectors[0], vectors[1], mean_of(vectors[0], vectors[1]))]
        lexical = [bm25.by_word(held.index, bm25.words(text), "lucene").sum(0) for text in
                   (each.text, longer(each.text, passage))]  # fmt: skip
        places = [fusion.ranks(row)[each.article] for row in dense]
        places += [fusion.ranks(np.where(row > 0, row, -np.inf))[each.article] for row in lexical]
        columns.append(places)
        made.append((each, passage))
        progress(len(made), min(count, len(asked)))
        yield Rewritten(
            tuple(q for q, _ in made), tuple(known[q.article].title for q, _ in made), tuple(p for _, p in made),
            np.array(columns, float).T,
        )  # fmt: skip


@torch.inference_mode()
def written(model: Model, question: str) -> str:
    """A passage that would answer the question, as the model writes it greedily."""
    ids = sum(
        frame(model, f"Write two sentences of an encyclopedia that answer the question. Question: {question}", ""), ()
    )
    ends = stop_ids(model.hf, model.tokenizer)
    engine = Engine(model.plain_decoder, model.vocabulary.bytes)
    made = engine.generate([list(ids)], NEW, stop_ids=ends)[0]
    return str(model.tokenizer.decode(list(made.new_ids), skip_special_tokens=True)).strip()
