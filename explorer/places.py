"""Where the page's assets and the shelf lie: beside the package in a checkout, within it once it is installed.

A checkout keeps `assets/` and `models/` at its top. A wheel can bring only what lies in the package, so building one
copies both into `explorer/_data` (see `setup.py`); a checkout never has that folder.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def _root() -> Path:
    within = PACKAGE / "_data"
    return within if within.is_dir() else PACKAGE.parent


def assets() -> Path:
    """What the browser gets, and the passages, pictures and recorded run that come with the explorer."""
    return _root() / "assets"


def bundles() -> Path | None:
    """What a wheel, or an image, has in the place of the page's scripts and stylesheets; a checkout has none.

    `bundle.js` writes them; a change of `assets` is not in them until it does so again.
    """
    folder = _root() / "bundles"
    return folder if folder.is_dir() else None


def docs() -> Path | None:
    """The documentation as `make docs` builds it; where it was not built there is none."""
    folder = _root() / "build" / "docs"
    return folder if (folder / "index.html").is_file() else None


def models() -> Path:
    """The shelf: a folder a model, each with its card."""
    return _root() / "models"
