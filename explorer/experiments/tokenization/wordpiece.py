"""A text under BERT's WordPiece, word by word: what is done before, the greedy search, and what greed misses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.fetching.progress import Progress, silent
from explorer.stack.tokenization.normalization import in_turn
from explorer.stack.tokenization.text import Aligned, utf8, well_formed
from explorer.stack.tokenization.tokenizer import Normalizer, Tokenizer
from explorer.stack.tokenization.wordpiece import WordPiece
from explorer.stack.tokenization.wordpiece_search import Why, fewest, greedy

NAME = "minilm"
LONGEST = 400
"""Characters of a text that are read."""


def opened(progress: Progress = silent) -> tuple[Tokenizer, WordPiece]:
    """MiniLM's tokenizer, whose vocabulary is BERT's for lower case; fetched when first asked for."""
    from explorer.zoo import tokenizers

    made = tokenizers.load(NAME, progress)
    assert isinstance(made.model, WordPiece), "MiniLM's is WordPiece"
    return made, made.model


@dataclass(frozen=True)
class Word:
    text: str
    """As the search is given it."""
    source: str
    """As it stands in the text."""
    ids: tuple[int, ...]
    why: Why
    """Why it is unknown; empty where it is not."""
    fewest: tuple[int, ...] | None
    """The fewest tokens that write it; None where none do."""


def words(tokenizer: Tokenizer, model: WordPiece, text: str) -> tuple[Word, ...]:
    """The words that the text is cut into, each encoded by itself."""
    data = utf8(text)
    normal = in_turn((*tokenizer.first, *tokenizer.normalizers), Aligned(data))
    cuts = tokenizer.pre_tokenizer.cuts(normal.data) if normal.data else np.array([0])
    found = []
    for begin, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        word = normal.data[begin:end]
        if not word.strip():
            continue
        ids = model.encode(word, np.array([0, len(word)])).ids
        starts, ends = normal.sources(np.array([begin]), np.array([end]))
        written = word.decode("utf-8", "replace").strip()
        source = data[starts[0] : ends[0]].decode("utf-8", "replace")
        found.append(Word(written, source, tuple(ids.tolist()), greedy(model, written).why, fewest(model, written)))
    return tuple(found)


@dataclass(frozen=True)
class Part:
    """A stretch after a step, and what it was before; equal where the step left it as it was."""

    text: str
    before: str


@dataclass(frozen=True)
class Stage:
    step: str
    """The class that made it."""
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)

    @property
    def changed(self) -> int:
        """Characters that the step changed, put in or took away."""
        return sum(max(len(part.text), len(part.before)) for part in self.parts if part.text != part.before)


def stages(normalizers: Sequence[Normalizer], text: str) -> tuple[Stage, ...]:
    """The text after each step, in stretches that it changed and stretches that it left."""
    data = utf8(text)
    found = []
    for normalizer in normalizers:
        after = normalizer(Aligned(data))
        found.append(Stage(type(normalizer).__name__, tuple(_joined(_parts(data, after)))))
        data = after.data
    return tuple(found)


def _parts(before: bytes, after: Aligned) -> Iterator[Part]:
    """Character by character; what no character stands for was taken away."""
    if after.begins is None or after.finishes is None:
        # Byte for byte in its place: only letters of one byte can have changed.
        old, new = before.decode("utf-8", "replace"), after.data.decode("utf-8", "replace")
        yield from (Part(b, a) for a, b in zip(old, new, strict=True))
        return
    at, place, part = 0, 0, Part("", "")
    origin = (-1, -1)
    for character in after.data.decode("utf-8", "replace"):
        size = len(character.encode())
        here = (int(after.begins[place]), int(after.finishes[place + size - 1]))
        place += size
        if here == origin:  # several characters that stand for the same one
            part = Part(part.text + character, part.before)
            continue
        yield part
        if here[0] > at:
            yield Part("", before[at : here[0]].decode("utf-8", "replace"))
        part = Part(character, before[max(at, here[0]) : here[1]].decode("utf-8", "replace"))
        origin, at = here, max(at, here[1])
    yield part
    if at < len(before):
        yield Part("", before[at:].decode("utf-8", "replace"))


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Neighbours that were left as they are, as one stretch."""
    same = ""
    for part in parts:
        if part.text == part.before:
            same += part.text
            continue
        if same:
            yield Part(same, same)
            same = ""
        yield part
    if same:
        yield Part(same, same)


@lru_cache(maxsize=1)
def library() -> Any:
    """The same vocabulary in tokenizers, with its own BERT steps: a `tokenizers.Tokenizer`."""
    from tokenizers import Tokenizer as Theirs
    from tokenizers import models, normalizers, pre_tokenizers

    _, model = opened()
    vocabulary = {token.decode(): i for i, token in enumerate(model.vocabulary) if token}
    unknown = model.vocabulary[model.unknown].decode()
    made = Theirs(models.WordPiece(vocabulary, unk_token=unknown, max_input_chars_per_word=model.max_characters))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)  # type: ignore[assignment]
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()  # type: ignore[assignment]
    return made


def shown_text(text: str) -> tuple[str, bool]:
    """The part of a text that is read, and whether there was more: whole words where it is cut."""
    whole = well_formed(text)
    if len(whole) <= LONGEST:
        return whole, False
    cut = whole[:LONGEST]
    return (cut.rsplit(None, 1)[0] if any(map(str.isspace, cut.strip())) else cut), True
