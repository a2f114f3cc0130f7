"""What is logged, and what is not."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from explorer.shell.process import logs
from explorer.shell.settings import Settings

SECRET = "what the visitor wrote"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = kept, level
    logging.captureWarnings(False)


def fail() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        raise LookupError(f"again {SECRET}") from error


@pytest.mark.parametrize("settings", [Settings(logs="json"), Settings(public=True)])
def test_an_error_is_logged_by_its_place_and_not_by_its_words(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.begin(settings)
    try:
        fail()
    except LookupError as error:
        logging.getLogger("explorer").error("a view failed", exc_info=error)
    said = capsys.readouterr().err
    assert SECRET not in said
    for part in ("a view failed", "LookupError", "ValueError", "test_logs.py"):
        assert part in said
    if settings.logs == "json":
        line = json.loads(said)
        assert (line["level"], line["logger"]) == ("ERROR", "explorer")
        assert line["time"]


def test_on_ones_own_machine_an_error_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin(Settings())
    logs.EVENTS.info("request", extra={"route": "page"})
    try:
        fail()
    except LookupError as error:
        logging.getLogger("explorer").error("a view failed", exc_info=error)
    said = capsys.readouterr().err
    assert SECRET in said
    assert "request" not in said
