r"""Reading within bounds: of a line, of a gzip member, of a file.

>>> from io import BytesIO
>>> list(lines(BytesIO(b"ab\ncdefghij\nk"), most=4))
[b'ab', None, b'k']
>>> import gzip
>>> both = BytesIO(gzip.compress(b"one") + gzip.compress(bytes(9_999_999)) + gzip.compress(b"two"))
>>> [found if isinstance(found, bytes) else found.reason for found in members(both, most=1000)]
[b'one', 'a gzip member of more than 1,000 bytes', b'two']
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BufferedIOBase

from explorer.stack.pretraining.data.stage import SetAside

#: Bytes of one document, at most.
MOST = 16_000_000
CHUNK = 1 << 16
#: How a gzip member begins.
MAGIC = b"\x1f\x8b\x08"


def lines(file: BufferedIOBase, most: int = MOST) -> Iterator[bytes | None]:
    """Lines without their ends; None for one that is longer, which is never held whole."""
    while line := file.readline(most + 1):
        if len(line) <= most or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n")
            continue
        while (rest := file.readline(CHUNK)) and not rest.endswith(b"\n"):
            pass
        yield None


def members(file: BufferedIOBase, most: int = MOST) -> Iterator[bytes | SetAside]:
    """The gzip members of a file, each unpacked; one that is damaged, cut short or larger is said, and the next one is
    looked for behind its beginning."""
    start = 0
    while True:
        file.seek(start)
        found, stop = _member(file, start, most)
        if found is None:
            return
        yield found
        start = stop


def _member(file: BufferedIOBase, start: int, most: int) -> tuple[bytes | SetAside | None, int]:
    """The member that begins there, and where to go on."""
    unpack = zlib.decompressobj(31)
    held, read = bytearray(), start
    while not unpack.eof:
        chunk = file.read(CHUNK)
        if not chunk:
            if read == start:
                return None, start
            return SetAside(f"cut short: the last gzip member holds {len(held):,} bytes and no end"), read
        read += len(chunk)
        try:
            while chunk and not unpack.eof:
                held += unpack.decompress(chunk, most + 1 - len(held))
                if len(held) > most:
                    return SetAside(f"a gzip member of more than {most:,} bytes"), _next(file, start + 1)
                chunk = unpack.unconsumed_tail
        except zlib.error as error:
            return SetAside(f"damaged: {error}"), _next(file, start + 1)
    return bytes(held), read - len(unpack.unused_data)


def _next(file: BufferedIOBase, start: int) -> int:
    """Where a member begins that can be unpacked, at or behind that place; else the end of the file."""
    file.seek(start)
    held, at = b"", start
    while chunk := file.read(CHUNK):
        held += chunk
        place = held.find(MAGIC)
        while 0 <= place <= len(held) - 32 or (place >= 0 and len(chunk) < CHUNK):
            try:
                zlib.decompressobj(31).decompress(held[place:], CHUNK)
                return at + place
            except zlib.error:
                place = held.find(MAGIC, place + 1)
        keep = held[place:] if place >= 0 else held[-2:]
        at, held = at + len(held) - len(keep), keep
    return at + len(held)
