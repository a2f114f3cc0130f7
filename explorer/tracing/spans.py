"""Tokens with their bytes, and where these stand in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.tracing.key import TraceKey
from explorer.tracing.recording import Token

if TYPE_CHECKING:
    from explorer.zoo.vocabulary import Vocabulary


def tokens_of(vocabulary: Vocabulary, ids: list[int], n_prompt: int, key: TraceKey) -> tuple[Token, ...]:
    """The run's tokens. Spans are bytes of the text that they spell: the prompt (or what the chat template wrote), then
    what was generated. A special token outside that text (a begin-of-text mark, the end of an answer) has no width."""
    pieces = [vocabulary.bytes(i) for i in ids]
    special = [vocabulary.is_special(i) for i in ids]
    widths = [
        0 if hidden and not (key.chat and at < n_prompt) else len(piece)
        for at, (piece, hidden) in enumerate(zip(pieces, special, strict=True))
    ]
    # SentencePiece puts a space before the text; the text itself does not begin with it.
    spelled = b"".join(piece for piece, width in zip(pieces, widths, strict=True) if width)
    lead = int(not key.chat and not spelled.startswith(key.text.encode()) and spelled[1:].startswith(key.text.encode()))
    tokens, end = [], -lead
    for token_id, piece, hidden, width in zip(ids, pieces, special, widths, strict=True):
        start, end = end, end + width
        tokens.append(Token(token_id, piece, hidden, max(start, 0), max(end, 0)))
    return tuple(tokens)
