"""The app as a wheel has it, its page in the bundles of a folder: `python tests/bundled.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from explorer import places

if __name__ in ("__main__", "__mp_main__"):  # and not where doctests are looked for
    FOLDER = Path(sys.argv[1])
    places.bundles = lambda: FOLDER

if __name__ == "__main__":  # processes that it starts read this file as well
    from explorer.shell.app import serve

    serve()
