"""JSON from outside: what is refused is what could not be written again."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from explorer.errors import BadRequestError
from explorer.shell.envelope.well_formed import MAX_DEPTH, read_json


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    "text",
    [
        b'"\xff"',
        "NaN",
        "[Infinity]",
        "",
        "{",
        nested(1_100),
        "[" * 10**6,
    ],
)
def test_what_cannot_be_written_again_is_refused(text: str) -> None:
    with pytest.raises(BadRequestError):
        read_json(text)


def test_depth_has_a_limit() -> None:
    assert read_json(nested(MAX_DEPTH)) == json.loads(nested(MAX_DEPTH))
    for depth in (MAX_DEPTH + 1, 200, 900):
        with pytest.raises(BadRequestError, match="deep"):
            read_json(nested(depth))
        with pytest.raises(BadRequestError, match="deep"):
            read_json('{"a":' * depth + "1" + "}" * depth)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('"\\ud800"', "\ufffd"),
        ('{"\\udfff": 1}', {"\ufffd": 1}),
        ('["a\\ud83d", "\\ud83d\\ude00", "\\\\ud83d"]', ["a\ufffd", "😀", "\\ud83d"]),
        ('"a\ud800b"', "a\ufffdb"),
    ],
)
def test_half_a_character_is_replaced(text: str, read: Any) -> None:
    assert read_json(text) == read
    if text.isascii():
        assert read_json(text.encode()) == read


@pytest.mark.parametrize("value", [{"a": [1, None, "😀"]}, "text", 3, 2**80, [[[]] * 1000] * 100])
def test_what_is_read_can_be_written(value: Any) -> None:
    read = read_json(json.dumps(value))
    assert read == value
    orjson.dumps(read)
