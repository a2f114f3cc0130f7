r"""From the bytes of a page to its characters, whatever the page says of itself.

Servers and pages declare an encoding, and some declare a wrong one. Bytes beyond ASCII that decode as UTF-8 are hardly
ever anything else, so that UTF-8 is tried first; then what the server declares, then what the page declares, then what
a library finds in the bytes.

>>> decoded("Straße".encode(), declared="iso-8859-1")  # declared wrongly
('Straße', 'utf-8')
>>> decoded("Straße".encode("latin-1"), declared="iso-8859-1")
('Straße', 'iso-8859-1')
>>> decoded(b'<meta charset="koi8-r">' + "мир".encode("koi8-r"))
('<meta charset="koi8-r">мир', 'koi8-r')
>>> decoded(b"\xff\xfea\x00b\x00")
('ab', 'utf-16')

NUL characters are no text; they go, unless they are so many that the bytes are no text at all.

>>> decoded(b"a\x00b")[0]
'ab'
>>> decoded(b"\x00\x01\x02\x00" * 9)
Traceback (most recent call last):
explorer.stack.pretraining.data.stage.SetAside: 18 NUL bytes of 36: no text
"""

from __future__ import annotations

import codecs
import re

from explorer.stack.pretraining.data.stage import SetAside

_META = re.compile(rb"""<meta[^<>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{1,40})""", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
#: Bytes in which a page declares its encoding, and from which a library guesses one.
HEAD, GUESSED = 1024, 64_000
#: NUL bytes of a text, at most: this share and a few.
NULS, FEW = 0.01, 8


def decoded(data: bytes, declared: str = "") -> tuple[str, str]:
    """The characters and the encoding. Raises SetAside where no encoding fits."""
    for mark, name in _MARKS:
        if data.startswith(mark) and (found := _by(data, name)) is not None:
            return found.removeprefix("\ufeff"), name
    nuls = data.count(b"\0")
    if nuls > NULS * len(data) + FEW:
        raise SetAside(f"{nuls:,} NUL bytes of {len(data):,}: no text")
    said = _META.search(data[:HEAD])
    for name in ("utf-8", declared, said[1].decode() if said else ""):
        if name and (found := _by(data, name)) is not None:
            return found.replace("\0", ""), name.lower()
    name = _guessed(data)
    if name and (found := _by(data, name)) is not None:
        return found.replace("\0", ""), name
    raise SetAside(f"no encoding fits{f' (declared: {declared[:40]})' if declared else ''}")


def _by(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return None


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:GUESSED]).best()
    return best.encoding if best else ""
