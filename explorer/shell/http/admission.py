"""Who may begin another run now: bounded by the minute for one visitor, by its length for the line.

A visitor is an address; of IPv6 the network of 64 bits, which is what one household or one hired machine gets. Behind a
proxy that EXPLORER_PROXIES lists, the address is the one that the proxy names: uvicorn puts it in place.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

from explorer.shell.bounds import Bounds

#: seconds after which it is worth to ask again when the line is full
SOON = 15
#: what begins a run or a measurement; the first two stand in the line of runs, the third is an event of Gradio's too
EVENTS = ("/gradio_api/queue/join", "/gradio_api/call/trace", "/gradio_api/call/ask")
RUNS = (*EVENTS, "/mcp")
#: whose addresses below are each such a beginning
RUN_FOLDERS = ("/api/v1/",)
#: what is answered beside the line
LOOKS = ("/gradio_api/component_server", "/gradio_api/run/predict", "/api/v1/tokenize")

#: requests that read, for each light one, and at least: a first visit makes some hundred, and a class has one address
FILES, VISITS = 5, 600
#: bytes that count as another such request
PART = 100_000
#: what those who run the server ask
UNCOUNTED = ("/healthz", "/readyz", "/metrics")


class Refused(Exception):
    """Why a request goes no further: an HTTP status, a sentence, and in how many seconds it may be asked again."""

    def __init__(self, status: int, why: str, after: int | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.after = after


def visitor_of(scope: Scope) -> str:
    """Whose request it is.

    >>> visitor_of({"client": ("203.0.113.9", 5)}), visitor_of({"client": ("2001:db8:1:2:3:4:5:6", 5)})
    ('203.0.113.9', '2001:db8:1:2::/64')
    >>> visitor_of({"client": ("::ffff:203.0.113.9", 5)}), visitor_of({"client": None})
    ('203.0.113.9', 'nobody')
    """
    named = (scope.get("client") or ("nobody", 0))[0]
    try:
        address = ipaddress.ip_address(named)
    except ValueError:
        return str(named)[:80]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
        address = address.ipv4_mapped
    return str(address)


class Admission:
    """Counts what each visitor asks for; `waiting` says whose runs wait in line at this moment, `going` whose events
    Gradio has taken and not ended."""

    def __init__(
        self,
        bounds: Bounds,
        waiting: Callable[[], Iterable[str]] = tuple,
        going: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self.bounds = bounds
        self._waiting, self._going = waiting, going
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._runs = RateLimitItemPerMinute(bounds.runs, namespace="runs") if bounds.runs else None
        files = max(VISITS, FILES * bounds.looks)
        self._files = RateLimitItemPerMinute(files, namespace="files") if bounds.looks else None
        self._looks = RateLimitItemPerMinute(bounds.looks, namespace="looks") if bounds.looks else None

    def admit(self, path: str, visitor: str) -> None:
        """Count a request that would begin something. Raises Refused, before any work is done for it."""
        path = path.rstrip("/")
        if path in LOOKS:
            self._count(self._looks, visitor, "requests")
        elif path in RUNS or path.startswith(RUN_FOLDERS):
            if path in EVENTS[:2]:
                self._room(visitor)
            if path in EVENTS:
                self._events(visitor)
            self._count(self._runs, visitor, "runs and measurements")

    def admit_file(self, path: str, visitor: str) -> None:
        """Count a request that reads. Raises Refused."""
        if path.rstrip("/") not in UNCOUNTED:
            self._count(self._files, visitor, "requests for files")

    def sent(self, visitor: str, nbytes: int) -> None:
        """What a request has read counts once it has: a large file costs as much as many small ones."""
        if self._files is not None and (parts := nbytes // PART):
            self._limiter.hit(self._files, visitor, cost=parts)

    def _count(self, limit: RateLimitItemPerMinute | None, visitor: str, what: str) -> None:
        if limit is None or self._limiter.hit(limit, visitor):
            return
        after = max(1, math.ceil(self._limiter.get_window_stats(limit, visitor).reset_time - time.time()))
        after = min(after, limit.get_expiry())  # also where the clock was set back
        raise Refused(
            429,
            f"One visitor may send {limit.amount:,} {what} a minute here, and you have reached this limit. "
            f"Try again in {after} second{'s' if after != 1 else ''}.",
            after,
        )

    def _room(self, visitor: str) -> None:
        waiting = Counter(self._waiting())
        if (total := waiting.total()) >= self.bounds.queue:
            raise Refused(
                429, f"{total} runs wait in line, which is the most this server takes. Try again in a moment.", SOON
            )
        if (own := waiting[visitor]) >= self.bounds.share(self.bounds.queue) and self.bounds.runs:
            raise Refused(429, f"{own} of the runs in line are yours. The other places are for other visitors.", SOON)

    def _events(self, visitor: str) -> None:
        going, most = Counter(self._going()), self.bounds.events
        if going.total() >= most or going[visitor] >= self.bounds.share(most):
            raise Refused(429, "Too many pages wait for this server. Try again in a moment.", SOON)
