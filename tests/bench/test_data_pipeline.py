"""The whole pipeline beside datatrove: the same documents are kept. Needs the texts that a large crawl is made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.bench import data_peer, data_pipeline
from explorer.corpora import crawl


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")
def test_the_same_documents_are_kept_as_by_datatrove(tmp_path: Path) -> None:
    made = crawl.pages(200, seed=1, large=True)
    data_pipeline.written(made, tmp_path / "source", 1)
    data_pipeline.ours(tmp_path / "source", tmp_path / "ours", 1, {})
    data_peer.filtered(tmp_path / "source", tmp_path / "theirs", 1)
    ours, theirs = (
        [json.loads(line)["url" if folder == "ours" else "metadata"] for line in kept(tmp_path / folder)]
        for folder in ("ours", "theirs")
    )
    assert ours == [each["url"] for each in theirs]
    assert len(ours) > 30


def kept(folder: Path) -> list[str]:
    files = sorted((folder / "kept").glob("*.jsonl"))
    return [line for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]
