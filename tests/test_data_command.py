"""The commands data and crawl, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.cli import main
from explorer.errors import BadRequestError


def test_a_folder_is_read_and_its_stages_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "short.txt").write_text("Too short.", encoding="utf-8")
    (tmp_path / "texts" / "picture.png").write_bytes(b"PNG")
    words = ["data", str(tmp_path / "texts"), "--out", str(tmp_path / "out"), "--order", "fineweb", "--jsonl"]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--set", "language=0"])
    assert not ended.value.code
    said = capsys.readouterr().out
    assert "gopher repetition" in said
    assert "reading" in said
    removed = [json.loads(line) for line in (tmp_path / "out" / "removed" / "00000.jsonl").read_text().splitlines()]
    assert {row["id"]: row["removed_by"] or row["set_aside"] for row in removed} == {
        "picture.png": "reading: no kind of file that is read here",
        "short.txt": "gopher repetition",
    }


@pytest.mark.parametrize("wrong", [["--order", "mine"], ["--set", "words"], ["--set", "words=many"]])
def test_what_it_does_not_know_is_said(wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises((SystemExit, BadRequestError)) as ended:
        main(["data", str(tmp_path), "--out", str(tmp_path / "out"), *wrong])
    assert getattr(ended.value, "code", 2) == 2
    assert not (tmp_path / "out").exists()
