"""Normalization: what is done to a text before it is cut, while each byte keeps the place that it came from.

Unicode writes some characters in several ways: é is one code point, or e and an accent. NFC composes them, NFD takes
them apart; NFKC and NFKD also replace what only looks different, ﬁ by fi and ² by 2 (Unicode Standard Annex 15). BERT
takes case and accents away; SentencePiece replaces by a table that lies in its file (`charsmap`).

Each step takes a text that may hold bytes that are no character, and leaves these as they are.

>>> text = Unicode("NFKC")(Aligned("ﬁne".encode()))
>>> text.data, text.begins.tolist(), text.finishes.tolist()  # f and i both stand for the three bytes of ﬁ
(b'fine', [0, 0, 3, 4], [3, 3, 4, 5])
>>> in_turn((Unicode("NFD"), StripAccents(), LowerCase()), Aligned("Été".encode())).data
b'ete'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

import numpy as np
import regex
from jaxtyping import UInt8

from explorer.stack.tokenization import characters
from explorer.stack.tokenization.replacement import CHANGES, JOINS, ByCharacter, replaced, stretches
from explorer.stack.tokenization.text import Aligned
from explorer.stack.tokenization.tokenizer import Normalizer

ESCAPE = "surrogateescape"
"""How bytes that are no character pass through Python's text: as lone surrogates."""


def in_turn(steps: Iterable[Normalizer], text: Aligned) -> Aligned:
    """One step after another."""
    for step in steps:
        text = step(text)
    return text


def _text(data: bytes) -> str:
    return data.decode("utf-8", ESCAPE)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", ESCAPE)


def by_pattern(
    text: Aligned,
    written: str,
    pattern: re.Pattern[str] | regex.Pattern[str],
    change: Callable[[re.Match[str] | regex.Match[str]], str],
) -> Aligned:
    """What a pattern finds in the text (`written`) replaced by what `change` makes of it."""
    pieces: list[tuple[int, int, bytes]] = []
    at, place = 0, 0  # places in bytes are counted on from match to match
    for match in pattern.finditer(written):
        new = change(match)
        if new != match.group():
            place += len(_bytes(written[at : match.start()]))
            size = len(_bytes(match.group()))
            pieces.append((place, place + size, _bytes(new)))
            at, place = match.end(), place + size
    return replaced(text, pieces)


@dataclass(frozen=True)
class Unicode:
    """One of Unicode's four forms. Stands for the whole of what it composed: é for e and its accent."""

    form: Literal["NFC", "NFD", "NFKC", "NFKD"]

    def __call__(self, text: Aligned) -> Aligned:
        if text.data.isascii() or unicodedata.is_normalized(self.form, _text(text.data)):
            return text
        pieces: list[tuple[int, int, bytes]] = []
        for begin, end in stretches(np.frombuffer(text.data, np.uint8), _flags(self.form)).tolist():
            old = text.data[begin:end]
            if (new := _bytes(self._composed(_text(old)))) != old:
                pieces.append((begin, end, new))
        return replaced(text, pieces)

    def _composed(self, stretch: str) -> str:
        """A stretch in this form. Its first character stays where tokenizers does not know that it joins or changes."""
        first, apart = stretch[0], "NFKD" if "K" in self.form else "NFD"
        known = any(first in each for each in (characters.NFD, characters.NFKD, characters.COMBINING))
        newer = not known and (unicodedata.combining(first) or unicodedata.normalize(apart, first) != first)
        kept = first if newer else ""
        return kept + unicodedata.normalize(self.form, stretch[len(kept) :])


@cache
def _flags(form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> UInt8[np.ndarray, " code"]:
    """Of each character whether the form changes it (CHANGES), and whether it may join the one before (JOINS).

    It may where the first of its decomposition is a mark, or is composed with others in some pair (Hangul's vowels and
    finals).
    """
    apart = "NFKD" if "K" in form else "NFD"
    codes = [*range(0xA0, 0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x20000), *range(0x2F800, 0x2FA20)]
    listed = [chr(code) for code in (*codes, *range(0xE0000, 0xE0200))]
    second = {unicodedata.normalize("NFD", c)[1:2] for c in listed if c in characters.NFD} - {""}
    second |= {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    flags = np.zeros(0x110000, np.uint8)
    for character in listed:
        known = character in characters.NFD or (apart == "NFKD" and character in characters.NFKD)
        first = unicodedata.normalize(apart, character)[0] if known else character
        if first in characters.COMBINING or first in second:
            flags[ord(character)] = JOINS
        elif known and unicodedata.normalize(form, character) != character:
            flags[ord(character)] = CHANGES
    if form in ("NFD", "NFKD"):
        flags[0xAC00:0xD7A4] = CHANGES  # Hangul's syllables
    return flags


@dataclass(frozen=True)
class LowerCase:
    """Each character by itself: a final sigma is σ like any other."""

    def __call__(self, text: Aligned) -> Aligned:
        if text.data.isascii():
            return Aligned(text.data.lower(), text.begins, text.finishes)
        return _LOWER(text)


_LOWER = ByCharacter(lambda each: characters.LOWER.get(each) or each.lower())


@dataclass(frozen=True)
class StripAccents:
    """Takes all marks away (categories Mn; with `all_marks` Mc and Me too), which NFD has set apart before."""

    all_marks: bool = False

    def __call__(self, text: Aligned) -> Aligned:
        if text.data.isascii():
            return text
        return (_NO_MARKS if self.all_marks else _NO_ACCENTS)(text)


_NO_ACCENTS = ByCharacter(lambda each: "" if each in characters.NONSPACING else each)
_NO_MARKS = ByCharacter(lambda each: "" if each in characters.MARKS else each)


@dataclass(frozen=True)
class CleanText:
    """BERT's first step: control characters go, and every space is U+0020."""

    def __call__(self, text: Aligned) -> Aligned:
        return _CLEAN(text)


def _cleaned(each: str) -> str:
    if each in "\t\n\r":
        return " "
    if each in "\0\ufffd" or each in characters.OTHER:
        return ""
    return " " if each.isspace() else each


_CLEAN = ByCharacter(_cleaned)


@dataclass(frozen=True)
class SpaceIdeographs:
    """BERT's second step: a space before and after each Chinese character, so that it is a word."""

    def __call__(self, text: Aligned) -> Aligned:
        if text.data.isascii():
            return text
        return _SPACED(text)


_IDEOGRAPH = re.compile(
    "[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b73f\U0002b740-\U0002b81f"
    "\U0002b920-\U0002ceaf\U0002f800-\U0002fa1f]"
)
"""The block from U+2B820 to U+2B91F is missing in tokenizers' list, and so here."""
_SPACED = ByCharacter(lambda each: f" {each} " if _IDEOGRAPH.match(each) else each)


@dataclass(frozen=True)
class Replace:
    """A text, or what a pattern finds, replaced.

    >>> Replace(" {2,}", " ", pattern=True)(Aligned(b"a   b")).data
    b'a b'
    """

    old: str
    new: str
    pattern: bool = False

    @cached_property
    def _pattern(self) -> regex.Pattern[str]:
        return regex.compile(self.old)

    def __call__(self, text: Aligned) -> Aligned:
        new = self.new.encode()
        if not self.pattern:
            old = self.old.encode()
            if not old or old not in text.data:
                return text
            found = re.finditer(re.escape(old), text.data)
            return replaced(text, [(each.start(), each.end(), new) for each in found])
        return by_pattern(text, _text(text.data), self._pattern, lambda _: self.new)


@dataclass(frozen=True)
class Prepend:
    """Bytes put before a text that is not empty; they stand for none of it."""

    put: str
    unless_there: bool = False
    """Not before a text that begins with them already."""

    def __call__(self, text: Aligned) -> Aligned:
        put = self.put.encode()
        if not text.data or (self.unless_there and text.data.startswith(put)):
            return text
        begins, finishes = text.placed(0)
        nowhere = np.full(len(put), begins[0])
        return Aligned(put + text.data, np.concatenate([nowhere, begins]), np.concatenate([nowhere, finishes]))


@dataclass(frozen=True)
class Strip:
    """Whitespace taken off a text's ends."""

    left: bool = True
    right: bool = True

    def __call__(self, text: Aligned) -> Aligned:
        written = _text(text.data)
        begin = len(_bytes(written)) - len(_bytes(written.lstrip())) if self.left else 0
        end = len(_bytes(written.rstrip())) if self.right else len(text.data)
        if begin == 0 and end == len(text.data):
            return text
        return text.cut(begin, max(begin, end))


@dataclass(frozen=True)
class WholeCharacters:
    """Every byte that is no character is U+FFFD: for vocabularies of characters."""

    def __call__(self, text: Aligned) -> Aligned:
        try:
            text.data.decode()
            return text
        except UnicodeDecodeError:
            pass
        return by_pattern(text, _text(text.data), _STRAY, lambda _: "\ufffd")


_STRAY = re.compile("[\udc80-\udcff]")


def bert_steps(clean: bool, ideographs: bool, accents: bool, lower: bool) -> tuple[Normalizer, ...]:
    """BERT's normalization, as a file switches its parts on: clean text, spaced ideographs, no accents, lower case."""
    steps: list[Normalizer] = [CleanText()] if clean else []
    steps += [SpaceIdeographs()] if ideographs else []
    steps += [Unicode("NFD"), StripAccents()] if accents else []
    return (*steps, LowerCase()) if lower else tuple(steps)
