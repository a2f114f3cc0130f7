"""What this machine has: the caches of its first core, and memory that is free, read from its system.

Its two limits are measured (`stack.systems.roofline.probe`); those of named accelerators are quoted
(`stack.systems.accelerators`).
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

KIB, MIB = 1024, 1024**2


@dataclass(frozen=True)
class Cache:
    """One cache of the first core."""

    level: int
    bytes: int
    shared: bool
    """Whether other cores use it too."""


CPU_CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
GLIBC = {1: 188, 2: 191, 3: 194}
"""_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE."""


def caches(folder: Path = CPU_CACHES) -> tuple[Cache, ...]:
    """The data caches of this machine's first core, small ones first; none where the system does not tell.

    Linux tells in /sys; where that is closed, the C library may know their sizes, though not who shares them. macOS and
    Windows tell through neither.
    """
    found = [cache for each in sorted(folder.glob("index*")) if (cache := _read(each)) is not None]
    return tuple(sorted(found or _by_c_library(), key=lambda each: each.level))


def _read(folder: Path) -> Cache | None:
    """One cache as Linux describes it; None for one of instructions, or that is described in part."""
    try:
        kind, level, size, cores = (
            (folder / name).read_text(encoding="ascii").strip() for name in ("type", "level", "size", "shared_cpu_list")
        )
        units = {"K": KIB, "M": MIB}
        nbytes = int(size[:-1]) * units[size[-1]] if size[-1:] in units else int(size)
        return None if kind == "Instruction" else Cache(int(level), nbytes, not cores.isdigit())
    except (OSError, ValueError):
        return None


def _by_c_library() -> list[Cache]:
    """As glibc's sysconf says, whose numbers for them Python has no names for."""
    if platform.libc_ver()[0] != "glibc":
        return []
    sizes = {level: os.sysconf(name) for level, name in GLIBC.items()}
    return [Cache(level, size, shared=level > 2) for level, size in sizes.items() if size > 0]


def free_memory() -> int:
    """Bytes that a process could still take: what Linux calls available; elsewhere half of all there is, a guess."""
    try:
        told = Path("/proc/meminfo").read_text(encoding="ascii")
        return int(told.split("MemAvailable:")[1].split()[0]) * KIB
    except (OSError, IndexError, ValueError):
        names = getattr(os, "sysconf_names", {})
        if "SC_PHYS_PAGES" in names:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        return 4 * KIB**3
