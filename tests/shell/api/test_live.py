"""Programs at the real server: plain HTTP, gradio_client and an MCP client say the same; a stranger's page may not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from mcp import Client as McpClient

from tests.shell.loops import finish

TEXT = "The capital of France is"
ASKED = {"text": TEXT, "target": " Paris"}


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=120) as opened:
        yield opened


def test_plain_http_gradio_client_and_mcp_say_the_same(server: str, client: httpx.Client) -> None:
    import gradio_client

    by_http = client.post("/api/v1/lens", json=ASKED).json()
    program = gradio_client.Client(server, verbose=False)
    by_gradio = program.predict("lens", json.dumps(ASKED), api_name="/ask")

    async def go() -> Any:
        async with McpClient(server + "/mcp") as opened:
            return await opened.call_tool("lens", ASKED)

    by_mcp = finish(go()).structured_content
    assert by_http == by_gradio == by_mcp
    assert by_http["columns"][0]["depths"][-1]["top"][0]["text"] == " Paris"
    view = program.predict("residual_stream", json.dumps({"text": TEXT, "views": ["lens"]}), api_name="/ask")
    assert view["views"]["lens"]["checks"]
    with pytest.raises(Exception, match="No operation and no panel"):
        program.predict("nothing", "{}", api_name="/ask")
    named: Any = program.view_api(print_info=False, return_format="dict")
    assert set(named["named_endpoints"]) == {"/trace", "/ask"}
    program.close()


@pytest.mark.parametrize("path", ["/api/v1/trace", "/mcp", "/gradio_api/call/ask"])
def test_another_sites_page_sends_nothing(client: httpx.Client, path: str) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post(path, json={"text": "a"}, headers=headers).status_code == 403
    assert client.post(path, content="{}", headers={"content-type": "text/plain"}).status_code == 415
    assert client.post(path, content=b"x" * (2 << 20), headers={"content-type": "application/json"}).status_code == 413


def test_the_docs_are_a_page_of_this_house(client: httpx.Client) -> None:
    assert client.get("/api/v1").headers["location"] == "/api/v1/docs"
    page = client.get("/api/v1/docs")
    assert "content-security-policy" in page.headers
    for style in ("theme", "base", "terms", "programs"):
        assert client.get(f"/explorer/css/{style}.css", follow_redirects=True).is_success
    answer = client.get("/mcp")
    assert answer.status_code == 405
