"""A word that a person types, as one token."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.zoo.model import Model


def one_token(model: Model, word: str, otherwise: int) -> tuple[int, str]:
    """With a space before it, where that is one token, else as it stands. `otherwise` stands in where nothing is typed,
    and for a word of several tokens: then a sentence says so."""
    if not word.strip():
        return otherwise, ""
    encode = model.vocabulary.encode
    for text in (f" {word.strip()}", word.strip()):
        ids = encode(text)
        if len(ids) == 1:
            return ids[0], ""
    shown = model.vocabulary.label(otherwise).strip()
    return otherwise, f"“{word.strip()}” is {len(ids)} tokens of this model: “{shown}” is shown in its place."
