"""Pictures that somebody brings to a server of their own: decoded, made small, and kept in this process' memory alone.

A control of a panel holds a picture's name, which is made of what it shows; an order takes the pictures that its
controls name along to the process that measures it. No file is written. On a public server, and where replicas measure,
none is taken.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cachetools import LRUCache

from explorer.errors import BadRequestError
from explorer.panels.selection import Scalar
from explorer.shell import settings
from explorer.shell.envelope.well_formed import read_json

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import BroughtAnswer

#: Bytes of all pictures together: some twenty photographs; those not asked for longest go first.
MOST = 1 << 23
PREFIX = "own-"

_kept: LRUCache[str, bytes] = LRUCache(MOST, getsizeof=len)
_guard = threading.Lock()


def taken() -> bool:
    """Whether this server takes files at all."""
    chosen = settings.in_force()
    return not chosen.public and chosen.scale.replicas is None


def bring(request: object) -> BroughtAnswer:
    """Keep a picture; `request` is JSON with the file in base64. The answer has its name.

    Raises BadRequestError where none is taken, or it is no picture.
    """
    from explorer.zoo.picture_file import read_picture

    if not taken():
        raise BadRequestError(
            "This server is public, so it takes no pictures.", "Run the explorer on your own machine."
        )
    given = read_json(request) if isinstance(request, str) else None
    said = given.get("file") if isinstance(given, dict) else None
    try:
        file = base64.b64decode(said if isinstance(said, str) else "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequestError("The server cannot read the file.", "Choose it again.") from error
    if not file:
        raise BadRequestError("This file is empty.", "Choose another one.")
    stored = io.BytesIO()
    read_picture(file).save(stored, "PNG")
    name = PREFIX + hashlib.sha256(stored.getvalue()).hexdigest()[:16]
    with _guard:
        _kept[name] = stored.getvalue()
    return {"kind": "brought", "name": name}


def named(values: Iterable[Scalar]) -> dict[str, bytes]:
    """The pictures that these values of controls name, as far as they are here."""
    with _guard:
        return {value: _kept[value] for value in values if isinstance(value, str) and value in _kept}
