"""What anybody says of where the page is, and what a named proxy says."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from explorer.shell import settings
from explorer.shell.app import create_app
from explorer.shell.settings import Settings
from tests.shell.loops import finish

PROXY, STRANGER = "10.0.0.9", "203.0.113.5"
FALSE = ["evil.example", "a:b:c", "[", "x" * 300, "evil.example, demo.example"]


@pytest.fixture(scope="module")
def app() -> Iterator[Any]:
    before = list(settings._started)
    settings.start(Settings("0.0.0.0", 80, True, ("demo.example",), proxies=("10.0.0.0/8",)))

    async def made() -> Any:  # in a loop: without one Gradio makes some, and closes none
        return create_app()

    yield finish(made())
    settings._started[:] = before


def asked(app: Any, peer: str, path: str = "/", **headers: str) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://demo.example") as client:
            return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return finish(go())


def root(app: Any, peer: str, **headers: str) -> str:
    return asked(app, peer, "/config", **headers).json()["root"]


@pytest.mark.parametrize("name", ["x-forwarded-host", "x-gradio-server"])
@pytest.mark.parametrize("said", FALSE)
def test_the_pages_root_is_nobodys_to_choose(app: Any, name: str, said: str, caplog: pytest.LogCaptureFixture) -> None:
    """A cache before the server kept a page whose files were asked for elsewhere; `a:b:c` filled the log."""
    for peer in (STRANGER, "127.0.0.1", PROXY):
        assert root(app, peer, **{name: said}) == "http://demo.example"
        assert "evil" not in asked(app, peer, **{name: said}).text
    assert not caplog.records


def test_a_named_proxy_says_where_the_page_is(app: Any) -> None:
    assert root(app, PROXY, x_forwarded_host="demo.example:8443", x_forwarded_proto="https") == (
        "https://demo.example:8443"
    )
    assert root(app, STRANGER, x_forwarded_host="demo.example:8443") == "http://demo.example"


@pytest.mark.parametrize("path", ["/", "/config"])
def test_no_cache_keeps_the_page_for_others(app: Any, path: str) -> None:
    assert asked(app, STRANGER, path).headers["cache-control"] == "private, no-cache"


def test_the_numbers_are_for_this_machine(app: Any) -> None:
    """A proxy on this machine has its address, and names its visitor as it likes."""
    assert asked(app, "127.0.0.1", "/metrics").status_code == 403, "under the name that visitors type"
    assert asked(app, "127.0.0.1", "/metrics", host="127.0.0.1:80").status_code == 200
    for name in ("cf-connecting-ip", "true-client-ip", "x-client-ip", "x-forwarded-host", "x-gradio-server", "via"):
        assert asked(app, "127.0.0.1", "/metrics", host="127.0.0.1:80", **{name: "x"}).status_code == 403, name
    for peer in (STRANGER, PROXY):
        assert asked(app, peer, "/metrics", host="127.0.0.1:80", x_forwarded_for="127.0.0.1").status_code == 403


def test_a_proxy_that_nobody_has_named_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    from explorer.shell.http.peers import Peers

    passed: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        passed.append(scope)

    async def go() -> None:
        peers = Peers(app, Settings(public=True))
        for _ in range(3):
            scope = {"type": "http", "client": (STRANGER, 1), "headers": [(b"x-forwarded-for", b"198.51.100.1")]}
            await peers(scope, None, None)  # pyright: ignore[reportArgumentType]

    with caplog.at_level(logging.WARNING, "explorer"):
        finish(go())
    assert [each["client"][0] for each in passed] == [STRANGER] * 3
    assert len(caplog.records) == 1
    assert "EXPLORER_PROXIES" in caplog.text
