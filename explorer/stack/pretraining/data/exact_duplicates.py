r"""Exact duplicates: one text served twice, and one address crawled twice. The first one stays.

Two texts are the same where they differ in case, spaces, punctuation, digits or accents only: the first 64 bits of the
sha1 of their `simplified` forms are compared (CCNet's way, Wenzek et al. 2020, arXiv 1911.00359, section 3.1, where the
text is a paragraph). Two addresses are the same without their fragment, the case of scheme and host, the port that the
scheme has anyway, and a slash at the end (RFC 3986, section 6.2).

By the birthday bound n different texts share some hash of b bits with a probability of about n^2 / 2^(b + 1).

>>> text_hash("On 3 May the Hall\nOPENED.") == text_hash("on 4 may,  the hall opened")
True
>>> text_hash("")  # a text of no words is like no other
>>> normal_url("HTTPS://Lantern.example:443/a/#top"), normal_url("https://lantern.example/a")
('https://lantern.example/a', 'https://lantern.example/a')
>>> copies([11, 22, 11, None, None, 11])
{2: 0, 5: 0}
>>> f"{collision(10**9):.1%}"  # of a thousand million different texts
'2.7%'
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from hashlib import sha1
from urllib.parse import urlsplit, urlunsplit

from explorer.stack.pretraining.data.words import simplified

#: Bits of a text's hash.
BITS = 64
_PORTS = {"http": 80, "https": 443}


def text_hash(text: str) -> int | None:
    """Of the simplified text; None where nothing is left of it."""
    plain = simplified(text)
    return (
        int.from_bytes(sha1(plain.encode(), usedforsecurity=False).digest()[: BITS // 8], "little") if plain else None
    )


def normal_url(url: str) -> str:
    """The address as it is compared; one that cannot be parsed is compared letter by letter."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or ""), parts.port
    except ValueError:
        return url
    if port and port != _PORTS.get(parts.scheme):
        host = f"{host}:{port}"
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), parts.query, ""))


def copies(keys: Iterable[int | str | None]) -> dict[int, int]:
    """For each later one of equal keys, the place of the first; None equals nothing."""
    first: dict[int | str, int] = {}
    found = {}
    for at, key in enumerate(keys):
        if key is not None and (origin := first.setdefault(key, at)) != at:
            found[at] = origin
    return found


def collision(texts: int, bits: int = BITS) -> float:
    """The probability that two of so many different texts have one hash: 1 - e^(-n^2 / 2^(b + 1))."""
    return -math.expm1(-(texts**2) / 2 ** (bits + 1))
