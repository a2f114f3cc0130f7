"""The page's functions, fuzzed: whatever is asked of them, the answer is theirs, or a sentence that says why not.

`Error` is what a visitor sees of a fault of the explorer's own: here it fails. EXPLORER_FUZZ=5000 tries so many each.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from explorer.panels import panels
from explorer.panels.selection import SELECTION
from explorer.shell import service
from explorer.shell.page import dispatch, quick_line
from explorer.shell.recorded import endpoint
from explorer.stack.inference.decoding.sampler_settings import SETTINGS
from tests.shell.loops import all_values, finish

MODEL = "six-kinds-dense"
HERE = f"model={MODEL}&text=And+it+came&new=1"
EXAMPLES = int(os.environ.get("EXPLORER_FUZZ", "25"))
FUZZED = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

WORDS = st.sampled_from(
    ["${alert(1)}", "<img src=x onerror=alert(1)>", "../etc/passwd", "\x00", "\ud800", "nan", "1e999", "-0", "🌚" * 9]
) | st.text(max_size=30)  # fmt: skip
NUMBERS = st.integers(-9, 40) | st.integers() | st.floats() | st.sampled_from([2**31, 2**53, -(2**63), 10**300])
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS
JSON: Any = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
KEYS = ["text", "new", "seed", "T", "k", "order", "force", "do", "pos", "layer", "s", "chat", "panel", "view"]
LINKS = st.sampled_from([HERE, "", "?", f"model={MODEL}"]) | st.lists(
    st.tuples(st.sampled_from(KEYS) | WORDS, WORDS), max_size=6
).map(lambda pairs: HERE + "".join(f"&{name}={value}" for name, value in pairs))


#: as many as the page has controls: of calls with others the envelope is refused
SIDEBARS = st.tuples(st.just(MODEL) | SCALARS, st.just("And it came") | SCALARS, *[SCALARS] * (3 + len(SETTINGS)))


@cache
def names() -> list[str]:
    return [*panels()]


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Any]:
    """What the page could ask for, with values that it would not."""
    panel = panels()[draw(st.sampled_from(names()))]
    views = [view.name for view in panel.views if not view.heavy]
    controls = sorted({name for view in panel.views for name in view.controls})
    wish: dict[str, Any] = {
        "query": draw(st.just(HERE) | LINKS),
        "panel": panel.name,
        "views": draw(st.lists(st.sampled_from(views), max_size=2)) if views else [],
        "focus": draw(st.dictionaries(st.sampled_from([each.name for each in SELECTION]), SCALARS, max_size=5)),
    }
    if controls:
        wish["controls"] = draw(st.dictionaries(st.sampled_from(controls), SCALARS, max_size=4))
    for name in draw(st.lists(st.sampled_from([*wish, "other"]), max_size=2)):
        wish[name] = draw(JSON)
    return wish


def said(answer: Any) -> dict[str, Any]:
    """The answer, if it is one; anything else fails."""
    text = json.dumps(answer, allow_nan=False)
    assert isinstance(answer, dict)
    assert "Traceback" not in text
    if answer.get("kind") == "error":
        assert answer["message"]
        assert answer["name"] != "Error", answer
    return answer


@pytest.fixture(scope="module", autouse=True)
def at_hand() -> None:
    service.Explorer().run(HERE, "walk", {}, {})


@FUZZED
@given(wish=wishes() | JSON)
def test_a_view_is_drawn_or_a_sentence_says_why_not(wish: Any) -> None:
    said(finish(quick_line.render(json.dumps(wish))))


@FUZZED
@given(wish=st.fixed_dictionaries({}, optional={"panel": st.sampled_from(names()) | JSON, "view": WORDS | JSON}) | JSON)
def test_a_source_is_listed_or_a_sentence_says_why_not(wish: Any) -> None:
    said(finish(quick_line.source(json.dumps(wish))))


@FUZZED
@given(
    wish=st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(["five-minutes", "tokens"]) | JSON,
            "text": WORDS | JSON,
            "step": NUMBERS | JSON,
            "phase": st.sampled_from(["shown", "asked", "answered"]) | JSON,
        },
    )
    | JSON
)
def test_a_lesson_is_told_or_a_sentence_says_why_not(wish: Any) -> None:
    said(finish(quick_line.lesson(json.dumps(wish))))


@FUZZED
@given(link=LINKS | JSON, live=st.sampled_from(["https://a.example", "javascript:alert(1)"]) | JSON)
def test_a_notebook_is_written_or_a_sentence_says_why_not(link: Any, live: Any) -> None:
    said(finish(endpoint.panel_notebook(json.dumps({"link": link, "live": live}))))


@FUZZED
@given(wish=wishes(), action=st.sampled_from(["rest", "views"]) | WORDS, sidebar=SIDEBARS)
def test_a_run_is_made_or_a_sentence_says_why_not(wish: dict[str, Any], action: str, sidebar: list[Any]) -> None:
    for answer in all_values(lambda: dispatch.dispatch(json.dumps({**wish, "action": action}), *sidebar)):
        said(answer)


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    """Of the server that all tests share, whose log must hold no traceback in the end."""
    with httpx.Client(base_url=server, timeout=60) as opened:
        yield opened


CALLS = st.fixed_dictionaries(
    {},
    optional={
        "data": JSON | wishes().map(json.dumps), "fn_index": NUMBERS, "component_id": NUMBERS | JSON,
        "fn_name": st.sampled_from(["render", "source", "lesson", "panel_file", "__init__"]) | JSON,
        "session_hash": WORDS | JSON, "trigger_id": JSON, "event_data": JSON,
    },
)  # fmt: skip
PATHS = ("component_server", "run/predict", "queue/join", "call/trace", "call/ask", "cancel", "reset", "nothing")


@FUZZED
@given(path=st.sampled_from(PATHS), body=CALLS.map(json.dumps) | JSON.map(json.dumps) | st.binary(max_size=60))
@example(path="component_server", body="[" * 50_000)
@example(path="queue/join", body=b"\xff")
def test_no_call_is_a_fault_of_the_server(client: httpx.Client, path: str, body: str | bytes) -> None:
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    answer = client.post(f"/gradio_api/{path}", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text


@FUZZED
@given(search=LINKS)
def test_no_link_is_a_fault_of_the_server(client: httpx.Client, search: str) -> None:
    page = client.get("/", params={"text": search.encode("utf-8", "replace").decode()})
    assert page.status_code == 200
    assert "onerror=alert" not in page.text
