"""The page's files as they are served: a checkout's as they lie, a wheel's bundles small and for always."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterator
from pathlib import Path

import brotli
import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from explorer import places
from explorer.panels import panels
from explorer.shell.files import manifest, terms
from explorer.shell.files.headed import Headed
from explorer.shell.files.served import Assets, Bundles
from explorer.shell.http.middleware import NAMED
from tests.conftest import serving


@pytest.fixture(autouse=True)
def _types() -> None:
    """Gradio's app, where a test of this process has made one, names scripts otherwise."""
    mimetypes.add_type("text/javascript", ".js")


PACKS = {"accept-encoding": "gzip, br"}


def test_a_checkout_serves_every_module_as_it_lies() -> None:
    assert places.bundles() is None, "bundles of another day would hide what changes"
    app = Starlette(routes=[Mount("/explorer", Assets(directory=places.assets()))])
    with TestClient(app) as client:
        paths = [path for ending in ("js", "css") for path in places.assets().rglob(f"*.{ending}")]
        assert len(paths) > 500
        for path in paths:
            answer = client.get(f"/explorer/{path.relative_to(places.assets()).as_posix()}")
            assert answer.content == path.read_bytes()
            assert answer.headers["content-type"].startswith(("text/javascript", "text/css"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The server of a checkout; nobody asks it for a run."""
    program = "from explorer.shell.app import serve; serve(preload=False)"
    log = tmp_path_factory.mktemp("checkout") / "server.log"
    with serving(log, "-c", program) as at, httpx.Client(base_url=at, headers=PACKS, timeout=60) as client:
        yield client


def test_a_checkouts_file_is_asked_for_again_and_sent_when_it_changed(checkout: httpx.Client) -> None:
    for path in ("shell/page.js", "css/all.css", "kit.html", "vendor/d3.js"):
        answer = checkout.get(f"/explorer/{path}")
        assert answer.content == (places.assets() / path).read_bytes()
        assert answer.headers["cache-control"] == "no-cache"
        same = checkout.get(f"/explorer/{path}", headers={"if-none-match": answer.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
    for path in ("/", "/config", "/explorer/panels.json", "/explorer/panels/walk.json"):
        assert "frame-ancestors" in checkout.get(path).headers["content-security-policy"]


def test_nothing_beside_the_folder_is_served(checkout: httpx.Client) -> None:
    for path in ("../pyproject.toml", "%2e%2e/pyproject.toml", "..%2fpyproject.toml", "bundles/bundles.json"):
        assert checkout.get(f"/explorer/{path}").status_code == 404


def test_the_chart_library_is_packed_and_asked_for_again(checkout: httpx.Client) -> None:
    plain = checkout.get("/explorer/lib/plotly.js", headers={"accept-encoding": "identity"})
    small = checkout.get("/explorer/lib/plotly.js", headers=PACKS)
    assert small.headers["content-encoding"] == "br"
    assert small.content == plain.content
    tag = {"if-none-match": small.headers["etag"], **PACKS}
    assert checkout.get("/explorer/lib/plotly.js", headers=tag).status_code == 304


@pytest.fixture
def wheel(bundled: Path) -> Iterator[TestClient]:
    app = Starlette(
        routes=[
            Route("/", lambda request: HTMLResponse("<head><title>é</title></head><body></head></body>")),
            Mount("/explorer/bundles", Bundles(directory=bundled)),
            Mount("/explorer", Assets(directory=places.assets())),
        ]
    )
    app.add_middleware(Headed, head=lambda: "<script></script>")
    with TestClient(app) as client:
        yield client


def test_a_bundle_is_kept_for_always_and_comes_small_to_who_can_unpack_it(wheel: TestClient, bundles: Path) -> None:
    names = json.loads((bundles / "bundles.json").read_text())
    for name in {*names["files"].values(), *names["imports"], *names["gradio"]["replaces"].values()}:
        plain = wheel.get(f"/explorer/bundles/{name}", headers={"accept-encoding": "identity"})
        small = wheel.get(f"/explorer/bundles/{name}", headers=PACKS)
        assert plain.content == small.content == (bundles / name).read_bytes()
        assert "content-encoding" not in plain.headers
        assert plain.headers["content-type"] == small.headers["content-type"]
        for answer in (plain, small):
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["vary"] == "Accept-Encoding"
            assert not {"etag", "last-modified"} & set(answer.headers)
        if not name.endswith(".woff2"):
            assert small.headers["content-encoding"] == "br"
            assert brotli.decompress((bundles / f"{name}.br").read_bytes()) == plain.content


def test_who_asks_for_a_file_finds_the_bundle_that_stands_for_it(wheel: TestClient) -> None:
    found = wheel.get("/explorer/shell/page.js", follow_redirects=False)
    assert found.status_code == 307
    assert found.headers["cache-control"] == "no-cache"
    assert wheel.get("/explorer/css/theme.css").headers["content-type"].startswith("text/css")
    assert wheel.get("/explorer/glossary.html").content == (places.assets() / "glossary.html").read_bytes()


@pytest.mark.parametrize(
    "name", ["bundles.json", "bundles.json.br", "../bundles.json", "page-AAAAAAAA.js", "", "x.js.br"]
)
def test_no_other_file_of_that_folder_is_served(wheel: TestClient, name: str) -> None:
    answer = wheel.get(f"/explorer/bundles/{name}", headers=PACKS)
    assert answer.status_code == 404
    assert "cache-control" not in answer.headers


def test_the_head_stands_in_the_page_once_whatever_is_accepted(wheel: TestClient) -> None:
    for accepted in ("br", "gzip", "identity"):
        answer = wheel.get("/", headers={"accept-encoding": accepted})
        assert answer.text == "<head><title>é</title><script></script>\n</head><body></head></body>"


def test_gradios_own_files_are_kept_where_their_names_hold_a_hash(checkout: httpx.Client) -> None:
    script = checkout.get("/").text.partition('crossorigin src="./')[2].partition('"')[0]
    assert NAMED.fullmatch(f"/{script}")
    assert "immutable" in checkout.get(f"/{script}").headers["cache-control"]
    missing = checkout.get("/assets/index-DphvyggX.js")
    assert missing.status_code == 404
    assert "immutable" not in missing.headers.get("cache-control", "")
    assert not NAMED.fullmatch("/assets/index.js")


def test_a_panels_file_has_its_own_words_and_no_others(checkout: httpx.Client) -> None:
    walk = checkout.get("/explorer/panels/walk.json").json()
    assert [view["name"] for view in walk["views"]] == [view.name for view in panels()["walk"].views]
    assert checkout.get("/explorer/panels/nothing.json").status_code == 404
    every = {term["term"] for term in terms.glossary()}
    own = {term["term"] for term in walk["terms"]}
    assert {"logit", "residual stream"} <= own
    assert len(own) < len(every) / 3
    assert not own & {term["term"] for term in terms.glossary() if term.get("common")}


def test_a_term_is_found_in_each_way_that_it_is_written() -> None:
    def named(text: str) -> set[str]:
        return {term["term"] for term in terms.named_in(text)}

    assert "logit lens" in named("Logit lenses, or a logit lens.")
    assert "query, key, value" in named("two queries")
    assert "logit" not in named("logitic")
    assert named("") == set()


def test_what_a_page_opens_with_does_not_grow_with_what_panels_say() -> None:
    opening = json.loads(manifest.opening_file())
    each = len(json.dumps(opening["chapters"])) / len(panels())
    assert each < 100, f"{each:.0f} bytes for a panel's name and title"
    assert set(opening) == {"chapters", "panels", "stored", "each", "all"}
    assert len(opening["panels"]) == 1


def test_the_map_has_each_chapter_that_has_panels_once() -> None:
    parts = json.loads(manifest.panels_file())["parts"]
    mapped = [chapter["name"] for part in parts for chapter in part["chapters"]]
    assert sorted(mapped) == sorted({panel.chapter for panel in panels().values()})
    assert all(chapter["about"].endswith(".") for part in parts for chapter in part["chapters"])
