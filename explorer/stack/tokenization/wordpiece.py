"""WordPiece encoding: the longest token that a word begins with, then the longest that its rest begins with, and so on.

Tokens are of two kinds: those that begin a word, and those that go on with one, which the vocabulary writes with "##".
Where nothing fits the rest, the whole word is given up, what fitted before too, and is the one token [UNK]. Greedy is
not best: the longest first token may leave a rest that nothing fits.

Schuster, Nakajima 2012, "Japanese and Korean Voice Search"; Devlin et al. 2018 (arXiv 1810.04805), BERT.

Worked example: "unable" begins with un; its rest is read whole as ##able, "unabled" has a d that nothing fits.

>>> model = WordPiece((b"[UNK]", b"un", b"u", b"##able", b"##a", b"##ble"), unknown=0)
>>> data = b"unable unabled"
>>> found = model.encode(data, np.array([0, 6, 7, 14]))
>>> found.ids.tolist(), found.starts.tolist(), found.ends.tolist()
([1, 3, 0], [0, 2, 7], [2, 6, 14])
>>> b"".join(model.tokens[i] for i in found.ids)
b' unable [UNK]'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from explorer.stack.compiled import compiled
from explorer.stack.tokenization.tokenizer import Pieces
from explorer.stack.tokenization.trie import Trie


@dataclass(frozen=True, eq=False)
class WordPiece:
    """A vocabulary of beginnings and continuations. Each piece given to `encode` is a word; spaces give nothing."""

    vocabulary: Sequence[bytes]
    """As the file has it: continuations with their prefix."""
    unknown: int
    prefix: bytes = b"##"
    max_characters: int = 100
    """A longer word is unknown without being tried."""

    @cached_property
    def tokens(self) -> tuple[bytes, ...]:
        """A space before each word; the place of a space is not kept, so the text is not given back exactly."""
        return tuple(token[len(self.prefix) :] if self._continues(token) else b" " + token for token in self.vocabulary)

    def _continues(self, token: bytes) -> bool:
        return bool(self.prefix) and token.startswith(self.prefix) and token != self.prefix

    @cached_property
    def beginnings(self) -> Trie:
        """The tokens that begin a word, as they are matched. One that is written ## alone or ##s may begin one too:
        the word is then the text "##s"."""
        return Trie.of(self.vocabulary)

    @cached_property
    def continuations(self) -> Trie:
        """The tokens that go on with a word, without their prefix."""
        size = len(self.prefix)
        return Trie.of([t[size:] if t.startswith(self.prefix) else b"" for t in self.vocabulary])

    def encode(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Pieces:
        return Pieces(
            *_words(
                np.frombuffer(data, np.uint8),
                np.ascontiguousarray(cuts, np.int64),
                self.beginnings.nodes,
                self.continuations.nodes,
                self.unknown,
                self.max_characters,
            )
        )


@compiled
def _words(data, cuts, beginnings, continuations, unknown, max_characters):  # pragma: no cover - compiled
    ids = np.empty(len(data), np.int32)
    starts, ends = np.empty(len(data), np.int64), np.empty(len(data), np.int64)
    count = 0
    for piece in range(len(cuts) - 1):
        begin, end = cuts[piece], cuts[piece + 1]
        while begin < end and (data[begin] == 32 or 9 <= data[begin] <= 13):
            begin += 1
        while end > begin and (data[end - 1] == 32 or 9 <= data[end - 1] <= 13):
            end -= 1
        characters = 0
        for at in range(begin, end):
            characters += data[at] & 0xC0 != 0x80
        top, at = count, begin
        while at < end and characters <= max_characters:
            nodes = beginnings if at == begin else continuations
            node, longest, look = 0, -1, at
            while look < end:
                child = nodes[node, 0] + data[look]
                if nodes[child, 1] != node:
                    break
                node, look = child, look + 1
                if nodes[node, 2] >= 0:
                    ids[count], longest = nodes[node, 2], look
            if longest < 0:
                break
            starts[count], ends[count] = at, longest
            count, at = count + 1, longest
        if at < end:  # nothing fits the rest: the whole word is unknown
            ids[top], starts[top], ends[top] = unknown, begin, end
            count = top + 1
    return ids[:count].astype(np.int64), starts[:count].copy(), ends[:count].copy()
