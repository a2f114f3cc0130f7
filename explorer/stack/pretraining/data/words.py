r"""Words, sentences and the simplified text that rules and shingles are made of.

`simplified` makes two texts alike where they differ in case, digits, punctuation, spaces or accents only (datatrove's
`simplify_text`, Penedo et al. 2024, arXiv 2406.17557). `words` takes punctuation off words, as a word tokenizer of
English does; contractions stay whole, where spaCy parts them.

>>> simplified("On 3.5 May,  the Café\n(No. 12) OPENED!")
'on 0 may the cafe no 0 opened'
>>> words("It's 5 o'clock: go!")
["It's", '5', "o'clock", ':', 'go', '!']
>>> sentences('He left. "Why?" she said. No one knew.')
['He left.', '"Why?" she said.', 'No one knew.']
"""

from __future__ import annotations

import re
import unicodedata

import regex

#: Characters of C0 and C1 but the line feed, and marks of several scripts: datatrove's table.
PUNCTUATION = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»" + "".join(
    chr(x) for low, high in ((0, 9), (11, 32), (127, 160)) for x in range(low, high)
)
#: Marks that end a sentence in any script: Unicode's property, without what it took in after datatrove's table was
#: made, with three Khmer signs that the table has.
TERMINAL = (
    r"[\p{STerm}\u17d6\u17d9\u17da--[\u1b4e\u1b4f\u1b7f\u2024\u2cf9-\u2cfb\u2e60\u2e61\ufe12\ufe15\ufe16"
    r"\U000113d4\U000113d5\U00016d6e\U00016d6f]]"
)
_ENDS = regex.compile(rf"{TERMINAL}\Z", regex.V1)
_SYMBOLS = regex.compile(rf"(?:{TERMINAL}|[{regex.escape(PUNCTUATION)}])+", regex.V1)
_BLANKS = str.maketrans(PUNCTUATION, " " * len(PUNCTUATION))
_NUMBER = regex.compile(r"\p{Nd}+([.,،٫⎖⎗⎘]\p{Nd}+)?")
_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9])")


def simplified(text: str) -> str:
    """Lower case, each number a 0, punctuation as spaces, one space between words, no accents."""
    text = " ".join(_NUMBER.sub("0", text.lower()).translate(_BLANKS).split())
    if not text.isascii():
        parted = unicodedata.normalize("NFD", text)
        marks = {c for c in set(parted) if unicodedata.category(c) == "Mn"}
        text = parted.translate({ord(c): None for c in marks}) if marks else parted
    return text.strip()


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def placed(text: str) -> list[tuple[str, int, int]]:
    """The words with where each begins and ends.

    >>> placed("Oh, no")
    [('Oh', 0, 2), (',', 2, 3), ('no', 4, 6)]
    """
    return [(each[0], *each.span()) for each in _WORD.finditer(text)]


def sentences(text: str) -> list[str]:
    return [each for each in _SENTENCE.split(text) if each.strip()]


def ends_sentence(line: str) -> bool:
    """Whether the last character ends a sentence in some script."""
    return _ENDS.search(line) is not None


def is_symbol(word: str) -> bool:
    """Whether every character is punctuation."""
    return _SYMBOLS.fullmatch(word) is not None
