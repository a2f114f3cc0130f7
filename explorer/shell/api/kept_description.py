"""The OpenAPI document as bytes, made once for each state of the code: all panels' views are imported for it, seconds
of work. A public server has it made after its start (see `made_ahead`); another one when it is first asked for.
"""

from __future__ import annotations

import hashlib
import threading

import orjson
from fastapi import FastAPI

from explorer.shell.answers import LONG
from explorer.shell.api.description import description, outline
from explorer.shell.at_work import jobs

_making = threading.Lock()


def kept_description(api: FastAPI) -> bytes:
    """The whole document. Who asks while it is made waits for that one."""
    with _making:
        if not hasattr(api.state, "key"):  # the answers' own has the code; the outline what the operator's shelf adds
            api.state.key = f"openapi {hashlib.sha256(orjson.dumps(outline(api))).hexdigest()}"
        key = api.state.key
        if (found := jobs().answers.get(key)) is None:
            found = orjson.dumps(description(api))
            jobs().answers.put(key, found, seconds=LONG)
    return found
