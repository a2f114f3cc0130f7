"""The first bytes of SHA-1 of many pieces of one text, compiled: what shingles are hashed by.

FIPS 180-4, section 6.1. Pieces are slices of one buffer, so that no string is made for any of them.

>>> import hashlib
>>> found = hashes(b"the quick brown fox", np.array([0, 4]), np.array([9, 19]), bits=64)
>>> [int(each) == int.from_bytes(hashlib.sha1(piece).digest()[:8], "little")
...  for each, piece in zip(found, (b"the quick", b"quick brown fox"))]
[True, True]
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64, UInt8, UInt32, UInt64
from numpy import ndarray

from explorer.stack.compiled import compiled


def hashes(
    text: bytes, starts: Int64[ndarray, " piece"], stops: Int64[ndarray, " piece"], bits: int
) -> UInt64[ndarray, " piece"]:
    """The first 32 or 64 bits of each digest, little-endian: datasketch's and datatrove's hash of a shingle."""
    if bits not in (32, 64):
        raise ValueError("a hash of 32 or of 64 bits")
    found = np.empty(len(starts), np.uint64)
    digest_pieces(np.frombuffer(text, np.uint8), starts, stops, found)
    return found & np.uint64(0xFFFFFFFF) if bits == 32 else found


@compiled
def digest_pieces(
    text: UInt8[ndarray, " byte"],
    starts: Int64[ndarray, " piece"],
    stops: Int64[ndarray, " piece"],
    found: UInt64[ndarray, " piece"],
) -> None:
    """The digests of all pieces."""
    w = np.empty(80, np.uint32)
    h = np.empty(5, np.uint32)
    for piece in range(len(starts)):
        start, length = starts[piece], stops[piece] - starts[piece]
        h[0], h[1], h[2], h[3], h[4] = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0
        blocks = (length + 8) // 64 + 1  # the piece, one bit, and its length in 8 bytes
        for block in range(blocks):
            for word in range(16):
                value = np.uint32(0)
                first = 64 * block + 4 * word
                if first <= length:
                    for at in range(first, first + 4):
                        b = text[start + at] if at < length else 0x80 if at == length else 0
                        value = np.uint32((value << np.uint32(8)) | np.uint32(b))
                w[word] = value
            if block == blocks - 1:
                w[15] = np.uint32(8 * length)
            compress(w, h)
        swapped = np.uint64(0)
        for byte in range(8):
            value = h[byte // 4] >> np.uint32(24 - 8 * (byte % 4)) & np.uint32(0xFF)
            swapped |= np.uint64(value) << np.uint64(8 * byte)
        found[piece] = swapped


@compiled
def compress(w: UInt32[ndarray, " 80"], h: UInt32[ndarray, " 5"]) -> None:
    """One block of sixteen words into the state: four times twenty rounds, each twenty with a function of their own."""
    for t in range(16, 80):
        x = w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16]
        w[t] = np.uint32((x << np.uint32(1)) | (x >> np.uint32(31)))
    a, b, c, d, e = h[0], h[1], h[2], h[3], h[4]
    for t in range(20):
        a, b, c, d, e = turned(a, b, c, d, e, d ^ (b & (c ^ d)), np.uint32(0x5A827999), w[t])
    for t in range(20, 40):
        a, b, c, d, e = turned(a, b, c, d, e, b ^ c ^ d, np.uint32(0x6ED9EBA1), w[t])
    for t in range(40, 60):
        a, b, c, d, e = turned(a, b, c, d, e, (b & c) | (d & (b | c)), np.uint32(0x8F1BBCDC), w[t])
    for t in range(60, 80):
        a, b, c, d, e = turned(a, b, c, d, e, b ^ c ^ d, np.uint32(0xCA62C1D6), w[t])
    h[0] += a
    h[1] += b
    h[2] += c
    h[3] += d
    h[4] += e


@compiled
def turned(
    a: np.uint32, b: np.uint32, c: np.uint32, d: np.uint32, e: np.uint32, f: np.uint32, k: np.uint32, word: np.uint32
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32, np.uint32]:
    """The state after one round."""
    total = np.uint32(np.uint32((a << np.uint32(5)) | (a >> np.uint32(27))) + f + e + k + word)
    return total, a, np.uint32((b << np.uint32(30)) | (b >> np.uint32(2))), c, d
