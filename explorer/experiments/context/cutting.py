"""One document in passages, by each way of cutting, and what a question finds in each.

cut(encoder, text, "What is lava?", size=64, overlap=0)  ->  (Cut(way="whole", ...), Cut(way="tokens", ...), ...)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float

from explorer.corpora import articles
from explorer.experiments.context.embedding import READ, embedded
from explorer.fetching.progress import Progress, silent
from explorer.stack.context import chunking
from explorer.stack.context.chunking import Chunk
from explorer.zoo.text_encoder import TextEncoder

Way = Literal["whole", "tokens", "sentences", "recursive", "headings"]
WAYS: tuple[Way, ...] = ("whole", *chunking.WAYS)
#: Articles that stand in one document, each under its own heading.
VOLCANOES = ("Volcano", "Magma", "Lava", "Igneous rock", "Earthquake", "Lithosphere", "Plate tectonics")
LONGEST = "Cro-Magnon"


@dataclass(frozen=True, eq=False)
class Cut:
    """A document by one way."""

    way: Way
    chunks: tuple[Chunk, ...]
    texts: tuple[str, ...]
    """As MiniLM is given them: the headings above a passage stand before it."""
    given: tuple[int, ...]
    """Pieces of each, with [CLS] and [SEP]."""
    read: tuple[int, ...]
    """The character of the document before which MiniLM stops reading each passage."""
    vectors: Float[np.ndarray, "passage d"]
    cosines: Float[np.ndarray, " passage"]
    """With the question."""

    @property
    def best(self) -> int:
        """The passage that the question finds; -1 where there is none."""
        return int(self.cosines.argmax()) if len(self.cosines) else -1

    @property
    def lost(self) -> int:
        """Pieces that MiniLM does not read, of all passages."""
        return sum(max(0, each - READ) for each in self.given)


def volcanoes() -> str:
    """Several articles as one Markdown document."""
    known = {each.title: each.text for each in articles.read()}
    return "\n\n".join(["# Volcanoes", *(f"## {title}\n\n{known[title]}" for title in VOLCANOES)])


def longest() -> str:
    """The longest article."""
    return next(each.text for each in articles.read() if each.title == LONGEST)


def spans_of(encoder: TextEncoder, text: str) -> list[tuple[int, int]]:
    """Where the document's pieces stand."""
    return list(encoder.tokenizer.encode(text, add_special_tokens=False).offsets)


def cut(
    encoder: TextEncoder, text: str, question: str, size: int, overlap: int, progress: Progress = silent
) -> tuple[Cut, ...]:
    """By every way, the whole document as one passage first."""
    spans = spans_of(encoder, text)
    asked = embedded(encoder, [question]).vectors[0].numpy()
    return tuple(_cut(encoder, text, spans, way, size, overlap, asked, progress) for way in WAYS)


def _cut(
    encoder: TextEncoder,
    text: str,
    spans: Sequence[tuple[int, int]],
    way: Way,
    size: int,
    overlap: int,
    asked: Float[np.ndarray, " d"],
    progress: Progress,
) -> Cut:
    if way == "whole":
        chunks = [Chunk(0, len(text), len(spans))] if spans else []
    else:
        chunks = chunking.chunked(text, spans, way, size, min(overlap, size - 1))
    above = [_above(text, each) for each in chunks]
    texts = [head + text[each.start : each.end] for head, each in zip(above, chunks, strict=True)]
    made = embedded(encoder, texts, lambda _, done, total: progress(f"Passages embedded ({way})", done, total))
    ends = [
        max(each.start, each.start + end - len(head))
        for each, head, end in zip(chunks, above, made.ends, strict=True)
    ]  # fmt: skip
    vectors = made.vectors.numpy()
    return Cut(way, tuple(chunks), tuple(texts), made.pieces, tuple(ends), vectors, vectors @ asked)


def _above(text: str, chunk: Chunk) -> str:
    """The headings above a passage that do not stand in it themselves."""
    missing = [each for each in chunk.headings if f"# {each}" not in text[chunk.start : chunk.end]]
    return f"{' > '.join(missing)}\n" if missing else ""


def of_first_pieces(encoder: TextEncoder, text: str) -> Float[np.ndarray, " d"]:
    """MiniLM's vector of a text whose pieces are cut off after `READ`, not its characters: as its own settings say."""
    ids = encoder.tokenizer.encode(text).ids
    cut_off = torch.tensor([[*ids[: READ - 1], ids[-1]] if len(ids) > READ else ids])  # 1 pos
    with torch.inference_mode():
        return encoder.model.embedding(cut_off, torch.ones_like(cut_off, dtype=torch.bool))[0].clone().numpy()
