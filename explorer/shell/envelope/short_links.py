"""The short form of a link, ``s=...``: its parts deflated (RFC 1951) after a list of words that both sides know.

Nothing is kept on a server: the link itself still holds everything. Twin of ``assets/shell/address/links/short.js``,
which makes them; here they are read, so that whatever takes a link takes a short one.

>>> expanded("model=m&text=Hi")
'model=m&text=Hi'
"""

from __future__ import annotations

import re
import zlib
from base64 import urlsafe_b64decode
from functools import cache
from urllib.parse import parse_qsl, unquote, urlencode

from explorer import places
from explorer.errors import BadRequestError

FORM = re.compile(r"1([\w-]{1,12000})", re.ASCII)
LONGEST = 24_000
"""Bytes of a link that is read."""


@cache
def _words() -> bytes:
    return (places.assets() / "shell" / "address" / "links" / "words-1.txt").read_bytes()


def expanded(query: str) -> str:
    """The query that a short link stands for; any other query as it is. Raises BadRequestError for a damaged one."""
    given = dict(parse_qsl(query.removeprefix("?"))) if "s=" in query else {}
    if "s" not in given:
        return query
    found = FORM.fullmatch(given.pop("s"))
    if found is None:
        raise BadRequestError("The short link is damaged.", "Copy the whole link again.")
    try:
        packed = urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
        reading = zlib.decompressobj(-15, zdict=_words())
        text = reading.decompress(packed, LONGEST).decode()
        if not reading.eof or reading.unused_data:  # it was cut, or something was added
            raise ValueError
    except (ValueError, zlib.error) as error:
        raise BadRequestError("The short link is damaged.", "Copy the whole link again.") from error
    parts = [part.partition("=") for part in text.split("&")]
    long = {unquote(name): re.sub("%2[56]", lambda sign: unquote(sign[0]), value) for name, _, value in parts if name}
    return urlencode(long | given)
