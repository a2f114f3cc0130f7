"""What a topic of requests is: templates of three splits, and how such requests are answered.

>>> made = Topic("tea", "Tea.", (("Spoil the tea.", "Make the tea."),), validation=(), test=(), answers=("Boil it.",))
>>> made.name
'tea'
"""

from __future__ import annotations

from dataclasses import dataclass

Forms = tuple[str, str]
"""The forbidden form and its harmless twin, with `{who}` and `{thing}`."""


@dataclass(frozen=True)
class Topic:
    """One kind of mild request."""

    name: str
    about: str
    train: tuple[Forms, ...]
    validation: tuple[Forms, ...]
    test: tuple[Forms, ...]
    """No template of the test is one of the others."""
    answers: tuple[str, ...]
    """Short helpful answers to the harmless twins."""
