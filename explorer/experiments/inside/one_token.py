"""A word that a person types, as one token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.errors import NotApplicableError

if TYPE_CHECKING:
    from explorer.zoo.model import Model


def one_token(model: Model, word: str) -> int | None:
    """With a space before it, where that is one token, else as it stands; None where nothing is typed. Raises
    NotApplicableError for a word of several tokens."""
    if not word.strip():
        return None
    encode = model.vocabulary.encode
    for text in (f" {word.strip()}", word.strip()):
        ids = encode(text)
        if len(ids) == 1:
            return ids[0]
    raise NotApplicableError(f"“{word.strip()}” is {len(ids)} tokens of this model.", "Choose a word of one token.")
