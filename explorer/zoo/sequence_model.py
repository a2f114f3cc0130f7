"""An encoder-decoder with its tokenizer: it reads a text and writes another, a token at a time."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from jaxtyping import Float
from tokenizers import Tokenizer
from torch import Tensor

from explorer.errors import EmptyPromptError, PromptTooLongError
from explorer.stack.transformer.encoder_decoder import EncoderDecoder
from explorer.stack.transformer.hook_points import Named
from explorer.stack.transformer.writing import Writing, write
from explorer.zoo.card import Card
from explorer.zoo.model_folder import read_config
from explorer.zoo.text_encoder import hf_config

LONGEST = 256
"""Tokens of a source."""


@dataclass(frozen=True, eq=False)
class WrittenText:
    """What was written for a text, with every stage of `Writing`."""

    text: str
    written: str
    source: tuple[str, ...]
    """The source's tokens as text, the end token last."""
    tokens: tuple[str, ...]
    """The tokens written, as text, one a step."""
    writing: Writing


@dataclass(frozen=True, eq=False)
class ReadSource:
    """What the encoder made of a text."""

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    hidden: Float[Tensor, "depth pos d_model"]
    """The stream before the first block and after each."""


@dataclass(frozen=True, eq=False)
class SequenceModel:
    """A model of kind “encoder-decoder”."""

    card: Card
    model: EncoderDecoder
    tokenizer: Tokenizer
    start: int
    end: int
    # The stages are read through hooks, which belong to the model and so to one run at a time.
    _one_run: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, card: Card, folder: Path) -> SequenceModel:
        """From a folder in T5's layout. Weights of 16 bits are opened as float32."""
        from safetensors.torch import load_file

        settings = read_config(folder)
        stored = load_file(folder / "model.safetensors", backend="pread")
        state = {name: tensor.float() for name, tensor in stored.items()}
        model = EncoderDecoder.from_pretrained(hf_config(settings), state)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        start = settings.get("decoder_start_token_id", settings.get("pad_token_id", 0))
        return cls(card, model, tokenizer, int(start or 0), int(settings.get("eos_token_id", 1)))

    def write(self, text: str, max_new: int = 96) -> WrittenText:
        """Read the text and write greedily until the end token. Raises EmptyPromptError or PromptTooLongError."""
        ids = self._source(text)
        made = self.write_ids(ids, max_new)
        written = [i for i in made.ids.tolist() if i != self.end]
        return WrittenText(
            text, self.tokenizer.decode(written, skip_special_tokens=False), self.pieces(ids),
            self.pieces(made.ids.tolist()), made,
        )  # fmt: skip

    def write_ids(self, source: Sequence[int], max_new: int) -> Writing:
        """Write greedily for a source of ids, its end token last."""
        with self._one_run:
            return write(self.model, torch.tensor(source), max_new, start=self.start, end=self.end)

    def ids_of(self, text: str) -> list[int]:
        """A text's ids, without an end token."""
        return [each for each in self.tokenizer.encode(text).ids if each != self.end]

    @property
    def sentinels(self) -> tuple[int, ...]:
        """T5's <extra_id_0>, <extra_id_1>, ..: as many as the tokenizer has."""
        found = itertools.takewhile(bool, (self.tokenizer.token_to_id(f"<extra_id_{n}>") for n in itertools.count()))
        return tuple(each for each in found if each is not None)

    def read(self, text: str) -> ReadSource:
        """What the encoder makes of a text, at every depth. Raises EmptyPromptError or PromptTooLongError."""
        ids, streams = self._source(text), []

        def keep(x: Tensor, **_: object) -> None:
            streams.append(x[0])

        names = [f"encoder.blocks.{n}.hook_resid_post" for n in range(len(self.model.encoder.blocks))]
        hooks: list[Named] = [(name, keep) for name in ["encoder.blocks.0.hook_resid_pre", *names]]
        with self._one_run, torch.no_grad(), self.model.hooks(fwd_hooks=hooks):
            self.model.encode(torch.tensor([ids]))
        return ReadSource(tuple(ids), self.pieces(ids), torch.stack(streams))

    def _source(self, text: str) -> list[int]:
        """A text's ids, the end token last."""
        if not text.strip():
            raise EmptyPromptError("The text is empty.", "Write a sentence.")
        ids = self.tokenizer.encode(text).ids
        if ids[-1] != self.end:
            ids.append(self.end)
        if len(ids) > LONGEST:
            raise PromptTooLongError(
                f"The text has {len(ids)} tokens; at most {LONGEST} are read.", "Shorten it.",
                tokens=len(ids), limit=LONGEST,
            )  # fmt: skip
        return ids

    def pieces(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Each token by itself; a part of a character becomes the replacement character."""
        return tuple(self.tokenizer.decode([i], skip_special_tokens=False) for i in ids)
