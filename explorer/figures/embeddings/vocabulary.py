"""A vocabulary as tables to draw: tokens searched, told apart by kind and script, counted.

All functions take bytes and numbers, never a model.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from jaxtyping import Int
from torch import Tensor

from explorer.figures.payload import Payload

Class = Literal[
    "space and letters",
    "letters",
    "digits",
    "signs",
    "white space",
    "mixed",
    "part of a character",
    "special",
    "no token",
]
CLASSES: tuple[Class, ...] = get_args(Class)

#: tokens of at least so many bytes are counted together
LONG = 20
#: first word of a letter's Unicode name -> the script's name, where these differ
_SCRIPTS = {
    "CJK": "Han",
    "IDEOGRAPHIC": "Han",
    "FULLWIDTH": "Latin",
    "HALFWIDTH": "Katakana",
    "KATAKANA-HIRAGANA": "Katakana",
    "MODIFIER": "Latin",
    "FEMININE": "Latin",
    "MASCULINE": "Latin",
    "MICRO": "Greek",
    "OHM": "Greek",
    "KELVIN": "Latin",
    "ANGSTROM": "Latin",
}


@lru_cache(maxsize=1 << 14)
def script_of(letter: str) -> str:
    """The script of a letter, by its Unicode name.

    >>> [script_of(each) for each in "aжかカ漢ㅎ"]
    ['Latin', 'Cyrillic', 'Hiragana', 'Katakana', 'Han', 'Hangul']
    """
    word = unicodedata.name(letter, "UNNAMED").split()[0]
    return _SCRIPTS.get(word, word.capitalize())


def class_of(raw: bytes, special: bool) -> Class:
    """What kind of token these bytes are.

    >>> [class_of(each, False) for each in (b" the", b"ing", b"12", b"():", b"  ", b"don't", bytes([0xE2]))]
    ['space and letters', 'letters', 'digits', 'signs', 'white space', 'mixed', 'part of a character']
    """
    if special:
        return "special"
    if not raw:
        return "no token"
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return "part of a character"
    if text.isspace():
        return "white space"
    bare = text[1:] if text[0] == " " else text
    if all(unicodedata.category(each)[0] in "LM" for each in bare):
        return "letters" if bare is text else "space and letters"
    if bare.isdigit():
        return "digits"
    return "mixed" if any(each.isalnum() for each in bare) else "signs"


def scripts_of(raw: bytes) -> str | None:
    """The script of a token's letters; "several" where they differ, None without letters.

    >>> scripts_of(" naïve".encode()), scripts_of("aж".encode()), scripts_of(b"12")
    ('Latin', 'several', None)
    """
    found = {script_of(each) for each in raw.decode("utf-8", "ignore") if each.isalpha()}
    return None if not found else found.pop() if len(found) == 1 else "several"


# ---- search


@dataclass(frozen=True, kw_only=True)
class Found:
    """A token that was found."""

    id: int
    bytes: str
    """In hexadecimal."""
    kind: str
    script: str
    norm: float
    """Length of its row in W_E."""


@dataclass(frozen=True, kw_only=True)
class VocabularySearch(Payload):
    """Tokens that fit what was asked for, the closest first."""

    query: str
    by: str
    wrong: str
    """What is wrong with the query; empty if nothing is."""
    chosen: int
    """The token that the other views show."""
    position: int
    """The run's token at the selected position."""
    own: bool
    """The token was chosen here, and does not follow the position."""
    count: int
    d_vocab: int
    found: list[Found]


def matches(query: str, by: str, tokens: Sequence[bytes]) -> tuple[list[int], str]:
    """Ids that fit a query, the closest first, and what is wrong with it.

    >>> matches("he", "text", [b"the", b"he", b" He", b"x"])[0]
    [1, 2, 0]
    >>> matches("e2 9", "bytes", [b""])[1]
    'Bytes are pairs of hexadecimal digits, such as e2 9c.'
    """
    if not query:
        return [], ""
    if by == "id":
        try:
            wanted = int(query.replace(",", "").strip())
        except ValueError:
            return [], "An id is a whole number."
        if 0 <= wanted < len(tokens):
            return [wanted], ""
        return [], f"Ids go from 0 to {len(tokens) - 1:,}."
    if by == "bytes":
        try:
            needle = bytes.fromhex(query.replace("0x", ""))
        except ValueError:
            return [], "Bytes are pairs of hexadecimal digits, such as e2 9c."
        fold = False
    else:
        needle, fold = query.encode("utf-8", "replace").lower(), True
    found = [i for i, each in enumerate(tokens) if needle in (each.lower() if fold else each)]
    # The whole token first, then without its space, then where it begins with it; shorter ones before longer.
    exact = query.encode("utf-8", "replace") if fold else needle

    def order(i: int) -> tuple[bool, bool, bool, int, int]:
        raw = tokens[i]
        bare = raw.removeprefix(b" ")
        return raw != exact, bare.lower() != needle.removeprefix(b" "), not bare.lower().startswith(needle), len(raw), i

    return sorted(found, key=order), ""


# ---- what there is in a vocabulary


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many tokens of a kind, and an example or two."""

    name: str
    count: int
    examples: list[int]


@dataclass(frozen=True, kw_only=True)
class VocabularyStatistics(Payload):
    """A vocabulary counted."""

    d_vocab: int
    kinds: list[Share]
    scripts: list[Share]
    lengths: Int[Tensor, " length"]
    """How many tokens have 0, 1, 2 ... bytes; the last stands for all that are longer."""
    mean_length: float
    longest: list[int]
    leading_space: int
    copies: int
    """Tokens with a leading space whose bare form is a token as well."""


def shares(names: Sequence[str | None], order: Sequence[str] = (), most: int = 12) -> list[Share]:
    """Names counted, in an order or the most frequent first, each with some of its ids.

    >>> shares(["a", "b", None, "a"])
    [Share(name='a', count=2, examples=[0, 3]), Share(name='b', count=1, examples=[1])]
    """
    counts = Counter(each for each in names if each is not None)
    ranked = [name for name in order if counts[name]] or [name for name, _ in counts.most_common(most)]
    examples: dict[str, list[int]] = {name: [] for name in ranked}
    wanted = {name: max(1, counts[name] // 5) for name in ranked}
    seen: Counter[str] = Counter()
    for i, name in enumerate(names):
        if name in examples and len(examples[name]) < 5:
            if seen[name] % wanted[name] == 0:
                examples[name].append(i)
            seen[name] += 1
    return [Share(name=name, count=counts[name], examples=examples[name]) for name in ranked]
