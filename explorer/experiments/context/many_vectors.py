"""A graph of very many vectors, as it was built once: what it took on its way to a million.

    python -m explorer bench retrieval many=1000000 --json assets/sweeps/many-vectors/rows.json

writes the rows anew (about half an hour, 2 GB). The vectors are drawn: a million real articles would be 1.5 GB to ship.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache

from explorer.places import assets

#: A row's case: how many vectors, M, the list's length while building, and what was measured.
CASE = re.compile(r"(?P<n>[\d,]+) vectors of \d+, M (?P<m>\d+), ef_construction (?P<build>\d+): (?P<what>.+)")
FOUND, ASKED = re.compile(r"recall@\d+, ef (\d+)"), re.compile(r"a query, ef (\d+)")


@dataclass
class Built:
    """The graph when it held so many vectors."""

    n: int
    m: int
    build: int
    """The list's length while building."""
    seconds: float = 0.0
    """Of one processor."""
    vectors: float = 0.0
    links: float = 0.0
    """Bytes of each."""
    recalls: dict[int, float] = field(default_factory=dict[int, float])
    """Of the true ten, by the list's length."""
    milliseconds: dict[int, float] = field(default_factory=dict[int, float])
    """A question, by the list's length."""


@cache
def kept() -> tuple[Built, ...]:
    """The recorded rows, the smallest graph first."""
    rows = json.loads((assets() / "sweeps/many-vectors/rows.json").read_text(encoding="utf-8"))
    return built([(row["case"], row["value"]) for row in rows])


def built(rows: list[tuple[str, float]]) -> tuple[Built, ...]:
    """What the benchmark's rows say, together for each size.

    >>> case = "2,000 vectors of 384, M 16, ef_construction 200"
    >>> built([(f"{case}: links", 0.5), (f"{case}: recall@10, ef 64", 0.9), ("machine: x86_64", 2.0)])
    (Built(n=2000, m=16, build=200, seconds=0.0, vectors=0.0, links=500000.0, recalls={64: 0.9}, milliseconds={}),)
    """
    found = dict[int, Built]()
    for case, value in rows:
        if not (said := CASE.fullmatch(case)):
            continue
        n, what = int(said["n"].replace(",", "")), said["what"]
        each = found.setdefault(n, Built(n, int(said["m"]), int(said["build"])))
        if recall := FOUND.fullmatch(what):
            each.recalls[int(recall[1])] = value
        elif asked := ASKED.fullmatch(what):
            each.milliseconds[int(asked[1])] = value
        elif what == "build, the processor's time alone":
            each.seconds = value
        elif what == "vectors":
            each.vectors = value * 1e6
        elif what == "links":
            each.links = value * 1e6
    return tuple(found[n] for n in sorted(found))
