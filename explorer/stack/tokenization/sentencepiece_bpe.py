"""SentencePiece's byte-pair encoding: merges of characters over a whole text, spaces and all.

No pattern cuts the text. Spaces are characters that tokens may begin with (" the"), a text is given one in front, and
a character that no token holds is written as its bytes, for which there are 256 tokens (byte fallback).

    while some neighbours form a token: join, of these, the pair of the best rank (the leftmost of equals)

Kudo, Richardson 2018 (arXiv 1808.06226); LLaMA 1 and 2, Gemma, Mistral.

Nothing merges across two characters that stand side by side in no token, as "e" and " " in nearly all vocabularies:
the text is cut there beforehand, which changes no token, and what was found for a piece serves its repetitions. A piece
is encoded as byte-level BPE encodes one (see `byte_pairs_encoding`), with characters for bytes: in linear time.

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
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Int32, Int64

from explorer.stack.tokenization.byte_pairs_characters import encode_characters, enter_neighbours, fused
from explorer.stack.tokenization.byte_pairs_encoding import rooms
from explorer.stack.tokenization.byte_pairs_tables import free
from explorer.stack.tokenization.byte_pairs_vocabulary import Vocabulary, vocabulary_of
from explorer.stack.tokenization.tokenizer import Pieces

CODE_POINTS = 0x110000
_MEMORY = 16
"""Of so many pieces (as a power of two) their tokens are kept until the call's end."""


class _Tables(NamedTuple):
    """What a text is cut by. A tuple, as compiled loops take it."""

    letters: Int32[np.ndarray, " code"]
    """The characters that are tokens, numbered from 0 in the order of their ids; -1 for the others."""
    near: Bool[np.ndarray, "128 128"]
    """Whether the two ASCII characters stand side by side in some token."""
    far: Int64[np.ndarray, " slot"]
    """The other pairs that do, by hash."""


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
    def _characters(self) -> tuple[Int64[np.ndarray, " letter"], Int64[np.ndarray, " letter"]]:
        """The characters that are tokens, and their ids, which grow; of several ids of one, the last."""
        apart = frozenset(() if self.byte_ids is None else self.byte_ids.tolist())
        ids: dict[int, int] = {}
        for i, token in enumerate(self.tokens):
            if 0 < len(token) <= 4 and i not in apart and i != self.unknown:
                text = token.decode("utf-8", "ignore")
                if len(text) == 1 and text.encode() == token:
                    ids[ord(text)] = i
        ordered = sorted(ids.items(), key=itemgetter(1))
        table = np.array(ordered, np.int64).reshape(-1, 2)
        return table[:, 0].copy(), table[:, 1].copy()

    @cached_property
    def _made(self) -> tuple[Vocabulary, _Tables]:
        """Made when first needed: some tenths of a second for 250,000 tokens."""
        characters, ids = self._characters
        letters = np.full(CODE_POINTS, -1, np.int32)
        letters[characters] = np.arange(len(characters))
        merges = np.ascontiguousarray(self.merges, np.int64).reshape(-1, 3)
        ranks = np.arange(len(merges)) if self.ranks is None else self.ranks.astype(np.int64)
        order = np.lexsort((merges[:, 2], ranks))[::-1]  # where a pair is there twice, the last that is entered holds
        reached = frozenset([*ids.tolist(), *merges[:, 2].tolist()])
        texts = [token.decode() if i in reached else "" for i, token in enumerate(self.tokens)]
        codes = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32).astype(np.int64)
        begins = np.concatenate([[0], np.cumsum([len(text) for text in texts], dtype=np.int64)])
        # A character that is no token is letter -1, the last, of no id.
        v = vocabulary_of(letters[codes].astype(np.int64), begins, np.append(ids, -1), merges[order], ranks[order])
        return v, _Tables(letters, *_neighbours(codes, begins, v))

    def encode(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Pieces:
        """The tokens of all pieces. The bytes are whole UTF-8."""
        v, tables = self._made
        byte_ids = np.zeros(0, np.int64) if self.byte_ids is None else self.byte_ids.astype(np.int64)
        block, spare, _, _ = rooms(v, 0)
        memory = np.zeros((1 << min(len(data).bit_length(), _MEMORY), 4), np.int64)
        ids, starts, ends = np.empty((3, len(data)), np.int64)
        count = encode_characters(
            np.frombuffer(data, np.uint8), np.ascontiguousarray(cuts, np.int64), v, tables, byte_ids, self.unknown,
            block, spare, memory, ids, starts, ends,
        )  # fmt: skip
        if self.fuses and self.unknown >= 0 and self.byte_ids is None:
            count = fused(ids, starts, ends, count, self.unknown)
        return Pieces(ids[:count].copy(), starts[:count].copy(), ends[:count].copy())


def _neighbours(
    codes: Int64[np.ndarray, " character"], begins: Int64[np.ndarray, " begin"], v: Vocabulary
) -> tuple[Bool[np.ndarray, "128 128"], Int64[np.ndarray, " slot"]]:
    """Which characters stand side by side in a token to which merges lead."""
    lengths = np.diff(begins)
    within = np.zeros(len(lengths), bool)
    within[v.tokens[:, 0]] = True
    inner = np.repeat(within, lengths)
    inner[(begins[1:] - 1)[lengths > 0]] = False  # a token's last character has none beside it
    pairs = np.unique(codes[:-1][inner[:-1]] << 32 | codes[1:][inner[:-1]])
    before, after = pairs >> 32, pairs & 0xFFFFFFFF
    near, far = np.zeros((128, 128), bool), free(int(((before >= 128) | (after >= 128)).sum()))
    enter_neighbours(before, after, near, far)
    return near, far
