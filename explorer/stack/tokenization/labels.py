"""A token's bytes out of how its vocabulary writes it, and bytes as a person can read them.

Byte-level BPE (Radford et al., 2019, GPT-2) writes each byte as one printable character; SentencePiece (Kudo and
Richardson, 2018, arXiv:1808.06226) writes a space as "▁" and a byte outside its alphabet as "<0x0A>". Both are undone
here, so that a token that is half a character gives its bytes and not U+FFFD.

>>> spelled_by("Ġthe", "byte-level"), spelled_by("▁the", "sentencepiece"), spelled_by("<0x0A>", "sentencepiece")
(b' the', b' the', b'\\n')
>>> label_of(b" Mary"), label_of(b"\\n"), label_of(b"\\xe2\\x9c")
('·Mary', '↵', '⟨e2 9c⟩')
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from explorer.stack.tokenization.bpe import byte_alphabet

Spelling = Literal["byte-level", "sentencepiece", "other"]
"""How a vocabulary writes bytes."""

_SHOWN = {" ": "·", "\n": "↵", "\t": "⇥", "\r": "␍", "\x00": "␀", "\x7f": "␡", "\u00a0": "⍽"}


def spelled_by(token: str, spelling: Spelling) -> bytes:
    """The bytes that a token stands for; characters that are none of its alphabet are themselves."""
    if spelling == "byte-level":
        table = byte_alphabet()
        return b"".join(bytes([table[c]]) if c in table else c.encode() for c in token)
    if spelling == "sentencepiece":
        if len(token) == 6 and re.fullmatch("<0x[0-9A-F]{2}>", token):
            return bytes([int(token[3:5], 16)])
        return token.replace("▁", " ").encode()
    return token.encode()


def label_of(raw: bytes) -> str:
    """Bytes as a person can read them: spaces and controls as signs, bytes that are no character as ⟨hex⟩."""
    parts: list[str] = []
    stray: list[str] = []
    for character in raw.decode("utf-8", "surrogateescape"):
        if "\udc80" <= character <= "\udcff":
            stray.append(f"{ord(character) - 0xDC00:02x}")
            continue
        if stray:
            parts.append(f"⟨{' '.join(stray)}⟩")
            stray = []
        parts.append(_shown(character, first=not parts))
    if stray:
        parts.append(f"⟨{' '.join(stray)}⟩")
    return "".join(parts)


def _shown(character: str, first: bool) -> str:
    if character in _SHOWN:
        return _SHOWN[character]
    if character < " ":
        return chr(0x2400 + ord(character))
    category = unicodedata.category(character)
    # Joiners, direction marks and other invisible or line-breaking characters would act on the page, not be seen.
    if category in {"Cc", "Cf", "Zl", "Zp", "Cn", "Co"}:
        return f"⟨U+{ord(character):04X}⟩"
    # A mark with nothing to stand on would join whatever the page draws before it.
    return "◌" + character if first and category.startswith("M") else character
