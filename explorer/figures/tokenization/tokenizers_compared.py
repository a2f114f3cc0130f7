"""One text in many tokenizers, as lanes on one scale of bytes; the same paragraph by language; small worked cuts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from explorer.experiments.tokenization.habits import Case
from explorer.experiments.tokenization.lineup import Member
from explorer.experiments.tokenization.tokenizers_compared import Cut
from explorer.figures.payload import Payload
from explorer.figures.tokenization.tokenizers_beside import LanesBeside
from explorer.stack.tokenization.tokenizer import Encoding, Tokenizer


@dataclass(frozen=True, kw_only=True)
class LineupEntry:
    """A tokenizer that can be chosen."""

    name: str
    title: str
    kind: str
    owner: str
    context: int
    cost: int
    """Bytes to fetch before it can be read; 0 where its file is at hand."""


@dataclass(frozen=True, kw_only=True)
class ComparedLane:
    """One tokenizer on the text: its tokens and the bytes of the text that each covers."""

    name: str
    title: str
    kind: str
    reason: str
    """Why it is not there; nothing where it is."""
    size: int
    """Of the vocabulary: ids up to the greatest."""
    ids: Int[np.ndarray, " token"]
    starts: Int[np.ndarray, " token"]
    ends: Int[np.ndarray, " token"]
    written: tuple[str, ...]
    """What each token stands for, where that is not what stands in the text."""
    exact: bool
    promised: bool
    given_back: str
    """The beginning of what decoding gives, where it is not the text."""
    library: str
    equal: int
    """Ids that equal the library's, place by place; -1 where no library has read the file."""


@dataclass(frozen=True, kw_only=True)
class CutAlike:
    """How far the tokenizers agree on the prompt."""

    tokenizers: int
    agreed: int
    """Places where a token of all of them ends."""
    ends: int
    """Places where a token of any of them ends."""


@dataclass(frozen=True, kw_only=True)
class TokenizersLanes(Payload):
    """The text, and the lanes that are known so far."""

    source: str
    """The choice that it comes from."""
    text: str
    nbytes: int
    characters: int
    lineup: tuple[LineupEntry, ...]
    chosen: tuple[str, ...]
    lanes: tuple[ComparedLane, ...]
    alike: CutAlike | None = None
    """Why the text is not the prompt, where nobody has chosen one."""
    base: LanesBeside | None = None


@dataclass(frozen=True, kw_only=True)
class LanguageRow:
    """The paragraph in one language."""

    code: str
    name: str
    characters: int
    nbytes: int


@dataclass(frozen=True, kw_only=True)
class LanguageColumn:
    """What one tokenizer makes of all of them."""

    name: str
    title: str
    reason: str
    counts: Int[np.ndarray, " language"]
    unknown: Int[np.ndarray, " language"]
    """Tokens that stand for what the vocabulary cannot write."""


@dataclass(frozen=True, kw_only=True)
class TokenizersLanguages(Payload):
    """Tokens of the same paragraph, by language and tokenizer."""

    title: str
    languages: tuple[LanguageRow, ...]
    columns: tuple[LanguageColumn, ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class WorkedText:
    """One tokenizer's tokens of a small text."""

    pieces: tuple[str, ...]
    """As they stand in the text; "" for one that holds a part of a character. One that stands for nothing of the text
    (a space that is put before it), as it is written."""
    ids: tuple[int, ...]
    hexes: tuple[str, ...]
    """Bytes of each."""
    lost: bool
    """Whether they stand for less than the text."""


@dataclass(frozen=True, kw_only=True)
class WorkedRow:
    """One tokenizer on each of a case's texts."""

    name: str
    title: str
    texts: tuple[WorkedText, ...]


@dataclass(frozen=True, kw_only=True)
class WorkedCase:
    """Small texts that show a habit, and how each tokenizer cuts them."""

    name: str
    title: str
    texts: tuple[str, ...]
    fact: str
    """What is to be seen here, counted."""
    rows: tuple[WorkedRow, ...]


@dataclass(frozen=True, kw_only=True)
class TokenizersHabits(Payload):
    """What a leading space, a run of digits, indentation do."""

    cases: tuple[WorkedCase, ...]
    missing: tuple[str, ...]
    total: int


def lineup(members: Mapping[str, Member]) -> tuple[LineupEntry, ...]:
    """All that can be chosen."""
    return tuple(
        LineupEntry(
            name=each.name, title=each.title, kind=each.kind, owner=each.owner, context=each.context, cost=each.cost
        )
        for each in members.values()
    )


def lane(cut: Cut) -> ComparedLane:
    """A lane; an empty one where there is no tokenizer."""
    member, found = cut.member, cut.found
    none = np.zeros(0, np.int64)
    ids, starts, ends = (none,) * 3 if found is None else (found.ids, found.starts, found.ends)
    return ComparedLane(
        name=member.name,
        title=member.title,
        kind=member.kind,
        reason=f"{cut.reason} {cut.hint}".strip(),
        size=cut.size,
        ids=ids,
        starts=starts,
        ends=ends,
        written=cut.written,
        exact=cut.exact,
        promised=cut.promised,
        given_back=cut.given_back,
        library=cut.library,
        equal=-1 if cut.theirs is None else max(len(ids), len(cut.theirs)) - cut.differing,
    )


def pieces(text: str, starts: Sequence[int], ends: Sequence[int]) -> tuple[str, ...]:
    """What each token covers; "" where it covers only a part of a character.

    >>> pieces("né", [0, 1, 2], [1, 2, 3])
    ('n', '', '')
    """
    data, found = text.encode(), []
    for start, end in zip(starts, ends, strict=True):
        try:
            found.append(data[start:end].decode())
        except UnicodeDecodeError:
            found.append("")
    return tuple(found)


def worked(text: str, found: Encoding, tokenizer: Tokenizer) -> WorkedText:
    """A small text's tokens."""
    ids = tuple(found.ids.tolist())
    written = [tokenizer.bytes_of(i) for i in ids]
    held = pieces(text, found.starts.tolist(), found.ends.tolist())
    empty = (found.starts == found.ends).tolist()
    shown = (
        own.decode("utf-8", "replace") if put else piece for piece, own, put in zip(held, written, empty, strict=True)
    )
    lost = tokenizer.decode(ids) != text
    return WorkedText(pieces=tuple(shown), ids=ids, hexes=tuple(own.hex(" ") for own in written), lost=lost)


def worked_case(case: Case, rows: tuple[WorkedRow, ...]) -> WorkedCase:
    """A case with the rows that are known so far."""
    return WorkedCase(
        name=case.name, title=case.title, texts=case.texts, fact=case.fact([row.texts for row in rows]), rows=rows
    )
