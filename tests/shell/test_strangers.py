"""What a stranger's link or request can make the server do: nothing outside its own folders, no address, no waiting."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jaxtyping
import pytest

from explorer.errors import ExplorerError, NotFiniteError
from explorer.fetching import cache
from explorer.panels import panels
from explorer.shell import service
from explorer.shell.envelope.answers import ViewsAnswer
from explorer.tracing import PatchPosition, TraceKey
from explorer.zoo.model import Model
from tests.panels.brief import brief
from tests.tiers import spread
from tests.tracing.tiny_configs import tiny

ROOT = Path(__file__).resolve().parents[2]
DENSE, MOE = "smollm2-135m", "six-kinds-moe"
BOMB = "^(a(|)){26}[^ -~&&d-~]$"
REMOTE = "http://127.0.0.1:9/x"
#: what is put into every control there is
HOSTILE = [
    "../../../../etc/passwd", "/etc/passwd", "file:///%65tc/passwd", REMOTE, BOMB, "(?:(?:(?:a?){1000}){1000}){1000}",
    "nan", "-1e999", "\x00", "9" * 400, "[" * 2000, json.dumps({"$ref": REMOTE}),
]  # fmt: skip
SCHEMAS = [
    {"$ref": REMOTE}, {"$ref": "file:///%65tc/passwd"}, {"items": {"$dynamicRef": REMOTE + "#a"}}, {"$schema": REMOTE},
    {"$id": REMOTE, "$ref": "y"}, {"type": "string", "pattern": BOMB}, {"type": "integer", "multipleOf": 123456789},
]  # fmt: skip


class Watch:
    """What the process opens and connects to while it is on. An audit hook stays for good, so it has a switch."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[tuple[str, str]] = []
        python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
        places = [ROOT, cache.cache_folder(), sys.prefix, sys.base_prefix, tempfile.gettempdir()]
        folders = [*places, "/proc", "/sys", "/dev", *python]
        hub = Path(os.environ.get("HF_HOME", Path.home() / ".cache/huggingface"))
        self.allowed = tuple(f"{Path(folder).resolve()}{os.sep}" for folder in [*folders, hub])
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
            self.seen.append((event, repr(args[:2])))
            raise PermissionError(event)
        if event == "open" and isinstance(args[0], str | bytes):
            path = os.path.realpath(os.fsdecode(args[0]))
            if not path.startswith(self.allowed):
                self.seen.append((event, path))
                raise PermissionError(path)


@pytest.fixture(scope="module")
def watch(model: Model) -> Watch:
    return Watch()


@pytest.fixture
def watched(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    jaxtyping.config.update("jaxtyping_disable", True)  # other tests check the shapes
    watch.seen.clear()
    watch.on = True
    yield watch
    watch.on = False
    jaxtyping.config.update("jaxtyping_disable", False)
    assert not watch.seen


def ask(panel: str, query: str, controls: dict[str, Any], names: list[str] | None = None) -> ViewsAnswer | None:
    """The views, or None where a sentence was the answer. Anything but a sentence is an error here."""
    try:
        light = [view.name for view in panels()[panel].views if not view.heavy]
        answer = service.Explorer().views(query, panel, light if names is None else names, {"position": 1}, controls)
    except ExplorerError:
        return None
    json.dumps(answer, allow_nan=False)
    return answer


def query_for(panel: str, text: str = "a b") -> str:
    return TraceKey(MOE if "experts" in panels()[panel].requires else DENSE, text).query()


def test_the_watch_sees(watched: Watch) -> None:
    import socket

    with pytest.raises(PermissionError), Path("/etc/hostname").open():
        pass
    with pytest.raises(PermissionError):
        socket.create_connection(("127.0.0.1", 9))
    assert [event for event, _ in watched.seen] == ["open", "socket.getaddrinfo"]
    watched.seen.clear()


@pytest.mark.parametrize("panel", spread(list(panels()), 5))
def test_no_control_of_a_panel_opens_or_fetches_anything(panel: str, watched: Watch) -> None:
    """Light views, which run no model: every control that there is, set to each of these."""
    known = {name for each in panels().values() for view in each.views for name in view.controls}
    for value in [*HOSTILE[:3], *HOSTILE[6:], 10**6, -(10**9)]:  # the rest are rules
        ask(panel, query_for(panel), dict.fromkeys([*known, "text", "model", "file", "path", "url"], value))


@pytest.mark.parametrize(
    ("form", "rule"),
    spread([("regex", BOMB), ("regex", HOSTILE[5]), ("regex", "[" * 2000), ("regex", "\x00"), ("json", "/etc/passwd"),
     *(("json", json.dumps(schema)) for schema in SCHEMAS)], 3),
)  # fmt: skip
def test_a_hostile_rule_is_answered_with_a_sentence(form: str, rule: str, watched: Watch) -> None:
    """A click on a link sufficed."""
    answer = ask("constrained", query_for("constrained"), {"form": form, "rule": rule, "new": 4}, ["steps"])
    assert answer is not None
    view = answer["views"]["steps"]
    wrong = view["data"]["wrong"]
    assert wrong is None or wrong["message"]
    for check in view["checks"]:
        assert check["error"] is not None, check
        assert check["error"] <= check["tolerance"], check
    if "127.0.0.1" in rule:
        assert wrong is not None
        assert REMOTE in wrong["message"] or "outside" in wrong["message"]


@pytest.mark.parametrize(
    "name", ["http://127.0.0.1:9/x", "../../etc", "/etc/passwd", "file:///etc/passwd", "someone/else", "x.gguf"]
)
def test_no_model_outside_the_shelf_is_opened(name: str, watched: Watch) -> None:
    assert ask("walk", TraceKey(name, "a").query(), {}) is None


def test_logits_that_are_no_numbers_end_the_run_with_a_sentence(model: Model) -> None:
    """Seven edits in a link: the last id of the vocabulary was drawn, again and again."""
    edits = ",".join(f"scale:{layer}:all:1000000" for layer in range(7))
    with pytest.raises(NotFiniteError, match="not numbers"):
        service.Explorer().run(f"model={DENSE}&text=Hello&new=2&do={edits}", "walk", {}, {})


@pytest.mark.parametrize("text", spread(HOSTILE, 1))
def test_no_text_of_a_link_opens_or_fetches_anything(text: str, watched: Watch) -> None:
    """As the prompt, and as a text to patch from."""
    ask("walk", TraceKey(DENSE, text).query(), {})
    ask("walk", TraceKey(DENSE, "a b", interventions=(PatchPosition(3, 1, text, 0),)).query(), {})


@pytest.fixture(scope="module")
def small(folder_of: Callable[[Any], Path], d_vocab: int) -> str:
    """A mixture of experts on which what takes half a minute elsewhere takes a second."""
    return str(folder_of(tiny("mixtral", d_vocab)))


@pytest.mark.thorough
@pytest.mark.parametrize("panel", list(panels()))
def test_no_heavy_view_opens_or_fetches_anything(
    panel: str, small: str, watched: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_PUBLIC", "0")  # the small model is a folder
    controls = {name: REMOTE for view in panels()[panel].views for name in view.controls}
    heavy = [view.name for view in panels()[panel].views if view.heavy]
    if heavy:
        ask(panel, TraceKey(small, "a b c d").query(), controls | dict(brief(panel).controls), heavy)
