"""Ten thousand lines of mixed text, the same on every machine: twenty scripts, code, prose, emoji sequences, runs of
whitespace, characters in several Unicode forms, special tokens' names, lone surrogates and bytes that are no text."""

from __future__ import annotations

import random
import unicodedata
from functools import cache

from explorer.corpora import passages

SCRIPTS: dict[str, tuple[tuple[int, int], ...]] = {
    "Latin": ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x17F), (0x1E00, 0x1EFF)),
    "Greek": ((0x370, 0x3FF), (0x1F00, 0x1FFC)),
    "Cyrillic": ((0x400, 0x4FF),),
    "Armenian": ((0x531, 0x587),),
    "Hebrew": ((0x5B0, 0x5EA),),
    "Arabic": ((0x61F, 0x6D5),),
    "Devanagari": ((0x900, 0x97F),),
    "Bengali": ((0x980, 0x9FE),),
    "Gujarati": ((0xA81, 0xAF1),),
    "Tamil": ((0xB82, 0xBFA),),
    "Telugu": ((0xC00, 0xC6F),),
    "Thai": ((0xE01, 0xE5B),),
    "Tibetan": ((0xF00, 0xFBC),),
    "Georgian": ((0x10A0, 0x10FF),),
    "Hangul": ((0xAC00, 0xD7A3), (0x1100, 0x1112), (0x1161, 0x1175), (0x11A8, 0x11C2)),
    "Ethiopic": ((0x1200, 0x137C),),
    "Cherokee": ((0x13A0, 0x13F4),),
    "Khmer": ((0x1780, 0x17F9),),
    "Kana": ((0x3041, 0x30FF), (0xFF66, 0xFF9D)),
    "Han": ((0x4E00, 0x9FA5), (0x20000, 0x20100)),
}
EMOJI = (
    "😀", "👩\u200d💻", "👨\u200d👩\u200d👧\u200d👦", "🏳️\u200d🌈", "👍🏽", "🇺🇦🇩🇪", "1️⃣", "❤️", "☃", "🧑🏿\u200d🚀",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "e\u0301\u0323",
)  # fmt: skip
SPACES = (
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\u00a0",
    "\u3000",
    "\u2003",
    "\u2028",
    "\x0b",
    "\x85",
    "\u200b",
    "    ",
    "\n\n\n",
)
NAMES = (
    "<|endoftext|>",
    "<|im_start|>",
    "<s>",
    "</s>",
    "<unk>",
    "<bos>",
    "[CLS]",
    "[MASK]",
    "<0x0A>",
    "<|begin_of_text|>",
    "▁",
    "▁▁",
)
FORMS = ("NFC", "NFD", "NFKC", "NFKD")
SIGNS = tuple("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~€£°±²½…—–“”‘’«»•©®™→∑≠ﬁǅßſıİΣς\u0345")


NEWER = ("\u09fe", "\u0c3c")
"""Marks of Unicode 11 and 14. tokenizers' tables take them for no marks: NFC leaves them where they stand, and BERT's
accents are not stripped of them; Python's, which ours are, know them."""


@cache
def letters(script: str) -> tuple[str, ...]:
    """The script's characters, but for two that are newer than tokenizers' tables (see `NEWER`)."""
    codes = [code for first, last in SCRIPTS[script] for code in range(first, last + 1)]
    return tuple(chr(code) for code in codes if unicodedata.category(chr(code))[0] in "LMN" and chr(code) not in NEWER)


def _word(dice: random.Random, script: str) -> str:
    return "".join(dice.choices(letters(script), k=dice.randint(1, 9)))


def _odd(dice: random.Random) -> str:
    kind = dice.randrange(7)
    if kind == 0:
        return dice.choice(EMOJI) * dice.randint(1, 3)
    if kind == 1:
        return "".join(dice.choices(SPACES, k=dice.randint(1, 4)))
    if kind == 2:
        return "".join(dice.choices(SIGNS, k=dice.randint(1, 5)))
    if kind == 3:
        return "".join(dice.choices("0123456789٣४²½Ⅷ", k=dice.randint(1, 8)))
    if kind == 4:
        return dice.choice(NAMES)
    if kind == 5:
        return dice.choice(("'s", "'LL", "n't", "'Re", "don't", "camelCaseWord", "HTTPServer", "snake_case", "0xFF"))
    return dice.choice("aeo =-_.ab") * dice.randint(2, 70)


@cache
def lines(count: int = 10_000) -> tuple[str, ...]:
    """The lines; they may hold line ends and lone surrogates."""
    dice = random.Random(14)
    prose = [line for each in passages.read() for excerpt in each.excerpts for line in excerpt.text.splitlines()]
    made: list[str] = []
    for number in range(count):
        kind = number % 10
        if kind < 3:
            made.append(dice.choice(prose))
            continue
        script = dice.choice([*SCRIPTS])
        words = [_word(dice, script) if dice.random() < 0.75 else _odd(dice) for _ in range(dice.randint(1, 8))]
        text = dice.choice((" ", " ", "", "  ")).join(words)
        if kind == 8:
            text = unicodedata.normalize(dice.choice(FORMS), text)
        if kind == 9 and number % 100 == 9:
            at = dice.randint(0, len(text))
            text = text[:at] + dice.choice(("\ud83c", "\udfff", "\ude00\ud83d", "\x00", "\ufffd", "\ufeff")) + text[at:]
        made.append(text)
    return tuple(made)


@cache
def broken(count: int = 500) -> tuple[bytes, ...]:
    """Lines that are no UTF-8: bytes lost, changed or put in."""
    dice = random.Random(15)
    made: list[bytes] = []
    for text in lines()[3::7][:count]:
        data = bytearray(text.encode("utf-8", "replace"))
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(data) + 1)
            data[at : at + dice.randint(0, 1)] = dice.choice(
                (b"", b"\xff", b"\x80", b"\xe2\x96", b"\xed\xa0\x80", b"\xc0")
            )
        made.append(bytes(data))
    return tuple(made)
