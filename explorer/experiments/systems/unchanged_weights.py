"""What packed weights are held against, in sentences: the unchanged weights, and their card’s words on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.zoo.card import Card

#: Bits of weights that nobody has rounded since they were trained, at least.
FULL = 16


def origin(title: str, note: str) -> str:
    """A card's note is a list of facts, not a part of a sentence: it is quoted.

    >>> origin("Tiny", "Trained here on 1M tokens; bfloat16, opened as float32")
    'The model card of Tiny describes these weights as “Trained here on 1M tokens; bfloat16, opened as float32”.'
    >>> origin("Tiny", "")
    ''
    """
    return f"The model card of {title} describes these weights as “{note.rstrip('.')}”." if note else ""


def rounded_before(bits: int | None) -> str:
    """What weights that come from a file of few bits say about formats, and what not.

    >>> rounded_before(16), rounded_before(None)
    ('', '')
    >>> rounded_before(4)[:46]
    'These weights were rounded to 4 bits before. A'
    """
    if bits is None or bits >= FULL:
        return ""
    return (
        f"These weights were rounded to {bits} bit{'s' if bits > 1 else ''} before. A format with nearly the same "
        "steps loses little on them, so the order of the formats here may not hold for weights in full precision."
    )


def said(card: Card) -> str:
    """How the weights came to be, and what that means for formats."""
    return f"{origin(card.title, card.weights_note)} {rounded_before(card.weight_bits)}".strip()


def against(what: str, card: Card) -> str:
    """What the numbers of a view are measured from, and how far they hold."""
    return f"{what} are measured from the unchanged weights. {said(card)}".strip()
