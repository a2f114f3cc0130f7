"""MiniLM's vectors of texts: what it reads of each, and the vectors of all articles, kept as bytes.

A text is cut after 256 word pieces, as the model was trained and as its own settings have it; how many pieces a text
has and how many are read is kept beside each vector. The articles' vectors lie in ``assets/articles/``, made anew (in
some minutes) by

    python -c "from explorer.experiments.context import embedding; embedding.write()"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors.torch import load, save_file
from torch import Tensor

from explorer.corpora import articles, questions
from explorer.errors import SourceMissingError
from explorer.fetching.progress import Progress, silent
from explorer.stack.context.stored import Stored, stored
from explorer.zoo.text_encoder import TextEncoder

#: Word pieces that the model reads of a text, with [CLS] and [SEP].
READ = 256
FILE = "minilm-l6.safetensors"
OF_QUESTIONS = "questions-minilm-l6.safetensors"


@dataclass(frozen=True, eq=False)
class Embedded:
    """Texts with their vectors, of length 1."""

    vectors: Float[Tensor, "text d_model"]
    pieces: tuple[int, ...]
    """Of each text, with [CLS] and [SEP]."""
    ends: tuple[int, ...]
    """The character before which the model stops reading."""


def embedded(encoder: TextEncoder, texts: Sequence[str], progress: Progress = silent, rows: int = 32) -> Embedded:
    """The texts' vectors; of a text of more than `READ` pieces, those of its beginning."""
    made = encoder.tokenizer.encode_batch(list(texts))
    ends = tuple(
        len(text) if len(each.ids) <= READ else each.offsets[READ - 2][1]
        for text, each in zip(texts, made, strict=True)
    )
    shown = [text[:end] for text, end in zip(texts, ends, strict=True)]
    order = sorted(range(len(shown)), key=lambda at: len(made[at].ids))
    vectors = torch.zeros(len(shown), encoder.model.config.stack.d_model)  # text d_model
    for start in range(0, len(order), rows):
        chosen = order[start : start + rows]
        vectors[chosen] = encoder.embed([shown[at] for at in chosen], rows)
        progress("Texts embedded", start + len(chosen), len(order))
    return Embedded(vectors, tuple(len(each.ids) for each in made), ends)


@cache
def kept(file: str = FILE, folder: Path = articles.FOLDER) -> Stored:
    """The vectors of all articles, or of all questions, in their order. Raises SourceMissingError."""
    try:
        held = load((folder / file).read_bytes())
        return Stored(held["numbers"], held["scale"])
    except FileNotFoundError as error:
        raise SourceMissingError(
            "The articles’ vectors are not here.",
            'Make them: python -c "from explorer.experiments.context import embedding; embedding.write()"',
        ) from error


def write(folder: Path = articles.FOLDER, progress: Progress = silent) -> None:
    """Embed every question and every article, and store the vectors as bytes."""
    from explorer.zoo.companions import companion

    encoder = companion("minilm-l6")
    assert isinstance(encoder, TextEncoder)
    known = articles.read()
    asked = {OF_QUESTIONS: [each.text for each in questions.of(known)], FILE: [each.whole for each in known]}
    for file, texts in asked.items():
        made = stored(embedded(encoder, texts, progress).vectors)
        save_file({"numbers": made.numbers, "scale": made.scale}, folder / file)
