"""What a stranger's call of the page's functions meets, on the real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from explorer.stack.inference.decoding.sampler_settings import SETTINGS

CALL = "/gradio_api/component_server/"
QUERY = "model=smollm2-135m&text=hello&new=1"


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="module")
def config(client: httpx.Client) -> dict[str, Any]:
    return client.get("/config").json()


@pytest.fixture(scope="module")
def call(client: httpx.Client, config: dict[str, Any]) -> dict[str, Any]:
    """A light request of the page that succeeds: of a run that has been made."""
    event = client.post("/gradio_api/call/trace", json={"data": [QUERY]}).json()["event_id"]
    assert "event: complete" in client.get(f"/gradio_api/call/trace/{event}").text
    stage = next(each["id"] for each in config["components"] if each["props"].get("elem_id") == "stageview")
    wish = {"query": QUERY, "panel": "walk", "views": [], "focus": {}, "controls": {}}
    return {"data": json.dumps(wish), "fn_name": "render", "component_id": stage, "session_hash": "x"}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"origin": "http://127.0.0.1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_sites_page_sends_nothing(
    client: httpx.Client, server: str, call: dict[str, Any], headers: dict[str, str]
) -> None:
    answer = client.post(CALL, json=call, headers=headers)
    assert answer.status_code == 403
    assert "site" in answer.json()["detail"]
    assert client.post(CALL, json=call, headers={"origin": server, "sec-fetch-site": "same-origin"}).is_success
    assert client.post(CALL, json=call).is_success, "a program has no origin"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
def test_what_a_form_can_send_is_no_call(client: httpx.Client, call: dict[str, Any], content_type: str | None) -> None:
    for path in (
        CALL,
        "/gradio_api/queue/join",
        "/gradio_api/run/predict",
        "/gradio_api/call/trace",
        "/gradio_api/cancel",
    ):
        headers = {"content-type": content_type} if content_type else {}
        assert client.post(path, content=json.dumps(call), headers=headers).status_code == 415
    answer = client.post(CALL, content=json.dumps(call), headers={"content-type": "Application/JSON; charset=utf-8"})
    assert answer.is_success


def test_a_stranger_cannot_skip_the_queue(client: httpx.Client, config: dict[str, Any]) -> None:
    queued = [each for each in config["dependencies"] if each["queue"]]
    assert {each["api_name"] for each in queued} >= {"dispatch", "trace"}
    for each in queued:
        wish = {"data": [None] * len(each["inputs"]), "fn_index": each["id"], "session_hash": "x"}
        assert client.post("/gradio_api/run/predict", json=wish).status_code == 404


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("controls", [f'{{"a": {nested(900)}}}', nested(20_000), '{"a": NaN}', "{"])
def test_a_request_that_cannot_be_answered_is_told(client: httpx.Client, call: dict[str, Any], controls: str) -> None:
    """By the page's own error where the request is a text within the call, by a status where it is the call itself."""
    assert client.post(CALL, json=call).json()["kind"] == "views"
    within = {**call, "data": call["data"].replace('"controls": {}', f'"controls": {controls}')}
    answer = client.post(CALL, json=within)
    assert (answer.status_code, answer.json()["name"]) == (200, "BadRequestError")
    itself = json.dumps({**call, "data": 0}).replace('"data": 0', f'"data": {controls}')
    answer = client.post(CALL, content=itself, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "The request is" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("controls", "back"),
    [
        ('{"a": "x\\ud800"}', {"a": "x\ufffd"}),
        ('{"\\udc00": 1}', {"\ufffd": 1}),
        (f'{{"a": 1{"0" * 15}}}', {"a": 10**15}),
    ],
)
def test_what_python_alone_reads_can_be_answered(
    client: httpx.Client, call: dict[str, Any], controls: str, back: dict[str, Any]
) -> None:
    """Half a character as in a prompt, and a long number; in the request and in the call around it."""
    within = {**call, "data": call["data"].replace('"controls": {}', f'"controls": {controls}')}
    assert client.post(CALL, json=within).json()["controls"] == back
    itself = json.dumps({**call, "data": 0}).replace('"data": 0', f'"data": {controls}')
    answer = client.post(CALL, content=itself, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["name"]) == (200, "BadRequestError")


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (CALL, {"component_id": 10**6}),
        (CALL, {"component_id": [1]}),
        (CALL, {"fn_name": "__init__"}),
        (CALL, {"session_hash": "x" * 1000}),
        ("/gradio_api/queue/join", {"fn_index": 10**6}),
        ("/gradio_api/queue/join", {"fn_index": -1}),
        ("/gradio_api/queue/join", {"fn_index": 0, "data": []}),
        ("/gradio_api/run/predict", {"fn_index": None}),
        ("/gradio_api/run/predict", {"fn_index": 0, "data": [999]}),
        ("/gradio_api/run/predict", {"fn_index": 0, "data": [{"path": "/etc/passwd"}]}),
        ("/gradio_api/run/predict", {"fn_index": 2, "data": []}),
        ("/gradio_api/call/trace", {"data": []}),
        ("/gradio_api/call/trace", {"data": ["a", "b"]}),
    ],
)
def test_a_call_to_nothing_is_told(
    client: httpx.Client, call: dict[str, Any], path: str, change: dict[str, Any]
) -> None:
    """Without a traceback in the log: the fixture of the server looks."""
    answer = client.post(path, json={**call, **change})
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_the_example_and_the_link_of_no_text_are_harmless(client: httpx.Client, config: dict[str, Any]) -> None:
    restore = next(each["id"] for each in config["dependencies"] if each["api_name"] == "restore")
    for link in (None, "?", "?seed=1" + "0" * 40, "?text=x&seed=1" + "0" * 40):
        wish = {"data": [link], "fn_index": restore, "session_hash": "x"}
        assert client.post("/gradio_api/run/predict", json=wish).status_code == 200


def test_a_program_may_call_the_trace(server: str) -> None:
    from gradio_client import Client

    told = Client(server, verbose=False, analytics_enabled=False).predict(QUERY, api_name="/trace")
    assert told["query"] == QUERY


FILES = [
    {"path": "/dev/zero", "meta": {"_type": "gradio.FileData"}},
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    {"path": "http://127.0.0.1:9/x", "meta": {"_type": "gradio.FileData"}},
    [{"a": [{"path": "file:///etc/passwd", "url": "http://127.0.0.1:9/x", "meta": {"_type": "gradio.FileData"}}]}],
    {},
    [],
]


@pytest.mark.parametrize("value", FILES)
def test_nothing_that_looks_like_a_file_reaches_gradio(
    client: httpx.Client, config: dict[str, Any], value: Any
) -> None:
    """It opened, copied or fetched whatever a value named, before any of the page's own code was asked."""
    for each in config["dependencies"]:
        if not each["inputs"] or not each["backend_fn"]:
            continue
        for at in range(len(each["inputs"])):
            data: list[Any] = [None] * len(each["inputs"])
            data[at] = value
            call = {"data": data, "fn_index": each["id"], "session_hash": "files"}
            for path in ("/gradio_api/run/predict", "/gradio_api/queue/join"):
                answer = client.post(path, json=call)
                assert answer.status_code == 400
                assert "one by one" in answer.json()["detail"]
    assert client.post("/gradio_api/call/trace", json={"data": [value]}).status_code == 400


@pytest.mark.parametrize("session", ["", "x" * 65, 5, ["a"]])
def test_a_session_has_a_name(client: httpx.Client, config: dict[str, Any], session: Any) -> None:
    for each in config["dependencies"]:
        call = {"data": ["text=a"] * len(each["inputs"]), "fn_index": each["id"], "session_hash": session}
        assert client.post("/gradio_api/queue/join", json=call).status_code == 400


SIDEBAR: list[Any] = ["{}", "smollm2-135m", "hi", False, 0, 7, *(each.first for each in SETTINGS)]


@pytest.mark.parametrize(
    ("at", "value"),
    [(6, None), (6, "x"), (6, 1e9), (4, "x"), (4, -1), (5, -1), (5, 2**70), (9, True), (1, None), (2, 5)],
)
def test_odd_values_of_the_sidebar_get_a_sentence(
    client: httpx.Client, config: dict[str, Any], at: int, value: Any
) -> None:
    """And no line in the server's log: the `server` fixture looks."""
    event = next(each["id"] for each in config["dependencies"] if each["api_name"] == "dispatch")
    session = f"odd-{at}-{value}"[:60]
    call = {"data": [*SIDEBAR[:at], value, *SIDEBAR[at + 1 :]], "fn_index": event, "session_hash": session}
    assert client.post("/gradio_api/queue/join", json=call).is_success
    said = client.get("/gradio_api/queue/data", params={"session_hash": session}).text
    assert '"error": null' not in said.replace('":null', '": null')
    assert "process_completed" in said
    assert '"kind":' in said.replace('": "', '":"').replace('"kind":"', '"kind":')


def test_a_run_that_nobody_listens_to_is_not_made(client: httpx.Client, config: dict[str, Any]) -> None:
    """Sixty joined and went away: the next visitor waited a quarter of an hour."""
    event = next(each["id"] for each in config["dependencies"] if each["api_name"] == "dispatch")
    for n in range(20):
        query = f"model=smollm2-135m&text=nobody {n} " + "word " * 300
        call = {"data": [json.dumps({"query": query}), *SIDEBAR[1:]], "fn_index": event, "session_hash": f"away{n}"}
        assert client.post("/gradio_api/queue/join", json=call).is_success
    joined = client.post("/gradio_api/call/trace", json={"data": ["model=smollm2-135m&text=here"]}).json()
    assert "event: complete" in client.get(f"/gradio_api/call/trace/{joined['event_id']}").text
    known = dict(json.loads(client.get("/healthz").text))
    assert known["ok"]
