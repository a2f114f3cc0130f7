"""The page's files travel packed, whole, and with no more headers than a file needs."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from explorer import places
from explorer.shell.files import first_visit, packed, scripts
from tests.conftest import ROOT

TEXT = "const pattern = attention(query, key);\n" * 200
#: bytes: a few files
KEPT = 600
PACKS = {"accept-encoding": "gzip, br"}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(packed, "QUIET", 0.0)
    monkeypatch.setattr(packed, "KEPT", KEPT)
    routes = [
        Route("/explorer/long.js", lambda request: PlainTextResponse(TEXT)),
        Route("/explorer/short.js", lambda request: PlainTextResponse("1")),
        Route("/explorer/font.woff2", lambda request: Response(b"x" * 9000, media_type="font/woff2")),
        Route("/explorer/missing.js", lambda request: PlainTextResponse(TEXT, 404)),
        Route("/", lambda request: PlainTextResponse(TEXT + request.headers["host"])),
        Route("/answer", lambda request: PlainTextResponse(TEXT)),
    ]
    app = Starlette(routes=routes)
    app.add_middleware(packed.Packed, shelf=packed.Shelf())
    with TestClient(app) as opened:
        yield opened


def test_a_file_is_packed_once_and_then_better(client: TestClient) -> None:
    first = client.get("/explorer/long.js", headers=PACKS)
    assert first.headers["content-encoding"] == "br"
    assert first.headers["vary"] == "Accept-Encoding"
    assert first.text == TEXT
    best = len(brotli.compress(TEXT.encode()))
    for _ in range(1000):
        again = client.get("/explorer/long.js", headers=PACKS)
        if int(again.headers["content-length"]) == best:
            break
    else:
        pytest.fail("it was never packed as small as it can be")
    assert again.text == TEXT


def test_the_files_of_a_first_visit_are_small_from_the_first_on(server: str) -> None:
    """What is packed ahead is what the server gives, to the byte."""
    shelf = packed.Shelf()
    shelf.fill(first_visit.files())
    with httpx.Client(base_url=server, headers={"accept-encoding": "identity"}) as page:
        for path, body in first_visit.files():
            plain = packed.travels(path, page.get(path).content)
            assert plain == packed.travels(path, body), path
            found = shelf.kept(hashlib.sha256(plain).digest())
            assert len(plain) < packed.FEW or (found is not None and brotli.decompress(found) == plain), path


@pytest.mark.parametrize("path", ["/explorer/short.js", "/explorer/font.woff2", "/explorer/missing.js", "/answer"])
def test_what_gains_nothing_is_left(client: TestClient, path: str) -> None:
    assert "content-encoding" not in client.get(path, headers=PACKS).headers


def test_what_is_kept_is_bounded_whatever_the_server_is_called(client: TestClient) -> None:
    for number in range(20):
        answer = client.get("/", headers={**PACKS, "host": f"name-{number}"})
        assert answer.headers["content-encoding"] == "br"
        assert answer.text == f"{TEXT}name-{number}"
    stack: Any = client.app
    stack = stack.middleware_stack
    while not isinstance(stack, packed.Packed):
        stack = stack.app
    assert 0 < sum(map(len, stack.shelf._kept.values())) <= KEPT


def test_who_cannot_unpack_it_gets_it_plain(client: TestClient) -> None:
    answer = client.get("/explorer/long.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.text == TEXT


def test_a_file_of_the_page_comes_whole_and_with_few_headers(server: str) -> None:
    with httpx.Client(base_url=server, headers=PACKS) as page:
        for path in ("kit.html", "vendor/d3.js"):
            answer = page.get(f"/explorer/{path}")
            assert answer.headers["content-encoding"] == "br"
            assert answer.content == (places.assets() / path).read_bytes()
            assert answer.headers["vary"] == "Accept-Encoding"  # a file is the same for every origin
            if path.endswith(".js"):
                assert sum(len(name) + len(value) + 4 for name, value in answer.headers.items()) < 262
            same = page.get(f"/explorer/{path}", headers={"if-none-match": answer.headers["etag"]})
            assert (same.status_code, same.content) == (304, b"")
        for path in ("/", "/config", "/explorer/panels.json"):
            assert "frame-ancestors" in page.get(path).headers["content-security-policy"]


def test_the_stylesheets_joined_are_asked_for_again_only_when_they_changed(server: str) -> None:
    with httpx.Client(base_url=server, headers=PACKS) as page:
        answer = page.get(f"/explorer/{scripts.SHEET}")
        assert answer.headers["content-type"].startswith("text/css")
        assert answer.text == packed.travels(f"/explorer/{scripts.SHEET}", scripts.sheet().encode()).decode()
        same = page.get(f"/explorer/{scripts.SHEET}", headers={"if-none-match": answer.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")


def test_without_its_comments_and_indents_a_script_or_style_is_the_same(tmp_path: Path) -> None:
    """Both are minified: no string that looks like a comment is lost, and nothing but comments and indents is."""
    assets = places.assets()
    own = [path for folder in ("shell", "kit", "views") for path in (assets / folder).rglob("*.js")]
    own += [path for folder in ("css", "shell", "kit", "views") for path in (assets / folder).rglob("*.css")]
    for path in own:
        address = f"/explorer/{path.relative_to(places.assets()).as_posix()}"
        assert packed.OWN.fullmatch(address)
        for variant, text in (("whole", path.read_bytes()), ("bare", packed.travels(address, path.read_bytes()))):
            file = tmp_path / variant / path.relative_to(places.assets())
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)
    for variant in ("whole", "bare"):
        command = [
            ROOT / "node_modules/.bin/esbuild",
            *(tmp_path / variant).rglob("*.js"),
            *(tmp_path / variant).rglob("*.css"),
            "--minify",
            "--outdir=small",
        ]
        done = subprocess.run(command, cwd=tmp_path / variant, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    small = sorted((tmp_path / "whole/small").rglob("*.*s"))
    assert len(small) == len(own)
    for path in small:
        assert path.read_bytes() == (tmp_path / "bare" / path.relative_to(tmp_path / "whole")).read_bytes(), path
