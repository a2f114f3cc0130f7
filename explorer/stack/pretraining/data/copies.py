"""The stages that compare all documents: equal texts, similar texts, and passages that stand twice.

Each sees a sketch of every document: 8 bytes of a hash, 8 bytes for each band of a MinHash signature, or the text
itself, a block of texts at a time. `near` links texts that share a band, whatever lies between (union-find), and keeps
the first of each cluster; datatrove keeps one in the same way.

>>> import numpy as np
>>> bands = {"a": (1, 2), "b": (3, 2), "c": (3, 4), "d": (5, 6)}  # b shares a band with a, and c with b
>>> sketches = ((name, np.array(each, np.uint64).tobytes()) for name, each in bands.items())
>>> [(reading.verdicts[0].value, reading.origin) for reading in near(sketches)]
[(0, ''), (2, 'a'), (1, 'a'), (0, '')]
>>> [reading.text for reading in passages([("a", b"Tea. It is hot."), ("b", b"No! It is hot.")], 8, 1000)]
[None, 'No!']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial

import numpy as np
from jaxtyping import Int64, UInt64
from numpy import ndarray

from explorer.stack.pretraining.data import minhash
from explorer.stack.pretraining.data.exact_duplicates import text_hash
from explorer.stack.pretraining.data.sha1 import hashes
from explorer.stack.pretraining.data.stage import Cut, Document, Reading, Settings, Whole
from explorer.stack.pretraining.data.suffix_array import SEPARATOR, later_copies
from explorer.stack.pretraining.data.verdict import Verdict

Sketches = Iterable[tuple[str, bytes]]


def exact() -> Whole:
    return Whole("exact duplicates", _hashed, by_first("exact_duplicate"))


def near_duplicates(settings: Settings) -> Whole:
    key = (settings.words, settings.bands, settings.rows)
    return Whole("near duplicates", partial(banded, words=key[0], bands=key[1], rows=key[2]), near, key)


def substring(settings: Settings) -> Whole:
    compare = partial(passages, at_least=settings.passage, block=settings.block)
    return Whole("substring duplicates", _encoded, compare)


def by_first(rule: str) -> Callable[[Sketches], Iterator[Reading]]:
    """Of equal sketches the first document stays; an empty sketch equals nothing."""

    def compare(sketches: Sketches) -> Iterator[Reading]:
        first: dict[bytes, str] = {}
        for name, sketch in sketches:
            origin = first.setdefault(sketch, name) if sketch else name
            copy = origin != name
            yield Reading(verdicts=(Verdict(rule, int(copy), 0, "at most"),), origin=origin if copy else "")

    return compare


def _hashed(document: Document) -> bytes:
    found = text_hash(document.text)
    return b"" if found is None else found.to_bytes(8, "little")


def _encoded(document: Document) -> bytes:
    return document.text.encode("utf-8", "replace")


@lru_cache(maxsize=4)
def _permutations(k: int) -> minhash.Permutations:
    return minhash.Permutations.datatrove(k)


def banded(document: Document, words: int, bands: int, rows: int) -> bytes:
    """The hash of each band of the signature, 8 bytes a band; of a text without a shingle zeros alone."""
    plain, starts, stops = minhash.shingle_spans(document.text, words)
    if not len(starts):
        return bytes(8 * bands)
    made = minhash.signature(hashes(plain, starts, stops, 64), _permutations(bands * rows))
    ends = np.arange(bands + 1) * 8 * rows
    return hashes(made.astype("<u8").tobytes(), ends[:-1], ends[1:], 64).astype("<u8").tobytes()


def near(sketches: Sketches) -> Iterator[Reading]:
    """`near_duplicate` counts the bands that a text shares with others, and is 0 for the first of its cluster."""
    ids, held = [], bytearray()
    for name, sketch in sketches:
        ids.append(name)
        held += sketch
    if not ids:
        return
    first, shared = clustered(np.frombuffer(held, "<u8").reshape(len(ids), -1))
    for at, origin in enumerate(first.tolist()):
        copy = origin != at
        verdict = Verdict("near_duplicate", int(shared[at]) if copy else 0, 0, "at most")
        yield Reading(verdicts=(verdict,), origin=ids[origin] if copy else "")


def clustered(made: UInt64[ndarray, "text band"]) -> tuple[Int64[ndarray, " text"], Int64[ndarray, " text"]]:
    """For each text the first of its cluster, and how many of its bands it shares with another text."""
    some = np.flatnonzero(made.any(1))
    shared = np.zeros(len(made), np.int64)
    pairs: list[list[int]] = []
    for band in range(made.shape[1]):
        column = made[some, band]
        order = np.argsort(column, kind="stable")
        same = np.flatnonzero(column[order][1:] == column[order][:-1])
        linked = some[np.stack([order[same], order[same + 1]])]
        shared[np.unique(linked)] += 1
        pairs += linked.T.tolist()
    return np.array(minhash.clusters(pairs, len(made)), np.int64), shared


def passages(sketches: Sketches, at_least: int, block: int) -> Iterator[Reading]:
    """Passages that stand before, in this text or an earlier one of the block, are cut; a text may be left empty."""
    held: list[bytes] = []
    size = 0
    for _, text in sketches:
        if held and size + len(text) > block:
            yield from _block(held, at_least)
            held, size = [], 0
        held.append(text)
        size += len(text) + 1
    yield from _block(held, at_least)


def _block(texts: list[bytes], at_least: int) -> Iterator[Reading]:
    found = iter(later_copies(bytes([SEPARATOR]).join(texts), at_least))
    copy, start = next(found, None), 0
    for text in texts:
        stop, spans = start + len(text), []
        while copy and copy.start < stop:
            spans.append((copy.start - start, min(copy.stop, stop) - start))
            copy = next(found, None)
        yield _without(text, spans)
        start = stop + 1


def _without(text: bytes, spans: list[tuple[int, int]]) -> Reading:
    """The text without those bytes, at borders of characters."""
    kept, cuts, at, written = [], [], 0, 0
    for start, stop in spans:
        while start < len(text) and text[start] & 0xC0 == 0x80:
            start += 1
        while stop < len(text) and text[stop] & 0xC0 == 0x80:
            stop -= 1
        before = text[at:start].decode()
        length = len(text[start:stop].decode())
        written += len(before)
        cuts.append(Cut(written, written + length, "substring_duplicate"))
        written, at = written + length, stop
        kept.append(before)
    left = "".join((*kept, text[at:].decode())).strip()
    verdict = Verdict("characters_left", len(left), 1, "at least")
    return Reading(verdicts=(verdict,), text=left if cuts else None, cuts=tuple(cuts))
