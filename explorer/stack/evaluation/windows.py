"""Windows over a text that is longer than the model's context: which tokens are read, and which of them are scored.

A text of n tokens is scored once, token by token, but each token's context depends on how the text is cut:

- `rolling` is lm-eval's generator. The first window reads a prefix token (BOS, else EOS) and scores L tokens; each
  later one scores L - context + 1. With ``context=1``, lm-eval's own setting, the windows are disjoint, but for the
  last: it is moved back until it is full, and so reads tokens that were scored before.
- `strided` is the guide's of transformers: windows of L tokens begin every `stride` tokens, and each scores what the
  ones before it have not. There is no prefix: the first token of the text is not scored.

A larger context, or a smaller stride, gives each token more to read: the same text has a lower perplexity, and costs
more passes. A number without its windows means little (lm-evaluation-harness issues 2301, 340).

Worked example: ten tokens, L = 4, the prefix -1.

>>> [(each.ids, each.targets) for each in rolling(range(10), -1, 4)]
[((-1, 0, 1, 2), (0, 1, 2, 3)), ((3, 4, 5, 6), (4, 5, 6, 7)), ((5, 6, 7, 8), (8, 9))]
>>> [each.targets for each in rolling(range(10), -1, 4, context=3)]
[(0, 1, 2, 3), (4, 5), (6, 7), (8, 9)]
>>> [(each.ids, each.targets) for each in strided(range(10), 4, 3)]
[((0, 1, 2), (1, 2, 3)), ((3, 4, 5), (4, 5, 6)), ((6, 7, 8), (7, 8, 9))]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.errors import BadRequestError


@dataclass(frozen=True)
class Window:
    """One pass of the model."""

    ids: tuple[int, ...]
    """What the model reads."""
    targets: tuple[int, ...]
    """What is scored, by its last ``len(targets)`` positions."""
    start: int
    """Where the first target stands in the text."""

    @property
    def context(self) -> int:
        """Tokens that are read before the first target, the prefix among them."""
        return len(self.ids) - len(self.targets) + 1


def rolling(ids: Sequence[int], prefix: int, length: int, context: int = 1) -> Iterator[Window]:
    """lm-eval's windows. Raises BadRequestError for a context that leaves no room."""
    if not 1 <= context <= length:
        raise BadRequestError(f"A context of {context:,} tokens does not fit windows of {length:,}.")
    text, n = tuple(ids), len(ids)
    if not n:
        return
    done = min(length, n)
    yield Window((prefix, *text[: done - 1]), text[:done], 0)
    while done < n:
        step = min(n - done, length - context + 1)
        end = done + step
        # before the text's first token stands the prefix
        first = max(end - length - 1, -1)
        read = text[first : end - 1] if first >= 0 else (prefix, *text[: end - 1])
        yield Window(read, text[done:end], done)
        done = end


def strided(ids: Sequence[int], length: int, stride: int) -> Iterator[Window]:
    """The windows of transformers' guide. Raises BadRequestError for a stride that skips tokens."""
    if not 1 <= stride <= length:
        raise BadRequestError(f"A stride of {stride:,} tokens does not fit windows of {length:,}.")
    text, n, done = tuple(ids), len(ids), 0
    for begin in range(0, n, stride):
        end = min(begin + length, n)
        # a window has no logits for its own first token
        first = max(done, begin + 1)
        if first < end:
            yield Window(text[begin : end - 1], text[first:end], first)
        done = end
        if end == n:
            return
