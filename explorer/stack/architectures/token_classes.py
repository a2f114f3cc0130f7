"""Classes of tokens that a byte-level tokenizer makes: is it the start of a word, more of it, a mark, a break?

Every token has exactly one class, the first that fits:

    newline        white space with a line break in it
    space          other white space
    digit          digits only
    punctuation    marks of prose only: . , ; : ! ? quotes, dashes, ellipsis
    symbol         no letter and no digit, but something else than those: brackets, operators, underscores
    capital        begins a word, with a capital letter
    word           begins a word otherwise
    continuation   goes on with a word

White space before the first letter or sign does not count. A token with letters goes on with a word if it begins with a
letter or an apostrophe and the token before it ends in a letter or digit; else it begins one. Half of a multi-byte
character counts as a letter.

>>> [CLASSES[i] for i in classes([b"The", b" wh", b"ale", b",", b" 1", b"\\n  ", b"(", b"self"])]
['capital', 'word', 'continuation', 'punctuation', 'digit', 'newline', 'symbol', 'word']
"""

from __future__ import annotations

from collections.abc import Iterable

CLASSES = ("newline", "space", "digit", "punctuation", "symbol", "capital", "word", "continuation")
MARKS = frozenset(".,;:!?'\"’‘“”«»‹›—–-…¿¡")


def classes(tokens: Iterable[bytes]) -> list[int]:
    """The class of each token of one text, as an index of `CLASSES`."""
    found, inside = [], False
    for raw in tokens:
        text = raw.decode("utf-8", "replace")
        found.append(CLASSES.index(_class(text, inside)))
        inside = bool(text) and _letter(text[-1])
    return found


def _letter(character: str) -> bool:
    return character.isalnum() or character == "\ufffd"


def _class(text: str, inside: bool) -> str:
    """`inside`: the token before it ends in a letter or digit."""
    bare = text.strip()
    if not bare:
        return "newline" if "\n" in text or "\r" in text else "space"
    if all(character.isdigit() for character in bare):
        return "digit"
    if not any(_letter(character) for character in bare):
        return "punctuation" if all(character in MARKS for character in bare) else "symbol"
    first = next(character for character in bare if _letter(character))
    if inside and (_letter(text[0]) or text[0] in "'’"):
        return "continuation"
    return "capital" if first.isupper() else "word"
