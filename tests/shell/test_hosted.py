"""A public server as strangers and its keepers meet it: its bounds, its probes, what it logs, and whom it calls."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from explorer.stack.inference.decoding.sampler_settings import SETTINGS
from tests.shell.started import ROOT, Started

MARKER = "xyzzyplugh"
RUNS, LOOKS = 6, 8
#: What a job measures soon.
SMALL = "model=six-kinds-dense"
#: loaded by each Python before anything else: it refuses, and writes down, every way to another machine
REFUSES = """
import sys

def hook(event, args):
    if event == "socket.connect":
        place = args[1] if isinstance(args[1], tuple) else ("127.0.0.1",)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        place = (args[0],)
    else:
        return
    named = str(place[0] if place[0] is not None else "127.0.0.1")
    if not (named in ("localhost", "::1", "0.0.0.0") or named.startswith("127.")):
        with open(FILE, "a") as out:
            out.write(f"{event} {place}\\n")
        raise PermissionError(f"{event} {place}")

sys.addaudithook(hook)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hosted")
    (made / "sitecustomize.py").write_text(REFUSES.replace("FILE", repr(str(made / "calls"))))
    return made


@pytest.fixture(scope="module")
def hosted(folder: Path) -> Iterator[Started]:
    server = Started(
        folder / "log",
        preload=True,
        PYTHONPATH=f"{folder}:{ROOT}",
        HF_HUB_OFFLINE="0",  # nothing but the server itself keeps it from the net
        EXPLORER_PUBLIC="1",
        EXPLORER_LOGS="json",
        EXPLORER_PROXIES="127.0.0.0/8",
        EXPLORER_RUNS=str(RUNS),
        EXPLORER_LOOKS=str(LOOKS),
        EXPLORER_FRAME_ANCESTORS="self, https://school.example",
    )
    yield server
    server.end()


@pytest.fixture(scope="module")
def first(hosted: Started) -> httpx.Response:
    """The first answer of /readyz."""
    return httpx.get(hosted.address + "/readyz", timeout=60)


@pytest.fixture(scope="module")
def ready(hosted: Started, first: httpx.Response) -> Started:
    for _ in range(600):
        if httpx.get(hosted.address + "/readyz", timeout=60).status_code == 200:
            return hosted
        time.sleep(0.2)
    raise TimeoutError(hosted.log.read_text())


def visitor(server: Started, address: str) -> httpx.Client:
    return httpx.Client(base_url=server.address, timeout=120, headers={"x-forwarded-for": f"198.51.100.7, {address}"})


def metrics(server: Started) -> dict[str, float]:
    lines = httpx.get(server.address + "/metrics", timeout=60).text.splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if line[:1] not in ("", "#")}


def traced(client: httpx.Client, query: str) -> str:
    event = client.post("/gradio_api/call/trace", json={"data": [query]}).json()["event_id"]
    return client.get(f"/gradio_api/call/trace/{event}").text


def event_of(client: httpx.Client, name: str) -> int:
    return next(each["id"] for each in client.get("/config").json()["dependencies"] if each["api_name"] == name)


def dispatched(client: httpx.Client, event: int, session: str, **wish: Any) -> httpx.Response:
    sidebar = ["smollm2-135m", "Hi", False, 0, 7, *(each.first for each in SETTINGS)]
    call = {"data": [json.dumps(wish), *sidebar], "fn_index": event, "session_hash": session}
    return client.post("/gradio_api/queue/join", json=call)


def heard(client: httpx.Client, session: str) -> str:
    return client.get("/gradio_api/queue/data", params={"session_hash": session}).text


def refused_after(bound: int, ask: Callable[[int], httpx.Response]) -> httpx.Response:
    """The first refusal: not within the bound, and soon after it, since of a minute that turns a share is counted."""
    for made in range(bound + 4):
        answer = ask(made)
        if "retry-after" in answer.headers:
            assert made >= bound
            return answer
        assert answer.is_success
    raise AssertionError(f"{bound + 4} were let in")


@pytest.mark.thorough
def test_it_is_ready_when_the_model_is_loaded_and_a_process_measures(first: httpx.Response, ready: Started) -> None:
    assert first.status_code == 503
    assert first.json() == {"ready": False, "reason": "The default model is being loaded."}
    assert first.headers["retry-after"]
    assert httpx.get(ready.address + "/readyz").json() == {"ready": True, "reason": ""}


def test_what_a_visitor_writes_is_in_no_log_and_no_number(ready: Started) -> None:
    with visitor(ready, "203.0.113.1") as client:
        assert "event: complete" in traced(client, f"model=smollm2-135m&text={MARKER}&new=1")
        assert "interventions" in traced(client, f"text={MARKER}&do=" + ",".join(["mlp:1"] * 40))
        event = event_of(client, "dispatch")
        assert dispatched(client, event, "marked", query=f"text={MARKER} again&new=1").is_success
        assert MARKER in heard(client, "marked")
        look = {"views": ["removed"], "panel": "head_card", "query": f"{SMALL}&text={MARKER}&new=0", "action": "look"}
        call = {"data": [json.dumps(look)], "fn_index": event_of(client, "look"), "session_hash": "looks"}
        assert client.post("/gradio_api/queue/join", json=call).is_success
        told = heard(client, "looks").replace('": "', '":"')
        assert '"state":"done"' in told, told[-3000:]
        client.get(f"/?text={MARKER}")
    said = ready.log.read_text()
    written = [json.loads(line) for line in said.splitlines()]
    assert {"run", "job", "request"} <= {line["message"] for line in written}
    assert {line["ended"] for line in written if line["message"] == "run"} >= {"done", "BadRequestError"}
    numbers = httpx.get(ready.address + "/metrics").text
    assert 'explorer_runs_total{ended="done"}' in numbers
    assert 'explorer_requests_total{route="join",status="200"}' in numbers
    assert "process_resident_memory_bytes" in numbers
    for name in (MARKER, "198.51.100.7", "203.0.113"):
        assert name not in said
        assert name not in numbers


def test_the_numbers_are_for_this_machine(ready: Started) -> None:
    assert metrics(ready)["explorer_ready"] == 1
    for header in ("x-forwarded-for", "via", "forwarded", "x-real-ip"):
        assert httpx.get(ready.address + "/metrics", headers={header: "203.0.113.2"}).status_code == 403


def test_each_visitor_has_runs_of_their_own(ready: Started) -> None:
    with visitor(ready, "203.0.113.3") as client, visitor(ready, "203.0.113.4") as other:
        event = event_of(client, "dispatch")

        def ask(n: int) -> httpx.Response:
            client.headers["x-forwarded-for"] = f"198.51.100.{n}, 203.0.113.3"  # what stands in front changes nothing
            return dispatched(client, event, f"many{n}", action="rest")

        refused = refused_after(RUNS, ask)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert f"{RUNS} runs and measurements a minute" in refused.json()["detail"]

        def trace(_: int) -> httpx.Response:
            return client.post("/gradio_api/call/trace", json={"data": ["text=x"]})

        assert refused_after(0, trace).status_code == 429
        assert dispatched(other, event, "one", action="rest").is_success


def test_a_function_of_the_page_is_told_to_ask_again(ready: Started) -> None:
    with visitor(ready, "2001:db8:1:2::1") as client:
        stage = next(
            each["id"] for each in client.get("/config").json()["components"]
            if each["props"].get("elem_id") == "stageview"
        )  # fmt: skip
        call = {"data": "{}", "component_id": stage, "fn_name": "render", "session_hash": "x"}
        with visitor(ready, "2001:db8:1:2:ffff::9") as neighbour:  # of one network of 64 bits
            pair = (client, neighbour)
            refused = refused_after(LOOKS, lambda n: pair[n % 2].post("/gradio_api/component_server", json=call))
        assert refused.json()["name"] == "BusyError"


def test_a_public_prompt_is_shorter(ready: Started) -> None:
    with visitor(ready, "203.0.113.5") as client:
        assert "the limit is 512" in traced(client, "text=" + "word+" * 600)


def test_who_may_show_it_within_a_page(ready: Started) -> None:
    headers = httpx.get(ready.address + "/").headers
    assert headers["content-security-policy"].endswith("frame-ancestors 'self' https://school.example")
    assert "x-frame-options" not in headers


def test_work_ends_with_its_visitor(ready: Started) -> None:
    """In mid-stream: what was being written stops, and the processors fall silent."""
    before = metrics(ready).get('explorer_runs_total{ended="Stopped"}', 0)
    with visitor(ready, "203.0.113.6") as client:
        query = "text=" + "word+" * 480 + "&new=64"
        assert dispatched(client, event_of(client, "dispatch"), "leaves", query=query).is_success
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "leaves"}) as stream:
            for line in stream.iter_lines():
                if "Run the model" in line:
                    break
    for _ in range(100):
        if metrics(ready).get('explorer_runs_total{ended="Stopped"}', 0) > before:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("it went on")
    process = psutil.Process(ready.process.pid)
    time.sleep(1.5)  # what was freed is handed back
    spent, at = sum(process.cpu_times()[:2]), time.monotonic()
    time.sleep(2)
    share = (sum(process.cpu_times()[:2]) - spent) / (time.monotonic() - at)
    assert share < 0.2, f"{share:.0%} of a processor for nobody"


@pytest.mark.thorough
def test_a_killed_process_that_measures_is_started_again(ready: Started) -> None:
    def workers() -> list[psutil.Process]:
        children = psutil.Process(ready.process.pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    killed = workers()
    assert killed
    for worker in killed:
        worker.kill()
    psutil.wait_procs(killed, 10)
    said = httpx.get(ready.address + "/readyz")
    assert (said.status_code, said.json()["reason"]) == (503, "The process that measures is being started.")
    for _ in range(300):
        if httpx.get(ready.address + "/readyz").status_code == 200:
            break
        time.sleep(0.1)
    assert {each.pid for each in workers()}.isdisjoint(each.pid for each in killed)
    assert workers()


def test_it_calls_nobody(ready: Started, folder: Path) -> None:
    """Last: all that was asked for above, a visit's files, and a model that only the hub has."""
    with visitor(ready, "203.0.113.8") as client:
        page = client.get("/").text
        for path in {part.split('"')[0] for part in page.split('"/')[1:]}:
            client.get("/" + path)
        assert "opens only its own models" in traced(client, "model=someone/else&text=x")
    assert not (folder / "calls").exists(), (folder / "calls").read_text()
    program = "import socket; socket.create_connection(('example.org', 80))"
    tried = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(folder)}, capture_output=True)
    assert tried.returncode
    assert "example.org" in (folder / "calls").read_text(), "the watch sees"
