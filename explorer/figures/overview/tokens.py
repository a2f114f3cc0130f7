"""How a text became tokens, as tables to draw: bytes, characters that several tokens share, merges, compression.

All functions take bytes and tokenizer backends, never a model, so that they can be tested on a handful of merges.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any


@dataclass(frozen=True)
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
            found.append(SharedCharacter(text, owner[at], owner[at + length - 1]))
        at += length
    return found


def _utf8_length(lead: int) -> int:
    """Bytes of the character that this byte begins; 1 for a byte that begins none."""
    return 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2 if lead >= 0xC0 else 1


@dataclass(frozen=True)
class Compression:
    """How much text a token carries on average. Special tokens count as tokens but carry no text."""

    tokens: int
    special: int
    characters: int
    bytes: int

    @property
    def bytes_per_token(self) -> float:
        return self.bytes / max(1, self.tokens - self.special)

    @property
    def characters_per_token(self) -> float:
        return self.characters / max(1, self.tokens - self.special)


def compression(pieces: Sequence[bytes], special: Sequence[bool]) -> Compression:
    """
    >>> compression([b"Hi", b" you", b"<end>"], [False, False, True])
    Compression(tokens=3, special=1, characters=6, bytes=6)
    """
    text = b"".join(p for p, s in zip(pieces, special, strict=True) if not s)
    return Compression(len(pieces), sum(special), len(text.decode("utf-8", errors="replace")), len(text))


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


# ---- merges ----------------------------------------------------------------------------------------------------


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

    Sennrich, Haddow, Birch 2015 (arXiv:1508.07909); on bytes since Radford et al. 2019.

    >>> table = MergeTable({("h", "e"): 0, ("l", "l"): 1, ("he", "ll"): 2}, {"hell": 9, "o": 4}, False)
    >>> [(s.rank, " ".join(s.symbols)) for s in merge_path("hello", table).steps]
    [(0, 'he l l o'), (1, 'he ll o'), (2, 'hell o')]
    """
    start = tuple(pretoken)
    if table.ignore_merges and pretoken in table.ids and len(pretoken) > 1:
        whole = Merge(-1, 0, (pretoken,))
        return MergePath(start, (whole,), (table.ids[pretoken],))
    symbols, steps = list(start), []
    while len(symbols) > 1:
        known = [(table.ranks.get((a, b)), i) for i, (a, b) in enumerate(pairwise(symbols))]
        best = min(((rank, i) for rank, i in known if rank is not None), default=None)
        if best is None:
            break
        rank, i = best
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
        steps.append(Merge(rank, i, tuple(symbols)))
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
