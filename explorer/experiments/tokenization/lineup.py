"""The tokenizers that are compared: what each is, whose, and how a library opens the same file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from explorer.errors import SourceMissingError
from explorer.fetching.progress import Progress, silent
from explorer.stack.tokenization.tokenizer import Tokenizer

Keeps = Literal["all", "composed", "spaced", "nothing"]


@dataclass(frozen=True)
class Member:
    """A tokenizer of the line-up."""

    name: str
    title: str
    kind: str
    owner: str
    """A model that reads with it, and the tokens that this model was published to read at once."""
    context: int
    keeps: Keeps
    """What it gives back as it was: every text; those in composed form (NFC); those that hold no "▁", by which it
    writes a space; or it promises none."""


_MEMBERS = (
    Member("gpt2", "GPT-2", "byte-level BPE", "GPT-2", 1024, "all"),
    Member("cl100k", "cl100k", "byte-level BPE", "GPT-4", 8192, "all"),
    Member("o200k", "o200k", "byte-level BPE", "GPT-4o", 128_000, "all"),
    Member("llama2", "LLaMA-2", "BPE, byte fallback", "LLaMA-2", 4096, "spaced"),
    Member("llama3", "Llama 3", "byte-level BPE", "Llama 3", 8192, "all"),
    Member("gemma3", "Gemma 3", "BPE, byte fallback", "Gemma 3 270M", 32_768, "spaced"),
    Member("qwen2", "Qwen 2", "byte-level BPE", "Qwen2-7B", 131_072, "composed"),
    Member("smollm2", "SmolLM2", "byte-level BPE", "SmolLM2-135M", 8192, "all"),
    Member("nomic", "Nomic 250k", "unigram", "nomic-embed-text-v2-moe", 512, "nothing"),
    Member("minilm", "MiniLM", "WordPiece", "all-MiniLM-L6-v2", 256, "nothing"),
)
LINEUP = {member.name: member for member in _MEMBERS}


class Opened(Protocol):
    """A tokenizer, and the library that reads the same file."""

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def library(self) -> str:
        """Its name and version."""
        ...

    def ids(self, text: str) -> tuple[int, ...] | None:
        """The library's ids of the text; None where it does not read this file."""
        ...


def opened(name: str, progress: Progress = silent) -> Opened:
    """Raises SourceMissingError where it cannot be had."""
    raise SourceMissingError(f"The tokenizer {name} is not on the shelf yet.")
