"""Training of byte-pair encoding: the most frequent pair of neighbours becomes a token, and everything is counted anew.

    as often as wished: count the pairs of neighbours in all words; join the most frequent one, everywhere

Sennrich, Haddow, Birch 2015 (arXiv 1508.07909), after Gage 1994, "A New Algorithm for Data Compression". The words are
what a pre-tokenizer cut: no pair lies across a cut. Where two pairs are equally frequent a rule must choose, and
libraries differ: by default, as in Hugging Face's, the pair whose tokens are older, the left one first.

`textbook` is just that, in a dozen lines. `Training` does the same without counting anew (`bpe_training_loops`) and is
a sequence of events: it can be stopped after any of them and gone on with, and every shorter sequence is the training
of a smaller vocabulary.

Worked example: "low" five times, "lower" twice, "newest" six times, "widest" three times; s t is e s's equal, and so
are w e, after which "est" is one token. Without the merge e s there is no es t.

>>> words = Words.of({b"low": 5, b"lower": 2, b"newest": 6, b"widest": 3})
>>> training = Training(words, [bytes([byte]) for byte in range(256)])
>>> for event in training.events(4):
...     left, right = training.tokens[event.left], training.tokens[event.right]
...     print(event.number, left, right, event.count, event.before, "->", event.after)
1 b'e' b's' 9 79 -> 70
2 b'es' b't' 9 70 -> 61
3 b'l' b'o' 7 61 -> 54
4 b'lo' b'w' 7 54 -> 47
>>> training.tokens[256:]
[b'es', b'est', b'lo', b'low']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from jaxtyping import Int

from explorer.stack.tokenization import bpe_training_loops as loops
from explorer.stack.tokenization.bpe_word_counts import counted


@dataclass(frozen=True)
class Words:
    """The different words of a text as tokens, end to end, and how often each occurs."""

    tokens: Int[np.ndarray, " token"]
    ends: Int[np.ndarray, " word"]
    counts: Int[np.ndarray, " word"]

    @classmethod
    def of(cls, words: Mapping[bytes, int] | Mapping[tuple[int, ...], int]) -> Words:
        """Words that are counted already, each as its tokens' ids; a bytes object is such a sequence."""
        ends = np.cumsum([len(word) for word in words], dtype=np.int64)
        tokens = np.fromiter((token for word in words for token in word), np.int32)
        return cls(tokens, ends, np.fromiter(words.values(), np.int64, len(words)))

    @classmethod
    def cut(cls, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Words:
        """The pieces of a text: what lies between two cuts, a token a byte."""
        return cls(*counted(data, cuts))

    def numbered(self, ids: Int[np.ndarray, " token"]) -> Words:
        """The same words with other numbers: token t becomes ids[t]."""
        return Words(ids[self.tokens].astype(np.int32), self.ends, self.counts)

    def __len__(self) -> int:
        """How many tokens the text is long."""
        return int(np.diff(self.ends, prepend=0) @ self.counts)


@dataclass(frozen=True)
class Learned:
    """One event of a training: a pair became a token."""

    number: int
    """From 1."""
    left: int
    right: int
    token: int
    """A new id, or an older one that spells the same."""
    count: int
    """How often the two stood side by side; of "aaa" both a a count, though only one can be joined."""
    before: int
    """Tokens of the text."""
    after: int
    ranked: tuple[tuple[int, int, int], ...] = ()
    """The most frequent pairs of that moment and their counts, if the training watches them; the first was joined."""


@dataclass(frozen=True)
class Rules:
    """Where trainers differ. By default: byte-level BPE as Hugging Face trains it."""

    by_spelling: bool = False
    """Of equally frequent pairs the shorter, then the first in the order of its characters (SentencePiece); else the
    pair of the older tokens."""
    skips_known: bool = False
    """A pair that spells a token that there is already is never joined (SentencePiece); else it becomes that token."""
    continuing: bytes = b""
    """What a token begins with that does not begin a word, and what the pair's right token loses (WordPiece: ##)."""
    may: Callable[[bytes], bool] | None = None
    """Whether a pair that would spell this may be joined."""


BYTE_LEVEL = Rules()


@dataclass
class Training:
    """A training at some moment: `events` goes on from there. `tokens` is what each id spells, from the alphabet on."""

    words: Words
    alphabet: Sequence[bytes]
    rules: Rules = BYTE_LEVEL
    tokens: list[bytes] = field(init=False)
    length: int = field(init=False)
    """Of the text, in tokens, at this moment."""
    number: int = field(init=False, default=0)
    """Merges done."""

    def __post_init__(self) -> None:
        words, alphabet = self.words, list(self.alphabet)
        self.tokens, self._ids = alphabet, {token: i for i, token in enumerate(alphabet)}
        self.length = len(words)
        self._places = np.full((len(words.tokens), loops.PLACE_WIDTH), -1, np.int32)
        loops.lay(self._places, words.tokens, words.ends, words.counts)
        self._pairs = np.zeros((1024, loops.PAIR_WIDTH), np.int64)
        self._slots = np.full(4096, -1, np.int32)
        self._heap, self._size = np.zeros((1024, 2), np.int64), 0
        self._letters, self._ends = np.zeros(0, np.uint32), np.zeros(0, np.int64)
        for token in alphabet:
            self._spell(token)
        self._known, at = 0, 0
        while at < len(self._places):
            self._make_room(1024)
            self._known, at = loops.link_all(self._places, self._pairs, self._slots, self._known, at)
        self._bar(0)
        self._enqueue(np.arange(self._known))

    def events(self, merges: int, watched: int = 0) -> Iterator[Learned]:
        """Learn up to so many merges more; ends before where no pair is left. With `watched`, each event says the most
        frequent pairs, so many of them."""
        for _ in range(merges):
            ranked = self._joinable(watched)
            if not ranked:
                return
            yield self._join(ranked, watched)

    def follow(self, learned: Iterable[Learned]) -> Iterator[int]:
        """Join what another training learned, on this text; says after each how long the text is."""
        for event in learned:
            slot = loops.slot_of(self._slots, self._pairs, event.left, event.right)
            if self._slots[slot] >= 0:
                self._join([int(self._slots[slot])], 0)
            else:
                self._numbered(self._joined(event.left, event.right))
            yield self.length

    def most_frequent(self, watched: int) -> tuple[tuple[int, int, int], ...]:
        """The pairs that lead at this moment, and their counts: the first is joined next."""
        return self._said(self._joinable(watched)[:watched])

    def _joinable(self, watched: int) -> list[int]:
        """The leading pairs, of which the first may be joined; they stay on the heap."""
        while True:
            taken = np.zeros(max(watched, 1), np.int64)
            found, self._size = loops.pop(self._heap, self._size, *self._order(), taken)
            self._enqueue(taken[:found])
            pairs: list[int] = taken[:found].tolist()
            if not pairs or not self.rules.skips_known:
                return pairs
            ((left, right, _),) = self._said(pairs[:1])
            if self._joined(left, right) not in self._ids:
                return pairs
            self._pairs[pairs[0], loops.QUEUED] = loops.BARRED

    def _join(self, ranked: list[int], watched: int) -> Learned:
        chosen = ranked[0]
        ((left, right, count),) = self._said([chosen])
        said = self._said(ranked) if watched else ()
        token = self._numbered(self._joined(left, right))
        self.number += 1
        room = 2 * min(count, len(self.tokens) + 1)
        self._make_room(room)
        made, earlier = np.zeros(room, np.int64), self._known
        self._known, grown, joined = loops.merge(
            self._places, self._pairs, self._slots, self._known, chosen, token, self.number, made
        )
        self._bar(earlier)
        self._enqueue(made[:grown])
        self.length -= joined
        return Learned(self.number, left, right, token, count, self.length + joined, self.length, said)

    def _order(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
        return self._pairs, self._letters, self._ends, self.rules.by_spelling

    def _said(self, pairs: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
        rows = self._pairs[list(pairs)][:, [loops.LEFT, loops.RIGHT, loops.COUNT]]
        return tuple((left, right, count) for left, right, count in rows.tolist())

    def _joined(self, left: int, right: int) -> bytes:
        return self.tokens[left] + self.tokens[right].removeprefix(self.rules.continuing)

    def _numbered(self, spelled: bytes) -> int:
        """The id of what a pair spells."""
        token = self._ids.setdefault(spelled, len(self.tokens))
        if token == len(self.tokens):
            self.tokens.append(spelled)
            self._spell(spelled)
        return token

    def _spell(self, token: bytes) -> None:
        """Keep a token's characters, where spellings are compared."""
        if self.rules.by_spelling:
            letters = np.frombuffer(token.decode().encode("utf-32-le"), np.uint32)
            self._letters = np.concatenate([self._letters, letters])
            self._ends = np.append(self._ends, len(self._letters))

    def _bar(self, first: int) -> None:
        """Of the pairs from this one on, those that must not be joined are never asked for."""
        if self.rules.may is not None:
            for pair, (left, right, _) in enumerate(self._said(range(first, self._known)), first):
                if not self.rules.may(self._joined(left, right)):
                    self._pairs[pair, loops.QUEUED] = loops.BARRED

    def _enqueue(self, pairs: Int[np.ndarray, " pair"]) -> None:
        self._heap = _grown(self._heap, self._size + len(pairs))
        self._size = loops.push(self._heap, self._size, *self._order(), pairs)

    def _make_room(self, more: int) -> None:
        """So many pairs more fit into the tables."""
        self._pairs = _grown(self._pairs, self._known + more)
        if 2 * (self._known + more) > len(self._slots):
            size = 1 << (4 * (self._known + more)).bit_length()
            self._slots = loops.filled(self._pairs, self._known, np.full(size, -1, np.int32))


def _grown(table: Int[np.ndarray, "row column"], rows: int) -> Int[np.ndarray, "longer column"]:
    """The table, or one twice as long with the same rows, so that it has room."""
    if rows <= len(table):
        return table
    longer = np.zeros((max(rows, 2 * len(table)), table.shape[1]), table.dtype)
    longer[: len(table)] = table
    return longer


def textbook(words: Sequence[bytes], merges: int) -> list[tuple[int, int]]:
    """The pairs that are joined, in order: counted over the whole text before each merge. Token 256 + n is pair n's.

    Takes as many steps as merges times tokens: what minbpe does, for reading and for comparison.

    >>> textbook([b"aaab", b"ab"], 2)
    [(97, 97), (97, 98)]
    """
    text, learned = [list(word) for word in words], []
    for _ in range(merges):
        counts = Counter(pair for word in text for pair in pairwise(word))
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        text = [joined(word, best, 256 + len(learned)) for word in text]
        learned.append(best)
    return learned


def joined(word: Sequence[int], pair: tuple[int, int], token: int) -> list[int]:
    """The word with the pair joined wherever it stands, from the left.

    >>> joined([1, 1, 1, 2], (1, 1), 3)
    [3, 1, 2]
    """
    made, at = [], 0
    while at < len(word):
        both = tuple(word[at : at + 2]) == pair
        made.append(token if both else word[at])
        at += 1 + both
    return made
