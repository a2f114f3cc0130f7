r"""Free answers: the number that is cut out of a text, and whether it is the right one.

GSM8K's two filters, as lm-evaluation-harness writes them (Cobbe et al. 2021, arXiv 2110.14168)::

    strict      the first match of  #### (\-?[0-9\.\,]+)
    flexible    the last match of   (-?[$0-9.,]{2,})|(-?[0-9]+)

and what is cut out is compared after commas, dollar signs, all up to "#### " and a last full stop are dropped. A filter
is a part of the score. The flexible one takes two or more of the characters $ 0-9 . , so a right answer can be lost to
a row of dots:

>>> flexible("The answer is 5."), flexible("The answer is 5. Hmm...")
('5.', '...')
>>> same("5.", "5"), same("...", "5"), strict("So 6 * 7 = 42\n#### 42"), strict("The answer is 42")
(True, False, '42', None)

A pattern that asks for a digit first does not fall for it:

>>> number("The answer is 5. Hmm..."), number("It costs $1,234.50.")
('5', '1,234.50')

Majority: of several samples the answer given most often, the first of those that tie (Wang et al. 2022, arXiv
2203.11171).

>>> majority(["42", None, "41", "42."])
'42'
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

STRICT = re.compile(r"#### (\-?[0-9\.\,]+)")
FLEXIBLE = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
NUMBER = re.compile(r"-?[0-9](?:[0-9,]*[0-9])?(?:\.[0-9]+)?")
#: What is dropped before two answers are compared, in this order.
DROPPED = (re.compile(r","), re.compile(r"\$"), re.compile(r"(?s).*#### "), re.compile(r"\.$"))


def strict(text: str) -> str | None:
    """The number after the first "####"; None where there is none."""
    found = STRICT.search(text)
    return found[1] if found else None


def flexible(text: str) -> str | None:
    """The last run of characters that may belong to a number; None where there is none."""
    found = FLEXIBLE.findall(text)
    return next(part for part in found[-1] if part) if found else None


def number(text: str) -> str | None:
    """The last number that begins with a digit; None where there is none."""
    found = NUMBER.findall(text)
    return found[-1] if found else None


def normalised(answer: str) -> str:
    """
    >>> normalised("$1,234."), normalised("so #### 7")
    ('1234', '7')
    """
    for pattern in DROPPED:
        answer = pattern.sub("", answer)
    return answer.strip().lower()


def same(answer: str | None, right: str) -> bool:
    """Whether the answer, once normalised, is the right one. No answer is not."""
    return answer is not None and normalised(answer) == normalised(right)


def majority(answers: Sequence[str | None]) -> str | None:
    """The normalised answer that most samples give; None where no sample gives one."""
    given = [normalised(each) for each in answers if each is not None]
    return Counter(given).most_common(1)[0][0] if given else None
