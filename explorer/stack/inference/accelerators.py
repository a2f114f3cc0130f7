"""Cards and machines that models are served on: memory, bandwidth, and arithmetic in 16 bits without sparsity.

A card sold as "24 GB" has 24 GiB, of which its driver reports 24,564 MiB: 25.8 GB. An Apple machine shares one memory,
of which macOS lets the graphics processor have three quarters. Numbers are those of the makers' data sheets.

>>> round(CARDS["rtx4090"].memory / 1e9, 1)
25.8
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MIB = 2.0**20
GIB = 2.0**30


@dataclass(frozen=True)
class Card:
    """One card, or one machine whose memory the processor shares."""

    name: str
    title: str
    memory: float
    """Bytes that a program can have."""
    bandwidth: float
    """Bytes a second."""
    flops: float | None
    """Dense operations a second in 16 bits; None where the maker states none."""
    source: str = ""


CARDS: Mapping[str, Card] = {
    each.name: each
    for each in (
        Card("rtx3090", "RTX 3090, 24 GB", 24_576 * MIB, 936e9, 71e12, "NVIDIA Ampere GA102 whitepaper"),
        Card("rtx4090", "RTX 4090, 24 GB", 24_564 * MIB, 1008e9, 165.2e12, "NVIDIA Ada whitepaper"),
        Card("l40s", "L40S, 48 GB", 46_068 * MIB, 864e9, 362e12, "NVIDIA L40S data sheet"),
        Card("a100_40", "A100, 40 GB", 40_960 * MIB, 1555e9, 312e12, "NVIDIA A100 data sheet"),
        Card("a100_80", "A100, 80 GB", 81_920 * MIB, 2039e9, 312e12, "NVIDIA A100 data sheet, SXM"),
        Card("h100", "H100, 80 GB", 81_559 * MIB, 3350e9, 989.4e12, "NVIDIA H100 data sheet, SXM"),
        Card("h200", "H200, 141 GB", 143_771 * MIB, 4800e9, 989.4e12, "NVIDIA H200 data sheet, SXM"),
        Card("m3_max", "Apple M3 Max, 128 GB", 0.75 * 128 * GIB, 400e9, None, "Apple; 96 of 128 GB for graphics"),
        Card("m2_ultra", "Apple M2 Ultra, 192 GB", 0.75 * 192 * GIB, 800e9, None, "Apple; 144 of 192 GB for graphics"),
    )
}
