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
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any


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

    ranks: dict[tuple[str, str], int]
    ids: dict[str, int]
    ignore_merges: bool
    """True when a pre-token that is in the vocabulary is taken whole, without merging (Llama 3)."""


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


def merge_path(pretoken: str, table: MergeTable) -> MergePath:
    """Byte-level BPE on one pre-token: merge the adjacent pair that was learned first, until no pair is known.

    >>> table = MergeTable({("h", "e"): 0, ("l", "l"): 1, ("he", "ll"): 2}, {"hell": 9, "o": 4}, False)
    >>> steps = merge_path("hello", table).steps
    >>> [(s.rank, " ".join(s.symbols)) for s in steps]
    [(0, 'he l l o'), (1, 'he ll o'), (2, 'hell o')]
    >>> steps[0].ranks, steps[0].lost  # h e won; l l, at the third place, is in the list too
    ((0, None, 1, None), (2,))
    """
    start = tuple(pretoken)
    if table.ignore_merges and pretoken in table.ids and len(pretoken) > 1:
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
