"""SentencePiece's byte-pair encoding: merges of characters over a whole text, spaces and all.

No pattern cuts the text. Spaces are characters that tokens may begin with (" the"), a text is given one in front, and
a character that no token holds is written as its bytes, for which there are 256 tokens (byte fallback).

    while some neighbours form a token: join, of these, the pair of the best rank (the leftmost of equals)

Kudo, Richardson 2018 (arXiv 1808.06226); LLaMA 1 and 2, Gemma, Mistral.

Nothing merges across two characters that stand side by side in no token, as "e" and " " in nearly all vocabularies:
the text is cut there beforehand, which changes no token, and what was found for a piece serves its repetitions. Within
a piece the best pair is found by looking at all of them where it is short, and from a heap where it is long: a piece of
n characters takes n log n steps.

Worked example: three merges, h e, then l l, then he ll; o is no token, and its byte is token 6.

>>> tokens = (b"h", b"e", b"l", b"he", b"ll", b"hell", b"o")
>>> model = SentencePieceBPE(tokens, np.array([[0, 1, 3], [2, 2, 4], [3, 4, 5]]), byte_ids=np.full(256, 6))
>>> found = model.encode(b"hello", np.array([0, 5]))
>>> found.ids.tolist(), found.starts.tolist(), found.ends.tolist()
([5, 6], [0, 4], [4, 5])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from explorer.stack.tokenization.sentencepiece_merging import adjacency, merged, pair_table
from explorer.stack.tokenization.tokenizer import Pieces

CODE_POINTS = 0x110000


class _Tables(NamedTuple):
    """What the compiled loop looks things up in."""

    characters: Int[np.ndarray, " code"]
    """The token that is this one character; -1 for none."""
    ascii_inside: Bool[np.ndarray, "128 128"]
    """Whether the two ASCII characters stand side by side in some token."""
    inside: Int[np.ndarray, " slot"]
    """The other pairs that do, by hash."""
    pairs: Int[np.ndarray, "slot 2"]
    """The two tokens; rank and what they become."""


@dataclass(frozen=True, eq=False)
class SentencePieceBPE:
    """A vocabulary of characters and what they merge to."""

    tokens: Sequence[bytes]
    """As they are written, with spaces where the file has "▁"; b"" for an id that no text gives."""
    merges: Int[np.ndarray, "merge 3"]
    """Left id, right id, joined id."""
    ranks: Int[np.ndarray, " merge"] | None = None
    """Of each merge, the smallest first; None: as they stand. sentencepiece ranks by the token that is formed, whatever
    the pair, tokenizers by the pair: runs of one character may be cut otherwise."""
    byte_ids: Int[np.ndarray, " 256"] | None = None
    """The tokens of the bytes; None: a character that is no token is the unknown one."""
    unknown: int = -1
    """-1: such characters give no token."""
    fuses: bool = True
    """Unknown characters side by side are one token."""

    @cached_property
    def _characters(self) -> Int[np.ndarray, " code"]:
        single = np.full(CODE_POINTS, -1, np.int32)
        apart = frozenset(() if self.byte_ids is None else self.byte_ids.tolist())
        for i, token in enumerate(self.tokens):
            if 0 < len(token) <= 4 and i not in apart and i != self.unknown:
                text = token.decode("utf-8", "ignore")
                if len(text) == 1 and text.encode() == token:
                    single[ord(text)] = i
        return single

    @cached_property
    def _tables(self) -> _Tables:
        merges = np.ascontiguousarray(self.merges, np.int64).reshape(-1, 3)
        ranks = np.arange(len(merges)) if self.ranks is None else self.ranks.astype(np.int64)
        made = sorted({*merges[:, 2].tolist()})
        lengths = np.array([len(self.tokens[i]) for i in made], np.int64)
        blob = np.frombuffer(b"".join(self.tokens[i] for i in made), np.uint8)
        return _Tables(self._characters, *adjacency(blob, lengths), pair_table(merges, ranks))

    def encode(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Pieces:
        """The tokens of all pieces. The bytes are whole UTF-8."""
        found = merged(
            np.frombuffer(data, np.uint8),
            np.ascontiguousarray(cuts, np.int64),
            self._tables,
            np.zeros(0, np.int64) if self.byte_ids is None else self.byte_ids.astype(np.int64),
            self.unknown,
            self.fuses,
        )
        return Pieces(*found)
