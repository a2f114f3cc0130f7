"""What the first program would wait for, made before it comes: the routes, and the OpenAPI document.

The document is made by a process of its own, which goes behind all others:
`python -m explorer.shell.api.made_ahead` makes it, if it is not there, where the server will find it.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys

from fastapi import FastAPI

from explorer.shell.api.kept_description import kept_description

log = logging.getLogger(__name__)
#: added to the niceness of the process
NICE = 15


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
