"""py3langid: its automaton and its scores, to be looked at n-gram by n-gram.

The package answers with a language and its probability, and says by no public name what it counted. Until it does
(0.4 does not).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from py3langid.langid import LanguageIdentifier


def encoded(known: LanguageIdentifier, text: str) -> bytes:
    """The bytes that the automaton reads."""
    return known._encode(text)


def step(known: LanguageIdentifier, state: int, byte: int) -> int:
    """The automaton's next state."""
    return int(known.tk_nextmove[known._rowbase[state] + byte])


def scores(known: LanguageIdentifier, data: bytes) -> Sequence[float] | np.ndarray:
    """log p(language) + log p(n-grams | language), language by language."""
    return known._raw_score(data)
