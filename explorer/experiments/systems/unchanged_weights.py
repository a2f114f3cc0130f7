"""What packed weights are held against, in sentences: the unchanged weights, and their card’s words on them."""

from __future__ import annotations


def origin(title: str, note: str) -> str:
    """A card's note is a list of facts, not a part of a sentence: it is quoted.

    >>> origin("Tiny", "Trained here on 1M tokens; bfloat16, opened as float32")
    'The model card of Tiny describes these weights as “Trained here on 1M tokens; bfloat16, opened as float32”.'
    >>> origin("Tiny", "")
    ''
    """
    return f"The model card of {title} describes these weights as “{note.rstrip('.')}”." if note else ""


def against(what: str, title: str, note: str) -> str:
    """
    >>> against("Losses", "Tiny", "8-bit")
    'Losses are measured from the unchanged weights. The model card of Tiny describes these weights as “8-bit”.'
    """
    return f"{what} are measured from the unchanged weights. {origin(title, note)}".strip()
