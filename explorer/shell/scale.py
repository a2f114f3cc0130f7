"""How many processes run the models, and what they share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from explorer.errors import BadRequestError

#: wishes of each replica, the one that it is at and those that wait in it
AT_ONCE = 4
#: runs of one batch: a new token of a small model costs for sixteen about what it costs for four
TOGETHER = 16
_TOGETHER = re.compile(r"[1-9]|[1-5]\d|6[0-4]", re.ASCII)
_REPLICAS = re.compile(r"([1-9]\d{0,2})(?:-([1-9]\d{0,2}))?", re.ASCII)


@dataclass(frozen=True)
class Scale:
    """Replicas of the models behind one page.

    >>> Scale.read({"EXPLORER_REPLICAS": "1-4"}).replicas, Scale.read({"EXPLORER_REPLICAS": "2"}).replicas
    ((1, 4), (2, 2))
    """

    replicas: tuple[int, int] | None = None
    """At least and at most so many run the models, by Ray Serve; None: the page's own process does."""
    ray: str = ""
    """The address of a Ray cluster; empty: one is started on this machine."""
    together: int = TOGETHER
    """So many runs of one model are made in one batch, where so many wait; 1: each alone, with the same numbers
    everywhere to the last bit."""
    traces: str = ""
    """Where runs lie that several processes share, as fsspec writes it; empty: each process has its own."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Scale:
        """EXPLORER_REPLICAS, _RAY, _TOGETHER, _TRACES. Raises BadRequestError for what makes no sense."""
        said, ray, traces = (environ.get(f"EXPLORER_{name}", "").strip() for name in ("REPLICAS", "RAY", "TRACES"))
        together = environ.get("EXPLORER_TOGETHER", "").strip() or str(TOGETHER)
        if not _TOGETHER.fullmatch(together):
            raise BadRequestError(f"EXPLORER_TOGETHER is “{together[:40]}”.", "Set it to a whole number from 1 to 64.")
        if not said:
            return cls(None, ray, int(together), traces)
        found = _REPLICAS.fullmatch(said)
        least, most = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if least > most:
            raise BadRequestError(
                f"EXPLORER_REPLICAS is “{said[:40]}”.", "Set it to a number, as 2, or to bounds, as 1-4."
            )
        return cls((least, most), ray, int(together), traces)

    @property
    def places(self) -> int:
        """Wishes that are on their way to the models at one time: the replicas' lines are seen by what starts more.

        >>> Scale().places, Scale((1, 2)).places
        (1, 8)
        """
        return 1 if self.replicas is None else AT_ONCE * self.replicas[1]
