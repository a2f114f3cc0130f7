"""One text read by three shapes of model: the model that is open, an encoder-decoder and an encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.tokenization.labels import label_of
from explorer.tracing.bridge.border import here

if TYPE_CHECKING:
    from explorer.stack.transformer.writing import Writing
    from explorer.zoo.model import Model
    from explorer.zoo.sequence_model import SequenceModel
    from explorer.zoo.text_encoder import TextEncoder


@dataclass(frozen=True, eq=False)
class ReadText:
    """A text as one of the three read it."""

    title: str
    ids: Sequence[int]
    tokens: Sequence[str]
    hidden: Float[Tensor, "depth pos d_model"]
    """The stream before the first block and after each."""


def labelled(pieces: Sequence[str]) -> list[str]:
    """Tokens with their spaces made visible."""
    return [label_of(piece.encode()) for piece in pieces]


def by_decoder(model: Model, text: str) -> ReadText:
    ids = model.vocabulary.encode(text)
    with torch.inference_mode():
        out = model.hf(torch.tensor([ids], device=model.device), output_hidden_states=True, use_cache=False)
    return ReadText(model.card.title, ids, [model.vocabulary.label(i) for i in ids], here(torch.cat(out.hidden_states)))


def by_encoder_decoder(writer: SequenceModel, text: str) -> ReadText:
    """What its encoder reads."""
    made = writer.read(text)
    return ReadText(writer.card.title, made.ids, labelled(made.tokens), made.hidden)


def by_encoder(reader: TextEncoder, text: str) -> ReadText:
    made = reader.read([text])
    return ReadText(reader.card.title, made.ids[0].tolist(), made.tokens[0], made.hidden())


def written_error(writer: SequenceModel, made: Writing) -> float:
    """The logits of a writing token by token, against those of all tokens read at once: the largest difference."""
    with torch.inference_mode():
        again = writer.model(made.source[None], made.read[None])[0]
    return float((again - made.logits).abs().max())
