"""JSON from elsewhere: read within bounds, or one error."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.errors import WeightsDamagedError
from explorer.zoo.json_file import read_table

ODD = {
    "nested": b"[" * 100_000 + b"]" * 100_000,
    "nested tables": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "no JSON": b"{",
    "a list": b"[]",
    "empty": b"",
    "a number of many digits": b'{"a": ' + b"9" * 6_000 + b"}",
}


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD)
def test_whatever_is_wrong_is_one_error(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(raw)
    with pytest.raises(WeightsDamagedError) as caught:
        read_table(path, 1_000_000)
    assert caught.value.hint
    assert len(caught.value.message) < 300


def test_a_file_is_not_read_beyond_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)  # sparse: a terabyte that nobody could read
    with pytest.raises(WeightsDamagedError, match="1,000 bytes"):
        read_table(path, 1_000)


@pytest.mark.parametrize("name", [".", "absent", "a\0b"])
def test_what_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(WeightsDamagedError):
        read_table(tmp_path / name, 1_000)


def test_a_table(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes('{"a": "é"}'.encode())
    assert read_table(path, 1_000) == {"a": "é"}
