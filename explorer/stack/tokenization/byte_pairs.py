"""Byte-level BPE, fast: the tokens of pieces by a vocabulary's merges.

Most pieces of a text are tokens, and are looked up whole. The others are encoded from left to right, in linear time
(see `byte_pairs_encoding`): the word of a million letters too.

Sennrich, Haddow, Birch 2015 (arXiv 1508.07909); on bytes: Radford et al. 2019, "Language Models are Unsupervised
Multitask Learners".

Worked example: l o was learned first, then lo w. In "lowlo" the first three bytes come to be low, the last two lo.

>>> model = BytePairs((*(bytes([byte]) for byte in range(256)), b"lo", b"low"))
>>> model.encode(b"lowlo", np.array([0, 5])).ids.tolist()
[257, 256]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int, Int64

from explorer.stack.tokenization.byte_pairs_encoding import encode, rooms
from explorer.stack.tokenization.byte_pairs_tables import add_tokens, free, words_of
from explorer.stack.tokenization.byte_pairs_vocabulary import Vocabulary, vocabulary
from explorer.stack.tokenization.tokenizer import Pieces

_MEMORY = 13
"""Of so many pieces (as a power of two) that are no tokens, their tokens are kept until the call's end."""


@dataclass(frozen=True)
class BytePairs:
    """A byte-level vocabulary and its merges."""

    tokens: Sequence[bytes]
    """What each id stands for; b"" for an id that no text can give (a special token's, a hole's)."""
    merges: Int[np.ndarray, "merge 3"] | None = None
    """Left id, right id and the id that they become, in the order in which they were learned (tokenizer.json). None:
    any two neighbours merge that form a token, the one of lowest id first (tiktoken's ranks)."""
    whole_first: bool = True
    """A piece that is a token is that token, even where no merges lead to it: tiktoken; Llama 3 ("ignore_merges")."""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Made when first needed: some tenths of a second for 100,000 tokens."""
        return vocabulary(self.tokens, self.merges)

    @cached_property
    def _whole(self) -> tuple[Int64[np.ndarray, " slot"], Int64[np.ndarray, " word"]]:
        """The tokens that a piece may be at once, by their bytes."""
        begins = np.concatenate([[0], np.cumsum([len(token) for token in self.tokens], dtype=np.int64)])
        wanted = np.full(len(self.tokens), self.whole_first)
        wanted[self.vocabulary.tokens[:, 0]] = True
        table, words = free(int(wanted.sum()), 4), words_of(b"".join(self.tokens))
        add_tokens(table, words, begins, wanted)
        return table, words

    def encode(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Pieces:
        """The tokens of all pieces. A byte that is no token falls out before anything merges (SmolLM2 lacks six)."""
        if (self.vocabulary.of_letter < 0).any():
            kept = self.vocabulary.of_letter[np.frombuffer(data, np.uint8)] >= 0
            if not kept.all():
                return self._without(data, cuts, kept)
        longest = int(np.diff(cuts).max(initial=0))
        v = self.vocabulary
        tokens, edges = np.empty(len(data), np.int64), np.empty(len(data) + 1, np.int64)
        memory = np.zeros((1 << min(max(len(cuts), 2).bit_length() - 1, _MEMORY), 4), np.int64)
        count = encode(
            np.frombuffer(data, np.uint8), words_of(data), np.asarray(cuts, np.int64), *self._whole, v,
            *rooms(v, longest), memory, tokens, edges,
        )  # fmt: skip
        return Pieces(tokens[:count], edges[:count], edges[1 : count + 1])

    def _without(self, data: bytes, cuts: Int[np.ndarray, " cut"], kept: Bool[np.ndarray, " byte"]) -> Pieces:
        """The same on the bytes that are kept; a token can reach over one that is not."""
        places = np.flatnonzero(kept)
        before = np.concatenate([[0], np.cumsum(kept)])
        found = self.encode(np.frombuffer(data, np.uint8)[kept].tobytes(), np.unique(before[cuts]))
        return Pieces(found.ids, places[found.starts], places[found.ends - 1] + 1)
