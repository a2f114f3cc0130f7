"""A picture from a stranger's file: only what is one, of known formats, no larger than said, and small when it is read.

The middle square is kept, since that is what the vision encoder sees; what else the file holds (where and when it was
taken, further frames) is left behind.

>>> read_picture(b"GIF89a, or so it says")
Traceback (most recent call last):
explorer.errors.BadRequestError: The explorer cannot read this picture. Give a PNG, JPEG, WebP, GIF or BMP file.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
#: The last chunk's name and its sum.
PNG_END = b"IEND\xaeB`\x82"
#: Of a file; of a picture, in pixels; of its shorter side.
LARGEST_BYTES, MOST_PIXELS, SMALLEST = 700_000, 24_000_000, 8
#: Pixels on a side of what is kept: twice what the encoder reads.
SIDE = 512


def read_picture(file: bytes) -> Image:
    """The middle square of a picture, RGB, of at most `SIDE` pixels on a side, on white where it is transparent.

    Raises BadRequestError for what is no picture, is cut short, or is too large or too small.
    """
    from PIL import Image as Images
    from PIL import ImageOps

    if len(file) > LARGEST_BYTES:
        raise BadRequestError(
            f"A file of {len(file):,} bytes is too large: {LARGEST_BYTES:,} are read.", "Make the picture smaller."
        )
    try:
        image = Images.open(io.BytesIO(file), formats=FORMATS)
        width, height = image.size
        _check_size(width, height)
        _check_end(file, image.format or "")
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded no larger than it is needed
        image = ImageOps.exif_transpose(image).convert("RGBA")
    except Images.DecompressionBombError as error:
        raise _too_large("This picture") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, OverflowError) as error:
        raise BadRequestError(
            "The explorer cannot read this picture.", "Give a PNG, JPEG, WebP, GIF or BMP file."
        ) from error
    side = min(*image.size, SIDE)
    square = ImageOps.fit(image, (side, side), Images.Resampling.BICUBIC)
    return Images.alpha_composite(Images.new("RGBA", square.size, "white"), square).convert("RGB")


def _check_end(file: bytes, kind: str) -> None:
    """Pillow reads pixels, and of a PNG or GIF not what stands behind them. Raises a SyntaxError or OSError where the
    file was cut there."""
    from PIL import Image as Images

    if kind == "PNG":
        Images.open(io.BytesIO(file), formats=(kind,)).verify()  # all chunks, with their sums, to the last
        if PNG_END not in file[-64:]:
            raise OSError("it has no end")
    if kind == "GIF" and not file.rstrip(b"\0").endswith(b";"):
        raise OSError("it has no end")


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise _too_large(f"A picture of {width:,} x {height:,} pixels")
    if min(width, height) < SMALLEST:
        raise BadRequestError(
            f"A picture of {width:,} x {height:,} pixels is too small to be cut into patches.",
            f"Give one of at least {SMALLEST} pixels on a side.",
        )


def _too_large(what: str) -> BadRequestError:
    return BadRequestError(f"{what} is too large: {MOST_PIXELS:,} pixels are read.", "Make it smaller.")
