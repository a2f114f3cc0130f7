"""How the fonts were cut from Google Fonts' Latin files: `python cut.py FOLDER`, with fonttools and brotli installed.

Each in two: what English prose, code and the page's own signs need, which every visitor loads, and the rest of Latin,
which a browser asks for when a text has it. Weights 400 to 700, without hints. `assets/css/theme.css` names the signs.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from fontTools import subset  # pyright: ignore[reportMissingImports]
from fontTools.ttLib import TTFont  # pyright: ignore[reportMissingImports]
from fontTools.varLib import instancer  # pyright: ignore[reportMissingImports]

SIGNS = {*range(0x20, 0x7F), *map(ord, "\u00a0°±²³µ·×÷–—‘’“”•…′″↑↓−")}
FEATURES = {
    "inter": ["kern", "tnum", "ccmp", "mark", "mkmk", "calt"],
    "jetbrains-mono": ["kern", "ccmp", "mark", "mkmk"],
}


def part(whole: Path, characters: set[int], features: list[str]) -> TTFont:
    """The font with these characters only."""
    stored = io.BytesIO()
    font = instancer.instantiateVariableFont(TTFont(whole), {"wght": (400, 400, 700)})
    font.flavor = None
    font.save(stored)
    font = TTFont(stored)
    for glyph in font.getGlyphOrder():
        font["gvar"].variations.setdefault(glyph, [])  # a space varies in nothing
    options = subset.Options(layout_features=features, hinting=False, notdef_outline=True, name_IDs=["*"])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    font.flavor = "woff2"
    return font


def main(folder: Path) -> None:
    """Write two files for each of the folder's fonts beside this one."""
    for name, features in FEATURES.items():
        whole = folder / f"{name}.woff2"
        has = set(TTFont(whole).getBestCmap())
        part(whole, has & SIGNS, features).save(Path(__file__).with_name(f"{name}.woff2"))
        part(whole, has - SIGNS, features).save(Path(__file__).with_name(f"{name}-latin.woff2"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
