"""A conversation as a model's chat template writes it, its tokens, and the same by other ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.stack.tokenization.chat_template import turn

if TYPE_CHECKING:
    from explorer.zoo.chat import Written
    from explorer.zoo.model import Model


@dataclass(frozen=True, eq=False)
class Conversation:
    """What was said, by whom, and what the model reads of it."""

    model: Model
    turns: tuple[tuple[str, str], ...]
    """(role, content)."""
    answer: bool
    written: Written
    ids: tuple[int, ...]

    @classmethod
    def of(cls, model: Model, turns: Sequence[tuple[str, str]], answer: bool) -> Conversation:
        """Raises NotApplicableError where the model has no template, or its template refuses."""
        written = model.vocabulary.written([turn(*each) for each in turns], answer)
        return cls(model, tuple(turns), answer, written, tuple(model.vocabulary.ids_of(written)))

    @cached_property
    def pieces(self) -> list[bytes]:
        return [self.model.vocabulary.bytes(i) for i in self.ids]

    @cached_property
    def special(self) -> list[bool]:
        return [self.model.vocabulary.is_special(i) for i in self.ids]

    @property
    def text(self) -> bytes:
        return self.written.text.encode()

    @property
    def spelled(self) -> bytes:
        """What its tokens spell, without the space that SentencePiece puts before a text."""
        spelled = b"".join(self.pieces)
        led = self.model.vocabulary.kind == "sentencepiece" and not self.written.text.startswith(" ")
        return spelled.removeprefix(b" ") if led else spelled

    def by_transformers(self) -> bytes:
        """The text of the same program, run by transformers."""
        tokenizer = self.model.tokenizer
        messages = [{"role": role, "content": self.model.vocabulary.writable(said)} for role, said in self.turns]
        written = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=self.answer)
        return str(written).encode()

    def marks(self) -> list[int]:
        """Its special tokens."""
        return [i for i, special in zip(self.ids, self.special, strict=True) if special]

    def quiet_marks(self) -> list[int]:
        """Those of the same turns that say one plain word."""
        vocabulary = self.model.vocabulary
        quiet = vocabulary.ids_of(vocabulary.written([turn(role, "x") for role, _ in self.turns], self.answer))
        return [i for i in quiet if vocabulary.is_special(i)]
