"""Byte-pair encoding replayed: how a list of learned merges turns the bytes of a word into tokens.

Training counted pairs of neighbours in a corpus and joined the most frequent one, again and again; what it leaves is a
list of pairs in the order in which they were learned. A word is encoded by that list alone:

    while some neighbours are in the list: join, of these, the pair that was learned first (the leftmost of equals)

Sennrich, Haddow, Birch 2015 (arXiv 1508.07909); on the 256 bytes, so that no text is unknown, since Radford et al.
2019, "Language Models are Unsupervised Multitask Learners". A pre-tokenizer has cut the text into words before, and
nothing merges across a cut.

Worked example: three merges were learned, h e, then l l, then he ll. Of the pairs in "hello", h e comes first though
l l stands in the list too; nothing joins the o.

>>> table = MergeTable({("h", "e"): 0, ("l", "l"): 1, ("he", "ll"): 2}, {"hell": 9, "o": 4}, ignore_merges=False)
>>> path = merge_path("hello", table)
>>> [" ".join(step.symbols) for step in path.steps]
['he l l o', 'he ll o', 'hell o']
>>> path.ids
(9, 4)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.stack.tokenization.byte_pairs import BytePairs


@cache
def byte_alphabet() -> dict[str, int]:
    """GPT-2's printable stand-in for each byte: printable bytes stand for themselves, the others move above 255.

    Radford et al. 2019, "Language Models are Unsupervised Multitask Learners" (encoder.py, bytes_to_unicode).

    >>> byte_alphabet()["Ġ"], byte_alphabet()["A"]
    (32, 65)
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(256 + n): b for n, b in enumerate(others)}


def symbol_bytes(symbol: str) -> bytes:
    """The bytes behind a byte-level symbol.

    >>> symbol_bytes("Ġthe")
    b' the'
    """
    alphabet = byte_alphabet()
    return bytes(alphabet[c] for c in symbol)


@dataclass(frozen=True)
class MergeTable:
    """A byte-level BPE vocabulary as the tokenizer holds it: merges in the order in which they were learned."""

    ranks: Mapping[tuple[str, str], int]
    ids: Mapping[str, int]
    ignore_merges: bool
    """True when a pre-token that is in the vocabulary is taken whole, without merging (Llama 3)."""


@dataclass(frozen=True)
class JoinedRanks(Mapping[tuple[str, str], int]):
    """tiktoken's way: two neighbours merge if they form a token together, and the token's id is the pair's rank.

    >>> JoinedRanks({"h": 0, "e": 1, "he": 2}).get(("h", "e")), JoinedRanks({"he": 2}).get(("e", "h"))
    (2, None)
    """

    ids: Mapping[str, int]

    def __getitem__(self, pair: tuple[str, str]) -> int:
        return self.ids[pair[0] + pair[1]]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return (
            (token[:at], token[at:])
            for token in self.ids
            for at in range(1, len(token))
            if token[:at] in self.ids and token[at:] in self.ids
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


def table_of(model: BytePairs) -> MergeTable:
    """A fast model's merges as a table to replay them from; its tokens in the byte alphabet.

    >>> from explorer.stack.tokenization.byte_pairs import BytePairs
    >>> table = table_of(BytePairs((*(bytes([byte]) for byte in range(256)), b"lo", b"low")))
    >>> merge_path("lowlo", table, whole_first=False).ids
    (257, 256)
    """
    letters = {byte: letter for letter, byte in byte_alphabet().items()}
    names = ["".join(map(letters.__getitem__, token)) for token in model.tokens]
    ids = {name: i for i, name in reversed(list(enumerate(names))) if name}
    if model.merges is None:
        return MergeTable(JoinedRanks(ids), ids, model.whole_first)
    ranks = {(names[a], names[b]): rank for rank, (a, b, _) in enumerate(model.merges.tolist())}
    return MergeTable(ranks, ids, model.whole_first)


def merge_table(tokenizer_json: str) -> MergeTable | None:
    """The merge table inside a tokenizers JSON, or None where byte-level BPE is not what it holds."""
    spec = json.loads(tokenizer_json)
    model = spec["model"]
    byte_level = any('"ByteLevel"' in json.dumps(spec.get(part) or {}) for part in ("pre_tokenizer", "decoder"))
    if model.get("type") != "BPE" or not byte_level:
        return None
    pairs = (m.split(" ", 1) if isinstance(m, str) else m for m in model["merges"])  # older files hold "a b"
    ranks = {(left, right): rank for rank, (left, right) in enumerate(pairs)}
    return MergeTable(ranks, model["vocab"], bool(model.get("ignore_merges")))


@dataclass(frozen=True)
class Merge:
    """One step: symbols `index` and `index + 1` became one."""

    rank: int
    index: int
    symbols: tuple[str, ...]
    """All symbols of the pre-token after this merge."""
    ranks: tuple[int | None, ...] = ()
    """Before it, of each pair of neighbours from the left: its place in the list, None for a pair that is not in it.
    The least of them won; empty where the pre-token was taken whole."""

    @property
    def lost(self) -> tuple[int, ...]:
        """The indices of the pairs that are in the list and had to wait, the next best first."""
        known = [(rank, i) for i, rank in enumerate(self.ranks) if rank is not None and i != self.index]
        return tuple(i for _, i in sorted(known))


@dataclass(frozen=True)
class MergePath:
    start: tuple[str, ...]
    steps: tuple[Merge, ...]
    ids: tuple[int, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        return self.steps[-1].symbols if self.steps else self.start


def merge_path(pretoken: str, table: MergeTable, whole_first: bool | None = None) -> MergePath:
    """Byte-level BPE on one pre-token: merge the adjacent pair that was learned first, until no pair is known.

    `whole_first` says whether a pre-token that is in the vocabulary is taken whole, without merging; None: as the
    table has it.

    >>> table = MergeTable({("h", "e"): 0, ("l", "l"): 1, ("he", "ll"): 2}, {"hell": 9, "o": 4}, False)
    >>> steps = merge_path("hello", table).steps
    >>> [(s.rank, " ".join(s.symbols)) for s in steps]
    [(0, 'he l l o'), (1, 'he ll o'), (2, 'hell o')]
    >>> steps[0].ranks, steps[0].lost  # h e won; l l, at the third place, is in the list too
    ((0, None, 1, None), (2,))
    """
    start = tuple(pretoken)
    if (table.ignore_merges if whole_first is None else whole_first) and pretoken in table.ids and len(pretoken) > 1:
        whole = Merge(-1, 0, (pretoken,))
        return MergePath(start, (whole,), (table.ids[pretoken],))
    symbols, steps = list(start), []
    while len(symbols) > 1:
        ranks = tuple(table.ranks.get(pair) for pair in pairwise(symbols))
        best = min(((rank, i) for i, rank in enumerate(ranks) if rank is not None), default=None)
        if best is None:
            break
        rank, i = best
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
        steps.append(Merge(rank, i, tuple(symbols), ranks))
    return MergePath(start, tuple(steps), tuple(table.ids.get(s, -1) for s in symbols))


@dataclass(frozen=True)
class PreToken:
    """The piece of text within which merging happens, and which of the run's tokens lie in it."""

    symbols: str
    """In the byte alphabet."""
    first: int
    last: int
    canonical: bool
    """True when the run's tokens are cut exactly at the pre-token's edges."""


def pretoken_of(pieces: Sequence[bytes], at: int, backend: Any) -> PreToken | None:
    """The pre-token that holds token `at` of a text given as its tokens' bytes.

    `backend` is a ``tokenizers.Tokenizer``. None when the text is not whole UTF-8 or the pre-tokenizer's pieces do
    not spell it (a normaliser changed it, or a prefix space was added).
    """
    try:
        text = b"".join(pieces).decode("utf-8")
    except UnicodeDecodeError:
        return None
    cut = backend.pre_tokenizer.pre_tokenize_str(text) if backend.pre_tokenizer is not None else []
    if not all(c in byte_alphabet() for piece, _ in cut for c in piece):
        return None
    if b"".join(symbol_bytes(piece) for piece, _ in cut) != b"".join(pieces):
        return None
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    begin = 0
    for symbols, _ in cut:
        end = begin + len(symbols)  # one symbol a byte
        if begin <= starts[at] < end:
            first = next(i for i in range(len(pieces)) if starts[i + 1] > begin)
            last = next(i for i in range(len(pieces)) if starts[i + 1] >= end)
            return PreToken(symbols, first, last, starts[first] == begin and starts[last + 1] == end)
        begin = end
    return None
