"""Pictures and texts that somebody brings: kept in this process' memory alone, by a name made of what they are.

A control of a panel holds the name; an order takes what its controls name along to the process that measures it. No
file is written. A picture is decoded and made small; a public server takes none. A text is trained on: it is UTF-8, and
as long as the server's bound allows. Where replicas measure, neither is taken.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import threading
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cachetools import LRUCache

from explorer.errors import BadRequestError
from explorer.panels.selection import Scalar
from explorer.shell import settings
from explorer.shell.envelope.well_formed import read_json

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import BroughtAnswer

#: Bytes of all together: some twenty photographs; those not asked for longest go first.
MOST = 1 << 23
PREFIX = "own-"
TEXT = "text-"

_TEXT = re.compile(rf"{TEXT}[0-9a-f]{{16}}")

#: Seconds that a visitor's text stays on a public server after it was last asked for.
STAYS_S = 1800
_asked: dict[str, float] = {}
"""When each was last asked for."""
_kept: LRUCache[str, bytes] = LRUCache(MOST, getsizeof=len)
_guard = threading.Lock()


def taken() -> bool:
    """Whether this server takes pictures."""
    chosen = settings.in_force()
    return not chosen.public and chosen.scale.replicas is None


def bring(request: object) -> BroughtAnswer:
    """Keep a picture, or a text; `request` is JSON with the file in base64, or with the text. The answer has its name.
    With `forget` a text of that name is dropped, from the disk too where it was kept there.

    Raises BadRequestError where none is taken, or it is neither.
    """
    given = read_json(request) if isinstance(request, str) else None
    said = given if isinstance(given, dict) else {}
    if "forget" in said:
        return _forgotten(said["forget"])
    return _text(said["text"]) if "text" in said else _picture(said.get("file"))


def _forgotten(said: object) -> BroughtAnswer:
    name = said if isinstance(said, str) else ""
    if not _TEXT.fullmatch(name):
        raise BadRequestError("No text has such a name.")
    with _guard:
        _kept.pop(name, None)
    if not settings.in_force().public:
        from explorer.experiments.context import own_documents

        own_documents.forget(name)
    return {"kind": "brought", "name": name}


def _text(said: object) -> BroughtAnswer:
    chosen = settings.in_force()
    if chosen.scale.replicas is not None:
        raise BadRequestError("This server takes no texts: several processes answer, and each has a memory of its own.")
    text = said if isinstance(said, str) else ""
    data, most = text.encode(), chosen.bounds.text_bytes
    if not text.strip():
        raise BadRequestError("This text is empty.", "Paste one, or choose a file.")
    if len(data) > most:
        raise BadRequestError(f"This text has {len(data):,} bytes; this server takes {most:,}.", "Bring a part of it.")
    return _named(TEXT, data)


def _named(prefix: str, data: bytes) -> BroughtAnswer:
    name = prefix + hashlib.sha256(data).hexdigest()[:16]
    with _guard:
        _kept[name] = data
        _asked[name] = time.monotonic()
    return {"kind": "brought", "name": name}


def _picture(said: object) -> BroughtAnswer:
    from explorer.zoo.picture_file import read_picture

    if not taken():
        raise BadRequestError(
            "This server is public, so it takes no pictures.", "Run the explorer on your own machine."
        )
    try:
        file = base64.b64decode(said if isinstance(said, str) else "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequestError("The server cannot read the file.", "Choose it again.") from error
    if not file:
        raise BadRequestError("This file is empty.", "Choose another one.")
    stored = io.BytesIO()
    read_picture(file).save(stored, "PNG")
    return _named(PREFIX, stored.getvalue())


def named(values: Iterable[Scalar]) -> dict[str, bytes]:
    """What these values of controls name, as far as it is here: a text also within another value."""
    with _guard:
        _drop_old()
        names = {found for value in values if isinstance(value, str) for found in (value, *_TEXT.findall(value))}
        here = {name: _kept[name] for name in sorted(names) if name in _kept}
        _asked.update(dict.fromkeys(here, time.monotonic()))
        return here


def names_any(values: Iterable[Scalar]) -> bool:
    """Whether one of them names what somebody has brought, be it here or not."""
    return any(isinstance(value, str) and (value.startswith(PREFIX) or _TEXT.search(value)) for value in values)


def _drop_old() -> None:
    """On a public server, what nobody has asked for in so long goes: its visitor has left."""
    if not settings.in_force().public:
        return
    now = time.monotonic()
    for name in [each for each in _kept if now - _asked.get(each, now) > STAYS_S]:
        del _kept[name]
        _asked.pop(name, None)


def texts(found: Mapping[str, bytes]) -> dict[str, str]:
    """Of these the texts."""
    return {name: data.decode() for name, data in found.items() if name.startswith(TEXT)}
