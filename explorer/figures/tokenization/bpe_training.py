"""A training of BPE as the page walks through it: what each merge did, the leading pairs at each moment, some words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Int32, UInt8, UInt16

from explorer.experiments.tokenization.bpe_training import RANKED, Watched
from explorer.experiments.tokenization.bpe_training_kinds import Kind
from explorer.experiments.tokenization.trained import LONGEST
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class BpeTrainingWord:
    """A word of the text, by its bytes' ids, and the merges that put it together."""

    ids: tuple[int, ...]
    numbers: tuple[int, ...]
    """Of the events, ascending."""
    places: tuple[int, ...]
    """Which symbol each joins with the next."""


@dataclass(frozen=True, kw_only=True)
class BpeTrainingMerges(Payload):
    """A training so far; without events where `reason` says why there are none."""

    name: str
    """By which other panels find the tokenizer."""
    reason: str
    source: str
    cut: str
    wanted: int
    text: str
    """What is trained on, or its beginning."""
    title: str
    held_title: str
    bytes: int
    words: int
    finished: bool
    spelled: UInt8[np.ndarray, " byte"]
    """All tokens' bytes, end to end."""
    ends: Int[np.ndarray, " token"]
    left: Int[np.ndarray, " merge"]
    right: Int[np.ndarray, " merge"]
    made: Int[np.ndarray, " merge"]
    counts: Int[np.ndarray, " merge"]
    lengths: Int[np.ndarray, " moment"]
    """Tokens of the text, before the first merge and after each."""
    held: Int[np.ndarray, " moment"]
    """Of the held-out text; before the first merge as many as it has bytes."""
    pairs: UInt16[np.ndarray, "moment rank 2"]
    """The leading pairs before each merge and after the last."""
    pair_counts: Int32[np.ndarray, "moment rank"]
    """0 where there are fewer pairs."""
    sample: tuple[BpeTrainingWord, ...]


@dataclass(frozen=True)
class Choice:
    """What was chosen, drawn or not."""

    name: str
    source: str
    cut: str
    wanted: int
    text: str


def merges(chosen: Choice, found: Watched) -> BpeTrainingMerges:
    events, tokens = found.result.events, found.result.tokens
    pairs = np.zeros((len(events) + 1, RANKED, 2), np.uint16)
    counts = np.zeros((len(events) + 1, RANKED), np.int32)
    for moment, ranked in enumerate((*(event.ranked for event in events), found.result.finally_ranked)):
        for rank, (left, right, count) in enumerate(ranked):
            pairs[moment, rank], counts[moment, rank] = (left, right), count
    row = np.array([(e.left, e.right, e.token, e.count, e.after) for e in events], np.int64).reshape(-1, 5)
    sample = tuple(
        BpeTrainingWord(ids=word.ids, numbers=tuple(n for n, _ in word.steps), places=tuple(at for _, at in word.steps))
        for word in found.sample
    )
    return BpeTrainingMerges(
        name=chosen.name,
        reason="",
        source=chosen.source,
        cut=chosen.cut,
        wanted=chosen.wanted,
        text=chosen.text,
        title=found.material.title,
        held_title=found.material.held_title,
        bytes=found.material.bytes,
        words=found.words,
        finished=found.finished,
        spelled=np.frombuffer(b"".join(tokens), np.uint8),
        ends=np.cumsum([len(token) for token in tokens]),
        left=row[:, 0],
        right=row[:, 1],
        made=row[:, 2],
        counts=row[:, 3],
        lengths=np.concatenate([[found.start], row[:, 4]]),
        held=np.array(found.held),
        pairs=pairs,
        pair_counts=counts,
        sample=sample,
    )


def nothing(chosen: Choice, reason: str) -> BpeTrainingMerges:
    """There is no training to show."""
    none = np.zeros(0, np.int64)
    return BpeTrainingMerges(
        name=chosen.name,
        reason=reason,
        source=chosen.source,
        cut=chosen.cut,
        wanted=chosen.wanted,
        text=chosen.text,
        title="",
        held_title="",
        bytes=0,
        words=0,
        finished=True,
        spelled=np.zeros(0, np.uint8),
        ends=none,
        left=none,
        right=none,
        made=none,
        counts=none,
        lengths=none,
        held=none,
        pairs=np.zeros((0, RANKED, 2), np.uint16),
        pair_counts=np.zeros((0, RANKED), np.int32),
        sample=(),
    )


def beginning(text: str) -> str:
    """As much of a text as a field shows."""
    return text[:LONGEST]


@dataclass(frozen=True, kw_only=True)
class TrainerColumn:
    """One trainer's first merges."""

    title: str
    alphabet: int
    pieces: tuple[str, ...]
    """Spaces as the trainer writes them; what is no whole character in hexadecimal."""
    counts: tuple[int, ...]
    alone: tuple[bool, ...]
    """Whether no other trainer has learned it, once marks of spaces and of words' insides are put aside."""


@dataclass(frozen=True, kw_only=True)
class BpeTrainingKinds(Payload):
    """Three trainers on one text."""

    reason: str
    title: str
    columns: tuple[TrainerColumn, ...]


def kinds(title: str, found: Sequence[tuple[str, Kind]]) -> BpeTrainingKinds:
    plain = [{_plain(each) for each in _pieces(kind)} for _, kind in found]
    columns = []
    for i, (name, kind) in enumerate(found):
        others = set().union(*plain[:i], *plain[i + 1 :])
        pieces = _pieces(kind)
        alone = tuple(_plain(each) not in others for each in pieces)
        columns.append(
            TrainerColumn(
                title=name,
                alphabet=kind.alphabet,
                pieces=pieces,
                counts=tuple(e.count for e in kind.events),
                alone=alone,
            )
        )
    return BpeTrainingKinds(reason="", title=title, columns=tuple(columns))


def _pieces(kind: Kind) -> tuple[str, ...]:
    return tuple(_written(kind.tokens[event.token]) for event in kind.events)


def _written(token: bytes) -> str:
    """Text, or bytes that are no whole character in hexadecimal.

    >>> _written(b" the"), _written("é".encode()[:1])
    (' the', '⟨c3⟩')
    """
    try:
        return token.decode()
    except UnicodeDecodeError:
        return f"⟨{token.hex(' ')}⟩"


def _plain(piece: str) -> str:
    """Without the marks by which a trainer tells the beginning of a word from its inside.

    >>> {_plain(each) for each in (" the", "▁the", "##the")}
    {'the'}
    """
    return piece.removeprefix(" ").removeprefix("▁").removeprefix("##")
