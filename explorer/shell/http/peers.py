"""Who is at the other end of the connection: a proxy that the operator has named, or anybody.

What a proxy says of its visitor (uvicorn reads the address from X-Forwarded-For) is believed of named ones only. Gradio
believes X-Forwarded-Host and X-Gradio-Server of anybody, and makes the page's root of them: a cache before the server
would hand on a page whose files lie elsewhere. They go no further than here.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from explorer.shell.settings import Settings, loopback

log = logging.getLogger(__name__)
#: of the request's target, as a proxy's visitor knows it
HOST = b"x-forwarded-host"
#: Gradio's own proxy, which does not run here
NEVER = b"x-gradio-server"
#: what browsers and programs that read numbers send; a proxy adds others
PLAIN = {
    *("host", "user-agent", "accept", "accept-encoding", "accept-language", "connection", "cache-control", "pragma"),
    *("cookie", "dnt", "te", "priority", "referer", "upgrade-insecure-requests", "authorization", "if-none-match"),
    *("if-modified-since", "x-prometheus-scrape-timeout-seconds", "traceparent", "tracestate"),
}


def from_here(scope: Scope) -> bool:
    """Whether a request comes from this machine and through no proxy, as far as can be seen.

    A proxy on this machine has its address too. Most say so in a header, whose names are many; those that say nothing
    pass on the Host that the visitor typed, or speak HTTP/1.0 (nginx, as it is delivered).

    >>> def request(http_version="1.1", **headers):
    ...     given = {"host": "localhost:7860", "user-agent": "curl"} | headers
    ...     raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    ...     return {"type": "http", "client": ("127.0.0.1", 5), "headers": raw, "http_version": http_version}
    >>> from_here(request()), from_here(request(cf_connecting_ip="203.0.113.9"))
    (True, False)
    >>> from_here(request(host="demo.example")), from_here(request("1.0"))
    (False, False)
    """
    client, headers = scope.get("client"), Headers(scope=scope)
    name = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
    return (
        client is not None
        and loopback(client[0])
        and loopback(name.strip("[]"))
        and scope.get("http_version") != "1.0"
        and all(each in PLAIN or each.startswith("sec-") for each in headers)
        and not scope.get("extensions", {}).get(PROXIED)
    )


#: the mark of a request from which a header was dropped: it came through a proxy, named or not
PROXIED = "explorer.proxied"


class Peers:
    """Pure ASGI middleware, outermost: behind it the visitor's address is in place."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self._networks = [ipaddress.ip_network(each) for each in settings.proxies]
        trusting: ASGIApp = ProxyHeadersMiddleware(app, list(settings.proxies))  # pyright: ignore[reportArgumentType, reportAssignmentType]
        self._behind = trusting if settings.proxies else app
        self._told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        self._look_for_a_proxy(scope)
        named = self._named(scope)
        kept = [
            (name, value)
            for name, value in scope["headers"]
            if name != NEVER and (name != HOST or (named and self._is_host(value)))
        ]
        if len(kept) < len(scope["headers"]):
            marked: Mapping[str, object] = {**scope.get("extensions", {}), PROXIED: {"dropped": True}}
            scope = {**scope, "headers": kept, "extensions": marked}
        return await self._behind(scope, receive, send)

    def _named(self, scope: Scope) -> bool:
        try:
            peer = ipaddress.ip_address((scope.get("client") or ("", 0))[0])
        except ValueError:
            return False
        return any(peer in network for network in self._networks)

    def _is_host(self, value: bytes) -> bool:
        """Whether it names this server; Gradio takes the first of several."""
        return self.settings.answers_to(value.decode("latin1").partition(",")[0].strip())

    def _look_for_a_proxy(self, scope: Scope) -> None:
        """Say once that one stands before this server whom nobody has named."""
        if self._told or self.settings.proxies or not self.settings.public:
            return
        if "x-forwarded-for" in Headers(scope=scope):
            self._told = True
            log.warning(
                "A proxy at %s is not named in EXPLORER_PROXIES: all who come through it count as one visitor, and the "
                "page must be asked for under the name that visitors type.",
                (scope.get("client") or ("nobody", 0))[0],
            )
