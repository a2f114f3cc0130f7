"""A picture from a stranger's file: read if it is one, refused in a sentence if not."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.errors import BadRequestError
from explorer.zoo.picture_file import LARGEST_BYTES, SIDE, read_picture


def file_of(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    stored = io.BytesIO()
    image.save(stored, kind, **how)
    return stored.getvalue()


def coloured(width: int, height: int) -> Image.Image:
    """Red at the left, green at the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0], pixels[:, width // 2 :, 1] = 255, 255
    return Image.fromarray(pixels)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_the_middle_square_is_read(kind: str) -> None:
    read = read_picture(file_of(coloured(300, 100), kind))
    assert (read.size, read.mode) == ((100, 100), "RGB")
    left, right = np.asarray(read)[50, 10], np.asarray(read)[50, 90]
    assert left[0] > 200 > left[1]
    assert right[1] > 200 > right[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("cut", [1, 4, 11, 12, 13, 16, 20, 100, 1000])
def test_a_file_that_was_cut_is_none(kind: str, cut: int) -> None:
    """Of a PNG the last twenty bytes could lack: its pixels are there without them."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8))
    whole = file_of(noise, kind)
    assert read_picture(whole).size == (40, 40)
    with pytest.raises(BadRequestError, match="cannot read this picture"):
        read_picture(whole[:-cut])


def test_what_is_large_is_made_small() -> None:
    assert read_picture(file_of(coloured(1600, 1200), "JPEG")).size == (SIDE, SIDE)
    assert read_picture(file_of(coloured(20_000, 12))).size == (12, 12)  # far from square


def test_a_photograph_stands_upright_and_glass_is_white() -> None:
    turned = Image.Exif()
    turned[274] = 6  # as a telephone that was held upright writes it: to be turned by 90 degrees
    read = np.asarray(read_picture(file_of(coloured(64, 64), "JPEG", exif=turned)))
    assert read[5, 32, 0] > 200 > read[60, 32, 0]  # red is above
    assert np.asarray(read_picture(file_of(Image.new("RGBA", (20, 20), (0, 0, 0, 0))))).min() == 255


def bomb(side: int) -> bytes:
    """The head of a PNG of that many pixels on a side, and nothing behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


WHOLE = file_of(coloured(64, 64), "JPEG")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "cannot read this picture"),
        (b"a text, and no picture", "cannot read this picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "cannot read this picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "cannot read this picture"),
        (WHOLE[: len(WHOLE) // 2], "cannot read this picture"),
        (file_of(coloured(64, 64))[:60], "cannot read this picture"),
        (bomb(6000), "too large"),
        (bomb(40_000), "too large"),
        (file_of(coloured(4, 40)), "too small"),
        (bytes(LARGEST_BYTES + 1), "too large"),
    ],
    ids=["empty", "text", "postscript", "svg", "cut", "cut png", "many pixels", "bomb", "tiny", "many bytes"],
)
def test_what_is_no_picture_is_refused(file: bytes, said: str) -> None:
    with pytest.raises(BadRequestError, match=said):
        read_picture(file)


def test_a_file_of_a_format_that_others_write_is_not_opened(tmp_path: Path) -> None:
    stored = io.BytesIO()
    coloured(32, 32).save(stored, "TIFF")
    with pytest.raises(BadRequestError, match="PNG, JPEG, WebP, GIF or BMP"):
        read_picture(stored.getvalue())
