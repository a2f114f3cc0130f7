"""The OpenAPI document as bytes, made once for each state of the code: all panels' views are imported for it, seconds
of work. A public server has it made after its start, by a process of its own that goes behind; another one when it is
first asked for.

`python -m explorer.shell.api.kept_description` makes it, if it is not there, where the server will find it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
import threading

import orjson
from fastapi import FastAPI

from explorer.shell.api.description import description, outline
from explorer.shell.at_work import jobs
from explorer.shell.jobs.kept_answers import LONG

log = logging.getLogger(__name__)
_making = threading.Lock()
#: added to the niceness of the process that makes it
NICE = 15


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


def make_ahead(api: FastAPI) -> None:
    """Have the document made, or found, before anybody asks for it."""
    command = [sys.executable, "-m", __name__]
    made = subprocess.run(command, env={**os.environ, "HF_HUB_OFFLINE": "1"}, capture_output=True, check=False)
    if made.returncode:
        log.warning("the OpenAPI document could not be made: %s", made.stderr.decode(errors="replace")[-300:])
    else:
        kept_description(api)


def main() -> None:
    """Make it in this process."""
    from explorer.shell.api.routes import create

    if hasattr(os, "nice"):
        os.nice(NICE)
    kept_description(create())


if __name__ == "__main__":
    main()
