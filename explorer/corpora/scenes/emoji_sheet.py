"""The sheet of emoji, drawn from Debian's fonts-noto-color-emoji: `python -m explorer.corpora.scenes.emoji_sheet`.

The app reads the sheet and needs no font.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from explorer import places
from explorer.corpora.scenes.emoji import ACROSS, SPRITE, named

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
#: The one size that the font has.
POINTS, WIDTH, HEIGHT = 109, 136, 128


def drawn(font: Path = FONT) -> UInt8[np.ndarray, "row column channel"]:
    """All pictures, 64 pixels a side, in rows of twelve."""
    from PIL import Image, ImageDraw, ImageFont

    face = ImageFont.truetype(str(font), POINTS)
    found = list(named())
    whole = Image.new("RGBA", (ACROSS * SPRITE, -(-len(found) // ACROSS) * SPRITE))
    for at, (char, *_) in enumerate(found):
        one = Image.new("RGBA", (WIDTH, WIDTH))
        left, top, right, bottom = face.getbbox(char)
        corner = ((WIDTH - (right - left)) / 2 - left, (WIDTH - (bottom - top)) / 2 - top)
        ImageDraw.Draw(one).text(corner, char, font=face, embedded_color=True)
        small = one.resize((SPRITE, SPRITE), Image.Resampling.LANCZOS)
        whole.paste(small, (at % ACROSS * SPRITE, at // ACROSS * SPRITE))
    return np.asarray(whole)


if __name__ == "__main__":
    from PIL import Image

    Image.fromarray(drawn()).save(places.assets() / "emoji" / "emoji.png", optimize=True)
