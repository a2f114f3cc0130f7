"""Answers of heavy views: bounded by their bytes, and kept on the disk where they took long."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.shell.jobs import kept_answers as module
from explorer.shell.jobs.kept_answers import LONG, Answers


def test_the_least_recently_asked_for_go_first() -> None:
    answers = Answers(memory=2_000)
    for key in "abc":
        answers.put(key, bytes(900))
        answers.get("a")
    assert answers.get("a") is not None
    assert answers.get("b") is None
    assert answers.nbytes <= 2_000


def test_an_answer_larger_than_the_bound_is_not_kept() -> None:
    answers = Answers(memory=100)
    answers.put("small", bytes(50))
    answers.put("large", bytes(101))
    assert answers.get("large") is None
    assert answers.get("small") is not None


def test_what_took_long_is_found_after_a_restart(tmp_path: Path) -> None:
    Answers(tmp_path).put("slow", b"after a minute", LONG)
    Answers(tmp_path).put("quick", b"at once", LONG - 1)
    again = Answers(tmp_path)
    assert again.get("slow") == b"after a minute"
    assert again.get("quick") is None
    again.forget("slow")
    assert Answers(tmp_path).get("slow") is None


def test_other_code_measures_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Answers(tmp_path).put("slow", b"by the code before", LONG)
    monkeypatch.setattr(module, "code_hash", lambda: "another")
    assert Answers(tmp_path).get("slow") is None


def test_the_disk_is_bounded(tmp_path: Path) -> None:
    answers = Answers(tmp_path, disk=2_500)
    for n in range(5):
        answers.put(str(n), bytes(1_000), LONG)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2_500
    assert Answers(tmp_path).get("4") is not None


def test_a_disk_that_cannot_be_written_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    answers = Answers(tmp_path / "file")
    answers.put("slow", b"kept in memory", LONG)
    assert answers.get("slow") == b"kept in memory"
