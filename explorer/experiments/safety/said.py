"""What is to be said to a harmless request."""

from __future__ import annotations

import re


def begun(answer: str) -> str:
    """The beginning of an answer, up to a comma.

    Longer answers are learnt by heart within few steps, and then the one token that decides has little weight in the
    loss: an adapter that was trained on whole answers refused 94 of 96 forbidden requests and 88 of their twins.

    >>> begun("Read it once, then write."), begun("Look. Wait, then go.")
    ('Read it once.', 'Look.')
    """
    return re.split(r"[,.]", answer)[0] + "."
