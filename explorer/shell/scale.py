"""How many processes run the models, and what they share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from explorer.errors import BadRequestError

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
    traces: str = ""
    """Where runs lie that several processes share, as fsspec writes it; empty: each process has its own."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Scale:
        """EXPLORER_REPLICAS, EXPLORER_RAY, EXPLORER_TRACES. Raises BadRequestError for what makes no sense."""
        said, ray, traces = (environ.get(f"EXPLORER_{name}", "").strip() for name in ("REPLICAS", "RAY", "TRACES"))
        if not said:
            return cls(None, ray, traces)
        found = _REPLICAS.fullmatch(said)
        least, most = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if least > most:
            raise BadRequestError(
                f"EXPLORER_REPLICAS is “{said[:40]}”.", "Set it to a number, as 2, or to bounds, as 1-4."
            )
        return cls((least, most), ray, traces)
