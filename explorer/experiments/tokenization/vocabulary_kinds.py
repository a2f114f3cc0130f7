"""What kind of vocabulary a file holds, told from its tokens alone and not from its name.

A byte-level vocabulary has a token for each of the 256 bytes, and marks no space by a sign. One that was learned by
merges and keeps them as ranks (tiktoken's way) has another trait: every longer token joins two of lower id.
SentencePiece's writes a space as "▁" and, for what it cannot write, has tokens named after bytes (<0x0A>); WordPiece's
begins what continues a word with "##".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

MARK = "▁".encode()
#: A file that writes a space as a sign has at least this share of tokens with it.
SHARE = 0.05


@dataclass(frozen=True)
class Traits:
    """What is counted."""

    tokens: int
    """Special ones are not among them."""
    bytes_alone: int
    """Of the 256 bytes, those that are a token."""
    marked: int
    """Tokens with a "▁" in them."""
    named_bytes: int
    """Tokens that are written <0x0A>."""
    continuing: int
    """Tokens that begin with "##"."""
    longer: int
    """Tokens of two bytes and more."""
    out_of_order: int
    """Of these, those that do not join two of lower id."""

    @property
    def kind(self) -> str:
        """
        >>> traits([bytes([byte]) for byte in range(256)] + [b"th", b"the"]).kind
        'byte-level BPE, ids in the order of merges'
        """
        if self.bytes_alone == 256 and self.marked < SHARE * self.tokens:
            return "byte-level BPE" + (", ids in the order of merges" if not self.out_of_order else "")
        if self.continuing > SHARE * self.tokens:
            return "WordPiece"
        if self.marked > SHARE * self.tokens:
            return "SentencePiece" + (", byte fallback" if self.named_bytes == 256 else "")
        return "its tokens do not show it"


def traits(tokens: Sequence[bytes], special: Collection[bytes] = ()) -> Traits:
    """Count them.

    >>> found = traits([b"t", b"h", b"he", b"th", b"the"])
    >>> found.longer, found.out_of_order  # "he" joins h and an e that is no token
    (3, 1)
    """
    own = [b"" if token in special else token for token in tokens]
    ids = {token: i for i, token in reversed(list(enumerate(own))) if token}

    def joins(token: bytes, i: int) -> bool:
        parts = ((token[:at], token[at:]) for at in range(1, len(token)))
        return any(ids.get(left, i) < i and ids.get(right, i) < i for left, right in parts)

    longer = [(i, token) for i, token in enumerate(own) if len(token) > 1]
    return Traits(
        tokens=sum(map(bool, own)),
        bytes_alone=len({token for token in own if len(token) == 1}),
        marked=sum(MARK in token for token in own),
        named_bytes=sum(token.startswith(b"<0x") and len(token) == len(b"<0x0A>") for token in own),
        continuing=sum(token.startswith(b"##") for token in own),
        longer=len(longer),
        out_of_order=sum(not joins(token, i) for i, token in longer),
    )


@dataclass(frozen=True)
class Published:
    """A row of the reference's table of tokenizers."""

    tokenizer: str
    algorithm: str
    size: int
    used_by: str
    name: str
    """On the shelf; nothing where the shelf has none of it."""


PUBLISHED = (
    Published("tiktoken (cl100k)", "Byte-level BPE", 100_256, "GPT-4, GPT-4o", "cl100k"),
    Published("tiktoken (o200k)", "Byte-level BPE", 200_019, "GPT-4o, o1", "o200k"),
    Published("SentencePiece BPE", "BPE", 32_000, "LLaMA 1/2", "llama2"),
    Published("SentencePiece BPE", "BPE", 128_256, "LLaMA 3", "llama3"),
    Published("SentencePiece Unigram", "Unigram", 32_100, "T5", ""),
    Published("WordPiece", "BPE variant", 30_522, "BERT", "minilm"),
)
#: Which vocabulary OpenAI's own library names for these models (tiktoken 0.14, `encoding_name_for_model`).
BY_TIKTOKEN = {"gpt-4": "cl100k_base", "gpt-4o": "o200k_base", "o1": "o200k_base"}
