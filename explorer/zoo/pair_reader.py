"""A cross-encoder with its tokenizer: a question and passages in, a score for each out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from tokenizers import Tokenizer
from torch import Tensor

from explorer.stack.context.cross_encoder import CrossEncoder, pair, together
from explorer.zoo.card import Card
from explorer.zoo.model_folder import read_config

#: Pieces of a pair that are read, in training too; pairs of one forward.
READ, ROWS = 128, 16


@dataclass(frozen=True, eq=False)
class PairReader:
    """A model of kind “cross-encoder”."""

    card: Card
    model: CrossEncoder
    tokenizer: Tokenizer

    @classmethod
    def open(cls, card: Card, folder: Path) -> PairReader:
        """From a folder in transformers' layout; weights become float32."""
        from safetensors.torch import load_file

        from explorer.zoo.text_encoder import hf_config

        state = {name: each.float() for name, each in load_file(folder / "model.safetensors", backend="pread").items()}
        model = CrossEncoder.from_pretrained(hf_config(read_config(folder)), state)
        return cls(card, model, open_tokenizer(folder))

    def pair(self, question: str, passage: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Ids and segments of one input, cut after `READ` pieces."""
        return paired(self.tokenizer, pieces(self.tokenizer, [question])[0], pieces(self.tokenizer, [passage])[0])

    def scores(
        self, question: str, passages: Sequence[str], tell: Callable[[int, int], None] | None = None
    ) -> Float[Tensor, " passage"]:
        """A logit for each passage."""
        asked, texts = pieces(self.tokenizer, [question])[0], pieces(self.tokenizer, passages)
        made = torch.empty(len(texts))
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))  # of like length together
        for start in range(0, len(order), ROWS):
            chosen = order[start : start + ROWS]
            with torch.inference_mode():
                made[chosen] = self.model(*together([paired(self.tokenizer, asked, texts[at]) for at in chosen]))
            if tell:
                tell(start + len(chosen), len(order))
        return made


def open_tokenizer(folder: Path) -> Tokenizer:
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    return made


def pieces(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Each text's ids alone."""
    return [each.ids for each in tokenizer.encode_batch(list(texts), add_special_tokens=False)]


def paired(
    tokenizer: Tokenizer, question: Sequence[int], passage: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """One input, with the tokenizer's own [CLS] and [SEP]."""
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    assert cls is not None
    assert sep is not None
    return pair(question, passage, cls=cls, sep=sep, most=READ)
