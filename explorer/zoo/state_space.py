"""A state-space model with its tokenizer: what it does with a text, layer by layer, and what it would write next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from tokenizers import Tokenizer
from torch import Tensor

from explorer.errors import EmptyPromptError, PromptTooLongError
from explorer.stack.frontier.state_spaces.mamba import MixerRun
from explorer.stack.frontier.state_spaces.model import StateSpaceModel
from explorer.zoo.card import Card
from explorer.zoo.model_folder import read_config

LONGEST = 512
"""Tokens of a text."""


@dataclass(frozen=True, eq=False)
class StateRun:
    """A text through the model."""

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    streams: tuple[Float[Tensor, "batch pos d_model"], ...]
    """Before the first layer and after each."""
    layers: tuple[MixerRun, ...]
    logits: Float[Tensor, "pos d_vocab"]


@dataclass(frozen=True, eq=False)
class StateSpace:
    """A model of kind “state-space”."""

    card: Card
    model: StateSpaceModel
    tokenizer: Tokenizer
    start: int

    @classmethod
    def open(cls, card: Card, folder: Path) -> StateSpace:
        """From a folder in the layout of transformers' Mamba. Weights of 16 bits are opened as float32."""
        from safetensors.torch import load_file

        settings = read_config(folder)
        model = StateSpaceModel.from_hf(settings, load_file(folder / "model.safetensors", backend="pread"))
        return cls(card, model, Tokenizer.from_file(str(folder / "tokenizer.json")), int(settings["bos_token_id"] or 0))

    def ids_of(self, text: str) -> list[int]:
        """A text's ids behind the token that begins a document. Raises EmptyPromptError or PromptTooLongError."""
        if not text.strip():
            raise EmptyPromptError("The text is empty.", "Write a sentence.")
        ids = [self.start, *self.tokenizer.encode(text).ids]
        if len(ids) > LONGEST:
            raise PromptTooLongError(
                f"The text has {len(ids)} tokens; at most {LONGEST} are read.", "Shorten it.",
                tokens=len(ids), limit=LONGEST,
            )  # fmt: skip
        return ids

    def read(self, text: str) -> StateRun:
        """What every layer does with the text. Raises EmptyPromptError or PromptTooLongError."""
        ids = self.ids_of(text)
        streams, layers = self.model.runs(torch.tensor([ids]))
        logits = self.model.unembedded(streams[-1])[0]
        return StateRun(tuple(ids), self.pieces(ids), tuple(streams), tuple(layers), logits)

    def pieces(self, ids: list[int] | tuple[int, ...]) -> tuple[str, ...]:
        """Each token by itself; a part of a character becomes the replacement character."""
        return tuple(self.tokenizer.decode([i], skip_special_tokens=False) for i in ids)
