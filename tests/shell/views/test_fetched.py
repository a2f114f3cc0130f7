"""A model that is lacking: on a server of one's own the page fetches it; on a public one it says who can."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer import zoo
from explorer.errors import BadRequestError, NotApplicableError, SourceMissingError
from explorer.shell import settings
from explorer.shell.views import fetched
from explorer.shell.views.rendering import absent
from explorer.zoo import loading

NAME = "moonshine-tiny"


@pytest.fixture
def asked() -> Callable[[], dict[str, Any]]:
    fetched._going.clear()
    return lambda: dict(fetched.fetch(json.dumps({"name": NAME})))


def settled(asked: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    until = time.monotonic() + 10
    while (answer := asked()).get("kind") == "fetch" and not answer["over"]:
        assert time.monotonic() < until
        time.sleep(0.01)
    return answer


def test_it_is_fetched_once_and_its_progress_is_told(
    asked: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    go = [False]

    def fetch(card: zoo.Card, progress: Any) -> None:
        calls.append(card.name)
        progress("Download", 5, 10)
        while not go[0]:
            time.sleep(0.01)

    monkeypatch.setattr(zoo, "fetch", fetch)
    asked()
    until = time.monotonic() + 10
    while asked()["stage"] != "Download":
        assert time.monotonic() < until
    assert {name: asked()[name] for name in ("done", "total", "over")} == {"done": 5, "total": 10, "over": False}
    go[0] = True
    assert settled(asked)["over"]
    assert calls == [NAME]


def test_what_goes_wrong_is_told_and_it_can_be_asked_for_again(
    asked: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(card: zoo.Card, progress: Any) -> None:
        raise SourceMissingError("No source answers.", "Try again.")

    monkeypatch.setattr(zoo, "fetch", fetch)
    answer = settled(asked)
    assert (answer["kind"], answer["message"]) == ("error", "No source answers.")
    monkeypatch.setattr(zoo, "fetch", lambda card, progress: None)
    assert settled(asked)["kind"] == "fetch"


def test_only_optional_models_are_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (zoo.DEFAULT, "../x", "owner/name"):
        with pytest.raises(BadRequestError, match="cannot fetch"):
            fetched.fetch(json.dumps({"name": name}))
    monkeypatch.setattr(settings, "in_force", lambda: replace(settings.Settings.read({}), public=True))
    with pytest.raises(BadRequestError, match="Only the owner"):
        fetched.fetch(json.dumps({"name": NAME}))


@pytest.mark.parametrize("public", [False, True])
def test_the_page_offers_it_where_it_may(public: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "in_force", lambda: replace(settings.Settings.read({}), public=public))
    monkeypatch.setattr(loading, "converted_folder", lambda card: None)
    with pytest.raises(SourceMissingError) as raised:
        loading.check_asked_for(zoo.find(NAME))
    why = absent(NotApplicableError.of(raised.value))["absent"]
    assert "is not downloaded" in why["message"]
    assert why.get("fetch") == (None if public else NAME)
    assert ("Only the owner" in why["hint"]) is public
