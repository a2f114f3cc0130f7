"""The OpenAPI document is made once for each state of the code, and is there before a public server is asked for it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from explorer.shell.api import kept_description as kept
from explorer.shell.api import mounted
from explorer.shell.jobs.kept_answers import Answers
from tests.shell.started import Started


class Line:
    """Jobs whose answers lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self.answers = Answers(folder)


def described(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[FastAPI]:
    """For whom the document is made, by a process that has just started."""
    made: list[FastAPI] = []

    def describe(api: FastAPI) -> dict[str, Any]:
        made.append(api)
        return {"openapi": "3.1.0", "title": api.title}

    line = Line(folder)
    monkeypatch.setattr(kept, "description", describe)
    monkeypatch.setattr(kept, "jobs", lambda: line)
    return made


def test_it_is_made_once_and_found_after_a_restart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    api = FastAPI(title="one")
    api.add_api_route("/a", lambda: None, responses={400: {"model": dict[str, int]}})
    monkeypatch.setattr(kept, "outline", lambda api: {"title": api.title})
    made = described(monkeypatch, tmp_path)
    first = kept.kept_description(api)
    assert kept.kept_description(api) == first
    assert len(made) == 1
    assert described(monkeypatch, tmp_path) == []
    again = described(monkeypatch, tmp_path)
    assert kept.kept_description(api) == first
    assert not again, "it lies on the disk"
    assert kept.kept_description(FastAPI(title="another shelf")) != first


def test_other_code_has_another_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kept, "outline", lambda api: {"title": api.title})
    made = described(monkeypatch, tmp_path)
    kept.kept_description(FastAPI())
    assert len(made) == 1
    monkeypatch.setattr("explorer.shell.jobs.kept_answers.code_hash", lambda: "another")
    again = described(monkeypatch, tmp_path)
    kept.kept_description(FastAPI())
    assert len(again) == 1


def test_a_public_server_has_it_made_and_another_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.shell import app, at_work
    from explorer.shell.settings import Settings

    asked: list[str] = []
    monkeypatch.setattr(mounted, "prepare", lambda: asked.append("made"))
    monkeypatch.setattr(app, "QUIET", 0.0)
    monkeypatch.setattr(at_work, "engine", lambda: (_ for _ in ()).throw(RuntimeError("no model here")))
    monkeypatch.setattr(app.READINESS, "mend", lambda _: None)
    monkeypatch.setattr(app.collector, "settle", lambda: None)
    for public in (False, True):
        monkeypatch.setattr(app.settings, "in_force", lambda public=public: Settings(public=public))
        app.warm()
    assert asked == ["made"]


@pytest.mark.thorough
def test_the_first_who_asks_a_warm_public_server_does_not_wait(tmp_path: Path) -> None:
    server = Started(tmp_path / "log", preload=True, EXPLORER_PUBLIC="1", EXPLORER_JOBS="1")
    try:
        with httpx.Client(base_url=server.address, timeout=60) as client:
            until, waits = time.monotonic() + 240, list[float]()
            while not list((tmp_path / "answers").glob("*.json")) and time.monotonic() < until:
                began = time.monotonic()
                client.get("/healthz")
                waits.append(time.monotonic() - began)
                time.sleep(0.05)
            time.sleep(2.0)  # the server reads what the other process has written
            began = time.monotonic()
            answer = client.get("/api/v1/openapi.json")
            assert time.monotonic() - began < 0.5
        assert "ResidualLens" in answer.json()["components"]["schemas"]
        print(f"/healthz meanwhile: {max(waits):.3f} s at most")
    finally:
        server.end()
