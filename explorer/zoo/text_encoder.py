"""A bidirectional encoder with its tokenizer: texts in, states, patterns and sentence embeddings out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from explorer.errors import BadRequestError, PromptTooLongError
from explorer.stack.transformer.encoder import Encoded, Encoder
from explorer.zoo.card import Card
from explorer.zoo.model_folder import read_config


@dataclass(frozen=True, eq=False)
class ReadTexts:
    """Texts as an encoder read them."""

    texts: tuple[str, ...]
    ids: Int[Tensor, "batch pos"]
    tokens: tuple[tuple[str, ...], ...]
    """Each text's own, without padding: WordPiece writes ## before a piece that goes on with a word."""
    spans: tuple[tuple[tuple[int, int], ...], ...]
    """Where each token stands in its text, in characters; (0, 0) for those that are not in it, such as [CLS]."""
    encoded: Encoded

    def pattern(self, text: int = 0) -> Float[Tensor, "layer head query key"]:
        """One text's patterns, without padding."""
        n = len(self.tokens[text])
        return self.encoded.patterns[:, text][..., _real(self.encoded, text, n), :][..., _real(self.encoded, text, n)]

    def hidden(self, text: int = 0) -> Float[Tensor, "depth pos d_model"]:
        """One text's stream, without padding."""
        return self.encoded.hidden[:, text][:, _real(self.encoded, text, len(self.tokens[text]))]


def _real(encoded: Encoded, text: int, n: int) -> slice:
    """Padding stands behind."""
    assert int(encoded.seen[text].sum()) == n
    return slice(0, n)


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """A model of kind “encoder”."""

    card: Card
    model: Encoder
    tokenizer: Tokenizer
    pad: int

    @classmethod
    def open(cls, card: Card, folder: Path) -> TextEncoder:
        """From a folder in transformers' layout."""
        from safetensors.torch import load_file

        settings = read_config(folder)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        # Published with a fixed length of 128: longer texts would be cut and shorter ones filled up without a word.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        model = Encoder.from_pretrained(hf_config(settings), load_file(folder / "model.safetensors", backend="pread"))
        return cls(card, model, tokenizer, int(settings.get("pad_token_id") or 0))

    def batch(self, texts: Sequence[str]) -> tuple[Int[Tensor, "batch pos"], Tensor, list[Encoding]]:
        """Ids, which of them are real, and the tokenizer's encodings. Raises PromptTooLongError or BadRequestError."""
        if not texts:
            raise BadRequestError("There is no text to read.", "Write one.")
        encodings = self.tokenizer.encode_batch(list(texts))
        longest, limit = max(len(e.ids) for e in encodings), self.model.config.stack.n_ctx
        if longest > limit:
            raise PromptTooLongError(
                f"A text has {longest} tokens; {self.card.title} reads {limit}.", "Shorten it.",
                tokens=longest, limit=limit,
            )  # fmt: skip
        ids = torch.tensor([e.ids + [self.pad] * (longest - len(e.ids)) for e in encodings])  # batch pos
        seen = torch.arange(longest)[None] < torch.tensor([[len(e.ids)] for e in encodings])  # batch pos
        return ids, seen, encodings

    def read(self, texts: Sequence[str]) -> ReadTexts:
        """Every layer's states and patterns of each text."""
        ids, seen, encodings = self.batch(texts)
        with torch.inference_mode():
            encoded = self.model.read(ids, seen)
        tokens = tuple(tuple(e.tokens) for e in encodings)
        return ReadTexts(tuple(texts), ids, tokens, tuple(tuple(e.offsets) for e in encodings), encoded)

    def embed(self, texts: Sequence[str], rows: int = 32) -> Float[Tensor, "text d_model"]:
        """A sentence embedding a text, of length 1: the mean of its tokens' states. Read `rows` texts at a time."""
        if not texts:
            raise BadRequestError("There is no text to read.", "Write one.")
        # Texts of like length together, so that little is spent on padding.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        made = torch.empty(len(texts), self.model.config.stack.d_model)  # text d_model
        for start in range(0, len(order), rows):
            chosen = order[start : start + rows]
            ids, seen, _ = self.batch([texts[i] for i in chosen])
            with torch.inference_mode():
                made[chosen] = self.model.embedding(ids, seen).clone()
        return made

    def similarity(self, texts: Sequence[str]) -> Float[Tensor, "text other"]:
        """How alike each two are: the cosine of their embeddings."""
        made = self.embed(texts)
        return made @ made.T


def hf_config(settings: dict[str, Any]) -> Any:
    """transformers' config object of a config.json that has been read."""
    from transformers import AutoConfig

    return AutoConfig.for_model(**{name: value for name, value in settings.items() if not name.startswith("_")})
