"""A tokenizer: from bytes to ids and back, in four stages that each keep where their bytes came from.

    text -> special tokens out -> normalizer -> pre-tokenizer -> model -> ids

The normalizer may change the text (case, accents, composed characters, spaces into "▁"), the pre-tokenizer only cuts
it: nothing merges across a cut. The model turns each piece into tokens. A token's place in the text is known in bytes,
through whatever the normalizer did, and from these in characters.

Worked example: one merge, of h and e; tokens 0 to 255 are the bytes.

>>> from explorer.stack.tokenization.byte_pairs import BytePairs
>>> from explorer.stack.tokenization.pre_tokenization import Whole
>>> model = BytePairs((*(bytes([byte]) for byte in range(256)), b"he"))
>>> tokenizer = Tokenizer("example", (), Whole(), model, specials={b"<|end|>": 257})
>>> found = tokenizer.encode("héhe<|end|>", allowed=(b"<|end|>",))
>>> found.ids.tolist(), found.starts.tolist(), found.ends.tolist()
([104, 195, 169, 256, 257], [0, 1, 2, 3, 5], [1, 2, 3, 5, 12])
>>> tokenizer.decode(found.ids)
'héhe<|end|>'
>>> len(tokenizer.encode("<|end|>").ids)  # a special token's name in a person's text is text
7
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int

from explorer.stack.tokenization.text import Aligned, utf8


@runtime_checkable
class Normalizer(Protocol):
    """One step that changes text; what it gives knows which bytes of the text each of its bytes stands for."""

    def __call__(self, text: Aligned) -> Aligned: ...


@runtime_checkable
class PreTokenizer(Protocol):
    """Cuts text into the pieces within which tokens lie."""

    def cuts(self, data: bytes) -> Int[np.ndarray, " cut"]:
        """Where pieces begin, ascending, from 0; the last entry is the text's length. Of an empty text: [0]."""
        ...

    def within(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Int[np.ndarray, " finer"]:
        """The cuts, and new ones between them; each piece is read as if it were the whole text."""
        ...


@runtime_checkable
class Model(Protocol):
    """Turns pieces into tokens."""

    @property
    def tokens(self) -> Sequence[bytes]:
        """What each id stands for, as it is written into the decoded text; b"" for an id that no text can give."""
        ...

    def encode(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Pieces:
        """The tokens of all pieces, in order."""
        ...


@dataclass(frozen=True)
class Pieces:
    """Tokens and where they stand in the bytes that the model was given; gaps are bytes that no token keeps."""

    ids: Int[np.ndarray, " token"]
    starts: Int[np.ndarray, " token"]
    ends: Int[np.ndarray, " token"]


@dataclass(frozen=True)
class Encoding:
    """The tokens of a text, and the bytes of it (UTF-8) that each covers. Tokens put before or after cover none."""

    ids: Int[np.ndarray, " token"]
    starts: Int[np.ndarray, " token"]
    ends: Int[np.ndarray, " token"]

    def characters(self, text: str | bytes) -> tuple[Int[np.ndarray, " token"], Int[np.ndarray, " token"]]:
        """The same in characters: from the first that a token holds a byte of, up to the first that it holds none of.

        >>> part = Encoding(np.array([1, 2]), np.array([0, 2]), np.array([2, 3]))
        >>> [each.tolist() for each in part.characters("aé")]  # the second token holds the second byte of é
        [[0, 1], [2, 2]]
        """
        data = np.frombuffer(utf8(text), np.uint8)
        begins = np.concatenate([[0], np.cumsum((data & 0xC0) != 0x80)])  # characters begun before each byte
        inside = np.append((data & 0xC0) == 0x80, False)  # a byte that continues a character
        return begins[self.starts] - inside[self.starts], begins[self.ends]


@dataclass(frozen=True)
class Tokenizer:
    """The whole of it. `encode` reads a special token out of a text only where it is allowed."""

    name: str
    normalizers: tuple[Normalizer, ...]
    pre_tokenizer: PreTokenizer
    model: Model
    specials: Mapping[bytes, int] = field(default_factory=dict)
    """Control tokens: `<|endoftext|>`, [CLS]."""
    defined: Mapping[bytes, int] = field(default_factory=dict)
    """Tokens that any text may hold and that are cut out of it before all else: Gemma's runs of line ends."""
    before: tuple[int, ...] = ()
    """Ids put before a text: Llama's <s>, BERT's [CLS]."""
    after: tuple[int, ...] = ()
    first: tuple[Normalizer, ...] = ()
    """Done before all else where a text begins, and nowhere within it."""
    drops_first_space: bool = False
    """The space that the normalizer puts before a text is taken away again by `decode`."""

    def __len__(self) -> int:
        return max(len(self.model.tokens), *(i + 1 for i in (*self.specials.values(), *self.defined.values(), -1)))

    def encode(self, text: str | bytes, allowed: Collection[bytes] = (), frame: bool = False) -> Encoding:
        """The tokens of a text. `allowed` names the special tokens that are read as such; `frame` puts the
        tokenizer's own first and last tokens around. A lone surrogate is read as U+FFFD; bytes may be any."""
        data = utf8(text)
        whole, shifts, marks = self._prepared(data, frozenset(allowed))
        cuts = self.pre_tokenizer.within(whole.data, shifts.edges) if whole.data else np.array([0])
        found = self.model.encode(whole.data, cuts)
        starts, ends = whole.sources(found.starts, found.ends) if whole.begins is not None else shifts.moved(found)
        ids = found.ids
        if marks:
            at = np.searchsorted(found.starts, [mark.place for mark in marks])
            ids = np.insert(ids.astype(np.int64), at, [mark.id for mark in marks])
            starts = np.insert(starts.astype(np.int64), at, [mark.begin for mark in marks])
            ends = np.insert(ends.astype(np.int64), at, [mark.end for mark in marks])
        if frame and (self.before or self.after):
            before, after = len(self.before), len(self.after)
            ids = np.concatenate([self.before, ids, self.after]).astype(np.int64)
            starts = np.pad(starts, (before, after), constant_values=(0, len(data)))
            ends = np.pad(ends, (before, after), constant_values=(0, len(data)))
        return Encoding(ids, starts, ends)

    def _prepared(self, data: bytes, allowed: frozenset[bytes]) -> tuple[Aligned, _Shifts, list[_Mark]]:
        """What is between special tokens, normalized and joined, and the special tokens that were between."""
        texts: list[Aligned] = []
        origins: list[int] = []
        edges = [0]
        marks: list[_Mark] = []
        for begin, end, special in self._stretches(data, allowed):
            if special is not None:
                marks.append(_Mark(edges[-1], special, begin, end))
            elif begin < end:
                text = self._normalized(Aligned(data[begin:end]), opens=begin == 0)
                if text.data:
                    texts.append(text)
                    origins.append(begin)
                    edges.append(edges[-1] + len(text.data))
        shifts = _Shifts(np.array(edges), np.array(origins, np.int64))
        if len(texts) == 1 and not origins[0]:
            return texts[0], shifts, marks
        joined = b"".join(text.data for text in texts)
        if all(text.begins is None for text in texts):
            return Aligned(joined), shifts, marks
        placed = [text.placed(origin) for text, origin in zip(texts, origins, strict=True)]
        begins, finishes = (np.concatenate(each) for each in zip(*placed, strict=True))
        return Aligned(joined, begins, finishes), shifts, marks

    def _normalized(self, text: Aligned, opens: bool) -> Aligned:
        for normalizer in (*(self.first if opens else ()), *self.normalizers):
            text = normalizer(text)
        return text

    def _stretches(self, data: bytes, allowed: frozenset[bytes]) -> Iterator[tuple[int, int, int | None]]:
        """The text from special token to special token: where each stretch lies, and the token if it is one."""
        if allowed not in self._cutters:
            known = {**self.defined, **{name: i for name, i in self.specials.items() if name in allowed}}
            self._cutters[allowed] = (one_of(known), known)
        pattern, known = self._cutters[allowed]
        at = 0
        if known:
            for match in pattern.finditer(data):
                yield at, match.start(), None
                yield match.start(), match.end(), known[match.group()]
                at = match.end()
        yield at, len(data), None

    @cached_property
    def _cutters(self) -> dict[frozenset[bytes], tuple[re.Pattern[bytes], dict[bytes, int]]]:
        """What finds the tokens that are cut out, by which of them are allowed."""
        return {}

    @cached_property
    def _written(self) -> dict[int, bytes]:
        return {i: name for names in (self.defined, self.specials) for name, i in names.items()}

    def bytes_of(self, token: int) -> bytes:
        """What a token stands for; b"" for an id that no token has."""
        # Gemma's "▁▁" may be cut out of a text as it stands there, and is two spaces all the same.
        of_model = self.model.tokens[token] if 0 <= token < len(self.model.tokens) else b""
        return of_model or self._written.get(token, b"")

    def decode_bytes(self, ids: Iterable[int] | Int[np.ndarray, " token"]) -> bytes:
        """The bytes that the tokens stand for, end to end."""
        found = b"".join(self.bytes_of(int(i)) for i in ids)
        return found.removeprefix(b" ") if self.drops_first_space else found

    def decode(self, ids: Iterable[int] | Int[np.ndarray, " token"]) -> str:
        """The text that the tokens stand for; bytes that are no character are U+FFFD."""
        return self.decode_bytes(ids).decode("utf-8", "replace")


@dataclass(frozen=True)
class _Mark:
    """A token that was cut out: where it stands between the tokens of the rest, and in the text."""

    place: int
    id: int
    begin: int
    end: int


@dataclass(frozen=True)
class _Shifts:
    """Where the stretches of a joined text begin and end in it, and where they lay in the text."""

    edges: Int[np.ndarray, " edge"]
    origins: Int[np.ndarray, " stretch"]

    def moved(self, found: Pieces) -> tuple[Int[np.ndarray, " token"], Int[np.ndarray, " token"]]:
        """The tokens' places in the text."""
        if not len(found.starts):
            return found.starts, found.ends
        stretch = np.searchsorted(self.edges, found.starts, side="right") - 1
        shift = (self.origins - self.edges[:-1])[stretch]
        return found.starts + shift, found.ends + shift


def one_of(names: Iterable[bytes]) -> re.Pattern[bytes]:
    """A pattern that finds the names; of two that begin at the same byte, the longer.

    It branches where they differ (a thousand names that begin alike are looked at as one).

    >>> one_of([b"<a>", b"<ab>", b"<a"]).findall(b"<a> <ab> <a")
    [b'<a>', b'<ab>', b'<a']
    """
    distinct = sorted({*names} - {b""})
    if max(map(len, distinct), default=0) > DEEPEST:
        return re.compile(b"|".join(map(re.escape, reversed(distinct))))
    return re.compile(_branches(distinct) if distinct else b"(?!)")


DEEPEST = 100
"""Bytes: names may branch at each, and a pattern is not nested deeper."""


def _branches(names: list[bytes]) -> bytes:
    """A pattern for sorted names: what they share, then each way on; none may be left out unless a name ends here."""
    first, last = names[0], names[-1]  # what these two share, all in between do
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    shared = first[:same]
    rest = [name[len(shared) :] for name in names]
    ends = rest[:1] == [b""]
    ways = [list(group) for _, group in groupby(rest[1:] if ends else rest, key=lambda name: name[0])]
    if not ways:
        return re.escape(shared)
    inner = b"(?:" + b"|".join(map(_branches, ways)) + b")"
    return re.escape(shared) + inner + (b"?" if ends else b"")
