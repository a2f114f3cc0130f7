"""Pictures that a visitor brings: kept in memory, named by what they show, refused on a public server."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from explorer.errors import BadRequestError
from explorer.panels import panels
from explorer.shell import settings
from explorer.shell.jobs.order import order_of
from explorer.shell.page import quick_line
from explorer.shell.service import Explorer
from explorer.shell.settings import Settings
from explorer.shell.views import brought
from tests.shell.loops import finish

PANEL = "pictures_and_speech"


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    before = list(settings._started)
    settings.start(Settings())
    brought._kept.clear()
    yield
    brought._kept.clear()
    settings._started[:] = before


def request(colour: str = "teal", side: int = 60) -> str:
    stored = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(stored, "PNG")
    return json.dumps({"file": base64.b64encode(stored.getvalue()).decode()})


def test_a_picture_has_one_name_and_an_order_takes_it_along() -> None:
    name = brought.bring(request())["name"]
    assert brought.bring(request())["name"] == name != brought.bring(request("red"))["name"]
    panel = panels()[PANEL]
    order = order_of(panel, panel.view("patches"), "", {}, {"picture": name})
    assert [each for each, _ in order.files] == [name]
    assert Image.open(io.BytesIO(order.files[0][1])).size == (60, 60)
    brought._kept.clear()
    forgotten = order_of(panel, panel.view("patches"), "", {}, {"picture": name})
    assert not forgotten.files
    assert forgotten.key != order.key  # the answer that it is gone is not the picture's


def test_it_is_drawn_and_one_that_is_gone_is_said_to_be() -> None:
    name = brought.bring(request("navy"))["name"]

    def drawn() -> Any:
        return Explorer().views("", PANEL, ["patches"], {}, {"picture": name})["views"]["patches"]

    here = drawn()
    assert here["data"]["picture"] == name
    assert here["data"]["takes"]
    assert all(check["error"] <= check["tolerance"] for check in here["checks"])
    brought._kept.clear()
    gone = drawn()
    assert gone["data"]["picture"] != name
    assert "no longer in the server’s memory" in gone["about"]


def test_a_public_server_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.start(Settings(public=True))
    with pytest.raises(BadRequestError, match="takes no pictures"):
        brought.bring(request())
    data = Explorer().views("", PANEL, ["patches"], {}, {})["views"]["patches"]["data"]
    assert not data["takes"]


@pytest.mark.parametrize(
    "said", [None, 7, "", "{}", "[]", '{"file": 3}', '{"file": "%%%"}', '{"file": "aGVsbG8="}', "{"]
)
def test_what_is_no_picture_is_answered_in_a_sentence(said: object) -> None:
    answer = finish(quick_line.bring(said))
    assert answer["kind"] == "error"
    assert answer["name"] == "BadRequestError"
    assert answer["message"].endswith(".")
    assert not brought._kept


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    first = brought.bring(request("red"))["name"]
    one = len(brought._kept[first])
    monkeypatch.setattr(brought, "_kept", type(brought._kept)(3 * one + 9, getsizeof=len))
    names = [brought.bring(request(colour))["name"] for colour in ("red", "blue", "lime", "gold", "pink")]
    assert names[-1] in brought.named(names)
    assert names[0] not in brought.named(names)
    assert sum(map(len, brought._kept.values())) <= 3 * one + 9


# ---- texts to train on -----------------------------------------------------------------------------------------------


def text(said: object) -> str:
    return json.dumps({"text": said})


def test_a_text_has_one_name_and_an_order_takes_it_along() -> None:
    name = brought.bring(text("Call me Ishmael."))["name"]
    assert brought.bring(text("Call me Ishmael."))["name"] == name != brought.bring(text("Call me Ahab."))["name"]
    panel = panels()["train"]
    order = order_of(panel, panel.view("run"), "", {}, {"text": name})
    assert brought.texts(dict(order.files)) == {name: "Call me Ishmael."}
    fork = order_of(panel, panel.view("run"), "", {}, {"changes": f"40-text-{name}"})
    assert [each for each, _ in fork.files] == [name]
    assert brought.texts({"own-1": b"\x89PNG"}) == {}


@pytest.mark.parametrize(
    ("said", "words"),
    [("", "empty"), (" \n", "empty"), (3, "empty"), ("x" * 500_001, "500,001 bytes; this server takes 500,000")],
)
def test_a_text_that_is_none_or_too_long_is_refused(said: object, words: str) -> None:
    with pytest.raises(BadRequestError, match=words):
        brought.bring(text(said))


def test_a_public_server_takes_a_text_within_its_bound_and_no_picture() -> None:
    settings.start(Settings.read({"EXPLORER_PUBLIC": "1"}))
    assert brought.bring(text("a " * 40_000))["kind"] == "brought"
    with pytest.raises(BadRequestError, match="this server takes 100,000"):
        brought.bring(text("é" * 50_001))  # bytes are counted, not characters
    with pytest.raises(BadRequestError, match="takes no pictures"):
        brought.bring(request())
    settings.start(Settings.read({"EXPLORER_PUBLIC": "1", "EXPLORER_TEXT_BYTES": "10"}))
    with pytest.raises(BadRequestError, match="takes 10"):
        brought.bring(text("eleven bytes"))


def test_texts_of_many_visitors_are_bounded_and_the_oldest_go() -> None:
    names = [brought.bring(text(f"{each} " + "x" * 450_000))["name"] for each in range(30)]
    assert sum(len(each) for each in brought._kept.values()) <= brought.MOST
    assert names[0] not in brought.named(names)
    assert names[-1] in brought.named(names)


def test_a_text_is_forgotten_and_on_a_public_server_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.experiments.context import own_documents

    dropped: list[str] = []
    monkeypatch.setattr(own_documents, "forget", lambda name: dropped.append(name) or True)
    name = brought.bring(json.dumps({"text": "Whales are large."}))["name"]
    assert brought.texts(brought.named([f"{name}=whales.txt"])) == {name: "Whales are large."}
    brought.bring(json.dumps({"forget": name}))
    assert (brought.named([name]), dropped) == ({}, [name])
    with pytest.raises(BadRequestError, match="No text has such a name"):
        brought.bring(json.dumps({"forget": "../secret"}))
    settings.start(Settings(public=True))
    name = brought.bring(json.dumps({"text": "Whales are large."}))["name"]
    assert brought.named([name])
    monkeypatch.setattr(brought, "STAYS_S", -1)
    assert not brought.named([name])
