"""What a stranger's HTTP request meets, on the real server."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as opened:
        yield opened


def test_the_page_its_assets_and_the_health_check_answer(client: httpx.Client) -> None:
    assert client.get("/healthz").json()["ok"]
    page = client.get("/")
    assert page.status_code == 200
    assert "LLM Internals Explorer" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert client.get("/explorer/js/shell.js").status_code == 200
    assert client.get("/explorer/%2e%2e/pyproject.toml").status_code == 404


def test_uploads_and_files_are_refused(client: httpx.Client) -> None:
    assert client.post("/gradio_api/upload", files={"files": ("a.txt", b"x")}).status_code == 403
    assert client.get("/gradio_api/file=/etc/passwd").status_code == 403
    assert client.get("/gradio_api/proxy=http://127.0.0.1/").status_code == 403


def test_a_huge_body_is_refused(client: httpx.Client) -> None:
    assert client.post("/gradio_api/queue/join", content=b"x" * (2 << 20)).status_code == 413


def test_no_outside_host_is_named_in_the_page(client: httpx.Client) -> None:
    text = client.get("/").text
    for host in ("fonts.googleapis", "fonts.gstatic", "cdn.", "unpkg", "jsdelivr"):
        assert f"//{host}" not in text


def test_only_the_named_api_is_public(client: httpx.Client) -> None:
    assert set(client.get("/gradio_api/info").json()["named_endpoints"]) == {"/trace"}
