"""What a stranger's HTTP request meets, on the real server."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

CALL = "/gradio_api/component_server/"


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=60) as opened:
        yield opened


def test_the_page_its_assets_and_the_health_check_answer(client: httpx.Client) -> None:
    assert client.get("/healthz").json()["ok"]
    page = client.get("/?page=none&deep_link=none")
    assert page.status_code == 200
    assert "LLM Internals Explorer" in page.text
    assert client.head("/").status_code == 200
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
    assert client.get("/explorer/shell/page.js", follow_redirects=True).status_code == 200
    assert client.get("/explorer/%2e%2e/pyproject.toml").status_code == 404


def test_uploads_and_files_are_refused(client: httpx.Client) -> None:
    assert client.post("/gradio_api/upload", files={"files": ("a.txt", b"x")}).status_code == 403
    assert client.get("/gradio_api/file=/etc/passwd").status_code == 403
    assert client.get("/gradio_api/proxy=http://127.0.0.1/").status_code == 403


def test_what_the_page_does_not_use_is_closed(client: httpx.Client) -> None:
    """Every route that Gradio has is asked for: those of the list answer, and no other."""
    program = (
        "import json; from explorer.shell.app import create_app\n"
        "page = next(each.app for each in create_app().routes if type(each).__name__ == 'Mount' and not each.path)\n"
        "print(json.dumps({path: list(methods) for path, methods in page.openapi()['paths'].items()}))"
    )
    listed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    routes = json.loads(listed.splitlines()[-1])
    assert len(routes) > 50
    opened = set()
    for route, methods in routes.items():
        path = re.sub(r"{\w+}", "x", route.replace("{api_name}", "trace"))
        for method in {*methods} - {"head"}:
            said = client.request(method, path, headers={"content-type": "text/plain"}).text
            if "does not use this part of Gradio" not in said and "nothing at this address" not in said:
                opened.add(route)
    assert {route.rstrip("/") or "/" for route in opened} == {
        *("/", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt"),
        *("/static/{path}", "/assets/{path}"),
        *(f"/gradio_api/{each}" for each in ("queue/join", "queue/data", "cancel", "reset", "component_server")),
        *(f"/gradio_api/{each}" for each in ("info", "app_id", "call/{api_name}", "call/{api_name}/{event_id}")),
    }


def test_a_huge_body_is_refused(client: httpx.Client) -> None:
    headers = {"content-type": "application/json"}
    big = b"x" * (2 << 20)
    assert client.post("/gradio_api/queue/join", content=big, headers=headers).status_code == 413
    assert client.post("/gradio_api/queue/join", content=iter([big]), headers=headers).status_code == 413


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "user@127.0.0.1"])
def test_another_name_that_resolves_here_is_refused(client: httpx.Client, host: str) -> None:
    for path in ("/", "/config", "/healthz", "/gradio_api/queue/data?session_hash=x"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code in (400, 403)
    assert client.get("/healthz", headers={"host": "localhost:1"}).status_code == 200
    assert client.get("/healthz", headers={"host": "[::1]:7860"}).status_code == 200


@pytest.mark.parametrize("host", [None, "localhost", "[::1]"])
def test_no_origin_is_reflected(client: httpx.Client, host: str | None) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"} | (
        {"host": host} if host else {}
    )
    for answer in (
        client.get("/", headers=asked),
        client.get("/config", headers=asked),
        client.options(CALL, headers=asked),
        client.get("/gradio_api/upload", headers=asked),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_stream_of_nobody_ends(client: httpx.Client) -> None:
    assert "Not Found" in client.get("/gradio_api/queue/data?session_hash=nobody").text
    assert "Not Found" in client.get("/gradio_api/call/trace/nothing").text
    assert client.get("/assets/" + "a" * 3000).status_code == 404
    assert client.get("/assets/%00").status_code == 404


def test_a_websocket_is_not_taken(server: str) -> None:
    port = int(server.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as there:
        there.sendall(
            b"GET /gradio_api/queue/join HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert there.recv(4096)[9:10] == b"4"


def test_no_outside_host_is_named_in_the_page(client: httpx.Client) -> None:
    text = client.get("/").text
    for host in ("fonts.googleapis", "fonts.gstatic", "cdn.", "unpkg", "jsdelivr"):
        assert f"//{host}" not in text


def test_only_the_named_api_is_public(client: httpx.Client) -> None:
    assert set(client.get("/gradio_api/info").json()["named_endpoints"]) == {"/trace", "/ask"}
