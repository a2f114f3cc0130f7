"""How a text became tokens, as tables to draw: bytes, characters that several tokens share, merges, compression.

All functions take bytes and ids, never a model; what merges is `explorer.stack.tokenization.bpe`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.overview.tokens_beside import TokensBeside
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class SharedCharacter:
    """A character whose UTF-8 bytes lie in more than one token."""

    text: str
    first: int
    """Index of the token that holds the character's first byte."""
    last: int


def shared_characters(pieces: Sequence[bytes]) -> list[SharedCharacter]:
    """The characters that no single token holds whole.

    >>> shared_characters([b"a", bytes.fromhex("f09f"), bytes.fromhex("9880"), b"!"])
    [SharedCharacter(text='😀', first=1, last=2)]
    """
    owner = [i for i, piece in enumerate(pieces) for _ in piece]
    stream, at, found = b"".join(pieces), 0, []
    while at < len(stream):
        length = _utf8_length(stream[at])
        block = stream[at : at + length]
        try:
            text = block.decode("utf-8")
        except UnicodeDecodeError:
            at += 1
            continue
        if owner[at] != owner[at + length - 1]:
            found.append(SharedCharacter(text=text, first=owner[at], last=owner[at + length - 1]))
        at += length
    return found


def _utf8_length(lead: int) -> int:
    """Bytes of the character that this byte begins; 1 for a byte that begins none."""
    return 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2 if lead >= 0xC0 else 1


@dataclass(frozen=True, kw_only=True)
class Compression:
    """How much text a token carries on average. Special tokens count as tokens but carry no text."""

    tokens: int
    special: int
    characters: int
    bytes: int
    bytes_per_token: float
    characters_per_token: float


def compression(pieces: Sequence[bytes], special: Sequence[bool]) -> Compression:
    """
    >>> compression([b"Hi", b" you", b"<end>"], [False, False, True])
    Compression(tokens=3, special=1, characters=6, bytes=6, bytes_per_token=3.0, characters_per_token=3.0)
    """
    text = b"".join(p for p, s in zip(pieces, special, strict=True) if not s)
    characters, carry = len(text.decode("utf-8", errors="replace")), max(1, len(pieces) - sum(special))
    return Compression(
        tokens=len(pieces),
        special=sum(special),
        characters=characters,
        bytes=len(text),
        bytes_per_token=len(text) / carry,
        characters_per_token=characters / carry,
    )


def differences(found: Sequence[int], expected: Sequence[int]) -> int:
    """How many entries (bytes, ids) differ, place by place; missing and surplus ones count as well.

    >>> differences(b"abcd", b"abX"), differences([1, 2], [1, 2])
    (2, 0)
    """
    return sum(a != b for a, b in zip(found, expected, strict=False)) + abs(len(found) - len(expected))


def shared_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """How many ids two runs have in common before the first that differs.

    >>> shared_prefix([5, 6, 7], [5, 6, 8, 9]), shared_prefix([1, 2], [1, 2, 3])
    (2, 2)
    """
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@dataclass(frozen=True)
class Continuation:
    """What the run without interventions wrote after the same prompt."""

    ids: list[int]
    first: int | None
    """The first position at which the two runs hold different tokens (or only one holds any); None when alike."""


def continuation(base: Sequence[int], ids: Sequence[int], n_prompt: int) -> Continuation:
    """
    >>> continuation([1, 2, 7, 8], [1, 2, 7, 9], 2), continuation([1, 2, 7], [1, 2, 7], 2).first
    (Continuation(ids=[7, 8], first=3), None)
    """
    shared = shared_prefix(base, ids)
    return Continuation(list(base[n_prompt:]), shared if shared < max(len(base), len(ids)) else None)


# ---- what the views are drawn from -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WrittenBefore:
    """What the other run wrote after the same prompt."""

    ids: list[int]
    first: int | None
    special: list[bool]


@dataclass(frozen=True, kw_only=True)
class TokensTable(Payload):
    """Every token of the run."""

    bytes: list[str]
    special: list[bool]
    start: list[int]
    norm: Float[Tensor, " pos"]
    """Of what enters the first block."""
    next_id: Int[Tensor, " pos"]
    """The likeliest next token."""
    next_p: Float[Tensor, " pos"]
    shared: list[SharedCharacter]
    prompt: Compression
    base: WrittenBefore | None
    """None where it read another prompt."""
    beside: TokensBeside | None


@dataclass(frozen=True, kw_only=True)
class MergeStep:
    """One merge."""

    rank: int
    index: int
    bytes: list[str]
    id: int


@dataclass(frozen=True, kw_only=True)
class TokensMerges(Payload):
    """One pre-token's merges, if its tokenizer merges bytes."""

    position: int
    applies: bool
    reason: str
    """Why not."""
    alone: bool = False
    """Replayed on the selected token alone."""
    start: list[str] = field(default_factory=list)
    steps: list[MergeStep] = field(default_factory=list)
    n_merges: int = 0
    ids: list[int] = field(default_factory=list)
    run_ids: list[int] = field(default_factory=list)
    selected: int = 0


@dataclass(frozen=True, kw_only=True)
class TemplateSide:
    """A text's tokens, as far as they are drawn."""

    ids: list[int]
    special: list[bool]
    count: int


@dataclass(frozen=True, kw_only=True)
class TokensChat(Payload):
    """The text as it is, and within the chat template."""

    has_template: bool
    plain: TemplateSide
    chat: TemplateSide
    at: int
    """Where the plain tokens stand inside the templated ones; -1 where they are cut differently there."""
    n_special: int
    """Special tokens that the template adds."""
    used: Literal["chat", "plain"]
