"""The page's files at addresses that hold their version: asked for once, and anew after a change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from explorer import places
from explorer.shell.files import versioned
from explorer.shell.files.packed import Packed, Shelf

PACKS = {"accept-encoding": "br"}


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shell").mkdir()
    (tmp_path / "shell/page.js").write_text("export const page = 1;\n" * 40)
    monkeypatch.setattr(places, "assets", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def client(assets: Path, asked: list[str]) -> Iterator[TestClient]:
    def file(request: Request) -> Response:
        asked.append(request.url.path)
        return PlainTextResponse((assets / request.path_params["path"]).read_text())

    def fresh(request: Request) -> Response:
        return PlainTextResponse("[]" * 400, headers={"Cache-Control": "no-cache"})

    app = Starlette(
        routes=[
            Route("/", lambda request: HTMLResponse("<head><title>é</title></head><body></head></body>")),
            Route("/explorer/lessons.json", fresh),
            Route("/explorer/{path:path}", file),
            Route("/assets/{path:path}", lambda request: PlainTextResponse("0")),
        ]
    )
    app.add_middleware(versioned.Versioned, head=lambda folder: f'<script src="{folder}/shell/page.js"></script>')
    app.add_middleware(Packed, shelf=Shelf())
    with TestClient(app) as opened:
        yield opened


def folder(client: TestClient) -> str:
    text = client.get("/").text
    assert text.startswith("<head><title>é</title><script")
    assert text.endswith("</head><body></head></body>")
    return text.split('"')[1].removesuffix("/shell/page.js")


def test_a_file_is_asked_for_once_and_anew_after_a_change(client: TestClient, assets: Path, asked: list[str]) -> None:
    before = folder(client)
    assert folder(client) == before
    for _ in range(3):
        answer = client.get(f"{before}/shell/page.js", headers=PACKS)
        assert "immutable" in answer.headers["cache-control"]
        assert answer.text == (assets / "shell/page.js").read_text()
    assert asked == ["/explorer/shell/page.js"]  # the server itself made it once

    state = (assets / "shell/page.js").stat()
    (assets / "shell/page.js").write_text("export const page = 2;\n" * 40)
    os.utime(assets / "shell/page.js", ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    after = folder(client)
    assert after != before
    answer = client.get(f"{after}/shell/page.js", headers=PACKS)
    assert "immutable" in answer.headers["cache-control"]
    assert "page = 2" in answer.text
    # a page that was open before asks for a file that it had not: it gets the new one, not for always
    (assets / "shell/late.js").write_text("late\n" * 80)
    assert "cache-control" not in client.get(f"{before}/shell/late.js", headers=PACKS).headers


def test_what_may_change_says_so_at_any_address(client: TestClient) -> None:
    where = folder(client)
    assert client.get(f"{where}/lessons.json", headers=PACKS).headers["cache-control"] == "no-cache"
    assert "cache-control" not in client.get("/explorer/shell/page.js", headers=PACKS).headers
    assert "cache-control" not in client.get("/explorer/v123/../shell/page.js", headers=PACKS).headers


def test_gradios_files_are_kept_where_their_names_hold_a_hash(client: TestClient) -> None:
    assert "immutable" in client.get("/assets/index-DphvyggB.js").headers["cache-control"]
    assert "cache-control" not in client.get("/assets/index.js").headers
    names = [path.name for path in (Path(versioned.__file__).parents[1]).rglob("*.py")]
    assert not any(versioned.NAMED.fullmatch(f"/assets/{name}") for name in names)


def test_the_page_brings_its_own_head(server: str) -> None:
    with httpx.Client(base_url=server, headers=PACKS, timeout=60) as page:
        head = page.get("/").text.partition("</head>")[0]
        where = f"/explorer/{versioned.version()}"
        assert f'<link rel="modulepreload" href="{where}/shell/page.js">' in head
        assert f'import("{where}/shell/page.js")' in head
        assert head.count('id="explorer-tables"') == 1
        answer = page.get(f"{where}/shell/page.js")
        assert "immutable" in answer.headers["cache-control"]
        assert page.get(f"{where}/lessons.json").headers["cache-control"] == "no-cache"
        for path in ("/../../pyproject.toml", "/%2e%2e/%2e%2e/pyproject.toml", f"{where}/kit.html"):
            assert page.get(where + path).status_code == 404
