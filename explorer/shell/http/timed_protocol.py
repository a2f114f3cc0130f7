"""HTTP as uvicorn speaks it, with other patience: less for a request that does not arrive, more between two of them."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class TimedProtocol(H11Protocol):
    """Closes a connection on which a request, its headers and its body, is not whole `patience_s` after it began, or on
    which none has come for `kept_s`.

    Whoever closes first may close on a request that is on its way, and its sender does not know whether it was heard.
    Balancers keep an idle connection for a minute, clients for less; uvicorn closes it after 5 s.
    """

    patience_s = 10.0
    kept_s = 75
    _limit: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timeout_keep_alive = self.kept_s

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self._time()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._time()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:  # a request that came in one piece with the one before it
            self._time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._untime()
        super().connection_lost(exc)

    def _time(self) -> None:
        """Let the time run from the first byte of a request, and stop it at the last."""
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._untime()
        elif self._limit is None:
            self._limit = self.loop.call_later(self.patience_s, self._close)

    def _untime(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _close(self) -> None:
        begun = self.conn.their_state is h11.SEND_BODY or self.conn.trailing_data[0]
        if begun and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self.transport.is_closing():
            said = f"A request must arrive whole within {self.patience_s:g} seconds.".encode()
            headers = [("content-type", "text/plain"), ("content-length", str(len(said))), ("connection", "close")]
            for event in (h11.Response(status_code=408, headers=headers), h11.Data(data=said), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
