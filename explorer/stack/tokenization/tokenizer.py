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
    """Control tokens: <|endoftext|>, [CLS]."""
    defined: Mapping[bytes, int] = field(default_factory=dict)
    """Tokens that any text may hold and that are cut out of it before all else: Gemma's runs of line ends."""
    before: tuple[int, ...] = ()
    """Ids put before a text: Llama's <s>, BERT's [CLS]."""
    after: tuple[int, ...] = ()
    drops_first_space: bool = False
    """The space that the normalizer puts before a text is taken away again by `decode`."""

    def __len__(self) -> int:
        return max(len(self.model.tokens), *(i + 1 for i in (*self.specials.values(), *self.defined.values(), -1)))

    def encode(self, text: str | bytes, allowed: Collection[bytes] = (), frame: bool = False) -> Encoding:
        """The tokens of a text. `allowed` names the special tokens that are read as such; `frame` puts the
        tokenizer's own first and last tokens around. A lone surrogate is read as U+FFFD; bytes may be any."""
        data = utf8(text)
        parts = [self._framed(self.before, 0)] if frame and self.before else []
        for begin, end, special in self._stretches(data, frozenset(allowed)):
            if special is not None:
                parts.append(Pieces(np.array([special]), np.array([begin]), np.array([end])))
            elif begin < end:
                parts.append(self._stretch(data, begin, end))
        if frame and self.after:
            parts.append(self._framed(self.after, len(data)))
        return Encoding(*(_joined([getattr(part, each) for part in parts]) for each in ("ids", "starts", "ends")))

    def _framed(self, ids: tuple[int, ...], at: int) -> Pieces:
        return Pieces(np.array(ids), np.full(len(ids), at), np.full(len(ids), at))

    def _stretch(self, data: bytes, begin: int, end: int) -> Pieces:
        """The tokens of a stretch without special tokens."""
        text = Aligned(data[begin:end])
        for normalizer in self.normalizers:
            text = normalizer(text)
        found = self.model.encode(text.data, self.pre_tokenizer.cuts(text.data))
        starts, ends = text.sources(found.starts, found.ends)
        return Pieces(found.ids, starts + begin, ends + begin)

    def _stretches(self, data: bytes, allowed: frozenset[bytes]) -> Iterator[tuple[int, int, int | None]]:
        """The text from special token to special token: where each stretch lies, and the token if it is one."""
        known = {**self.defined, **{name: i for name, i in self.specials.items() if name in allowed}}
        at = 0
        if known:
            # Of two that begin at the same byte, the longer.
            names = sorted(known, key=len, reverse=True)
            for match in re.finditer(b"|".join(map(re.escape, names)), data):
                yield at, match.start(), None
                yield match.start(), match.end(), known[match.group()]
                at = match.end()
        yield at, len(data), None

    @cached_property
    def _written(self) -> dict[int, bytes]:
        return {i: name for names in (self.specials, self.defined) for name, i in names.items()}

    def bytes_of(self, token: int) -> bytes:
        """What a token stands for; b"" for an id that no token has."""
        if token in self._written:
            return self._written[token]
        return self.model.tokens[token] if 0 <= token < len(self.model.tokens) else b""

    def decode_bytes(self, ids: Iterable[int] | Int[np.ndarray, " token"]) -> bytes:
        """The bytes that the tokens stand for, end to end."""
        found = b"".join(self.bytes_of(int(i)) for i in ids)
        return found.removeprefix(b" ") if self.drops_first_space else found

    def decode(self, ids: Iterable[int] | Int[np.ndarray, " token"]) -> str:
        """The text that the tokens stand for; bytes that are no character are U+FFFD."""
        return self.decode_bytes(ids).decode("utf-8", "replace")


def _joined(parts: list[Int[np.ndarray, " _"]]) -> Int[np.ndarray, " token"]:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)
