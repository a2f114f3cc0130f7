"""The reference's table of tokenizers beside what their files hold."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.tokenization.vocabulary_kinds import Published, Traits
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class PublishedRow:
    """A row of the table, and the file."""

    tokenizer: str
    algorithm: str
    size: int
    used_by: str
    reason: str
    """Why there is no file to hold it against; nothing where there is one."""
    ids: int
    """In the file, special tokens and all."""
    kind: str
    """As its tokens tell."""
    traits: Traits | None
    holds: bool
    """Whether the row agrees with the file."""
    finding: str


@dataclass(frozen=True, kw_only=True)
class TokenizersPublished(Payload):
    """All rows that are known so far."""

    rows: tuple[PublishedRow, ...]
    total: int


def row(said: Published, ids: int, found: Traits) -> PublishedRow:
    """A row held against its file."""
    holds, finding = _finding(said, ids, found)
    return PublishedRow(
        tokenizer=said.tokenizer,
        algorithm=said.algorithm,
        size=said.size,
        used_by=said.used_by,
        reason="",
        ids=ids,
        kind=found.kind,
        traits=found,
        holds=holds,
        finding=finding,
    )


def without_a_file(said: Published, reason: str) -> PublishedRow:
    return PublishedRow(
        tokenizer=said.tokenizer,
        algorithm=said.algorithm,
        size=said.size,
        used_by=said.used_by,
        reason=reason,
        ids=0,
        kind="",
        traits=None,
        holds=True,
        finding="",
    )


def _finding(said: Published, ids: int, found: Traits) -> tuple[bool, str]:
    """Whether the row agrees, and what is to be said."""
    match said.name:
        case "cl100k":
            return False, (
                f"{found.tokens:,} counts the ranks alone; the special tokens make it {ids:,} ids. GPT-4o uses another "
                "tokenizer: OpenAI’s library names o200k for GPT-4o and cl100k for GPT-4."
            )
        case "llama3":
            return found.marked > 0, (
                f"This is not SentencePiece: each of {found.bytes_alone} bytes is a token, and {found.marked:,} tokens "
                f"hold “▁”. {found.longer - found.out_of_order:,} of the {found.longer:,} longer tokens join two of "
                "lower id, as in o200k."
            )
        case "minilm":
            return False, (
                "The size is right, the algorithm is not a variant of BPE: the file holds no merges, and "
                f"{found.continuing:,} of its tokens continue a word. WordPiece takes the longest token that fits."
            )
        case _:
            return ids == said.size, f"{ids:,} ids, as published." if ids == said.size else f"{ids:,} ids."
