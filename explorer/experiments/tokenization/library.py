"""Hugging Face's tokenizers on the same vocabulary: the other opinion on every id that is shown.

Where a file is a tokenizer.json, the library reads it itself. From ranks and GGUF files the same vocabulary is written
as one: of ranks, a merge for every way to cut a token in two tokens, in the order of the ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.pre_tokenization import Split
from explorer.stack.tokenization.tokenizer import Tokenizer

if TYPE_CHECKING:
    import tokenizers


def _letters(tokens: Sequence[bytes]) -> list[str]:
    letters = {byte: letter for letter, byte in byte_alphabet().items()}
    return ["".join(map(letters.__getitem__, token)) for token in tokens]


def merges_of_ranks(names: Sequence[str]) -> list[tuple[str, str]]:
    """Every way to cut a token in two tokens, in the order of what it makes.

    >>> merges_of_ranks(["a", "b", "ab", "aba"])
    [('a', 'b'), ('ab', 'a')]
    """
    ids = {name: i for i, name in enumerate(names) if name}
    return [
        (name[:at], name[at:])
        for name in names
        # Of two ways to make the same token, the one whose parts were there first.
        for at in sorted(range(1, len(name)), key=lambda at: (ids.get(name[:at], 0), ids.get(name[at:], 0)))
        if name[:at] in ids and name[at:] in ids
    ]


@dataclass(frozen=True, eq=False)
class Library:
    """A vocabulary in the library."""

    backend: Any
    """A `tokenizers.Tokenizer`."""

    @property
    def name(self) -> str:
        import tokenizers

        return f"tokenizers {tokenizers.__version__}"

    def ids(self, text: str) -> tuple[int, ...]:
        """The ids of a text as text: special tokens are neither read out of it nor put around it."""
        return tuple(self.backend.encode(text, add_special_tokens=False).ids)

    @classmethod
    def of_the_shelf(cls, name: str) -> Library | None:
        """The library's own reading of the file that the shelf reads."""
        from explorer.experiments.tokenization.library_files import backend_of

        return cls(backend_of(name))

    @classmethod
    def of_tokenizer(cls, tokenizer: Tokenizer) -> Library | None:
        """A byte-level tokenizer's vocabulary, merges and pattern in the library; None of another kind."""
        if not isinstance(tokenizer.model, BytePairs):
            return None
        return cls(_byte_level(tokenizer.model, tokenizer.pre_tokenizer))


def _byte_level(model: BytePairs, cut: Any) -> tokenizers.Tokenizer:
    import tokenizers
    from tokenizers import models, pre_tokenizers

    names = _letters(model.tokens)
    vocabulary = {name: i for i, name in reversed(list(enumerate(names))) if name}
    if model.merges is None:
        merges = merges_of_ranks(names)
    else:
        merges = [(names[a], names[b]) for a, b, _ in model.merges.tolist()]
    backend = tokenizers.Tokenizer(models.BPE(vocabulary, merges, ignore_merges=model.whole_first))
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    if isinstance(cut, Split):
        split = pre_tokenizers.Split(tokenizers.Regex(cut.pattern), "isolated")
        backend.pre_tokenizer = pre_tokenizers.Sequence([split, level])  # pyright: ignore
    else:
        backend.pre_tokenizer = level  # pyright: ignore
    return backend
