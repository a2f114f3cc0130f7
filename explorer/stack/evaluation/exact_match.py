r"""Exact match: is the answer the right one, letter by letter, after both have lost what does not count?

As `exact_match` of Hugging Face's evaluate and lm-eval has it, both texts are changed in this order: patterns that do
not count are removed, then letters become small, then punctuation (ASCII) goes, then digits.

Worked example: GSM8K's patterns, and two texts of the same number.

>>> ignored = tuple(map(Pattern, (",", r"\$", r"(?s).*#### ", r"\.$")))
>>> gsm8k = Matching(ignored, ignore_case=True)
>>> gsm8k.normalised("So $1,234.\n#### 1,234."), gsm8k.matches("$1234", ("So it is\n#### 1,234",))
('1234', True)
>>> Matching().matches("Yes.", ("yes",)), Matching(ignore_case=True, ignore_punctuation=True).matches("Yes.", ("yes",))
(False, True)
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.stack.evaluation.filters import Pattern

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_DIGITS = str.maketrans("", "", string.digits)


@dataclass(frozen=True)
class Matching:
    """What does not count."""

    regexes_to_ignore: tuple[Pattern, ...] = ()
    ignore_case: bool = False
    ignore_punctuation: bool = False
    ignore_numbers: bool = False

    def normalised(self, text: str) -> str:
        """Raises PatternSlow."""
        for pattern in self.regexes_to_ignore:
            text = pattern.without(text)
        if self.ignore_case:
            text = text.lower()
        if self.ignore_punctuation:
            text = text.translate(_PUNCTUATION)
        return text.translate(_DIGITS) if self.ignore_numbers else text

    def matches(self, answer: str, targets: Sequence[str]) -> bool:
        """Whether the answer is one of the targets. Raises PatternSlow."""
        given = self.normalised(answer)
        return any(given == self.normalised(each) for each in targets)
