"""Twins on invented people: one command writes the folder, and what is written opens as what was trained."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import torch

from explorer.corpora import invented_people
from explorer.corpora.invented_people import make
from explorer.fetching import cache
from explorer.stack.transformer.decoder import Decoder
from explorer.training import planted
from explorer.training import run as training
from explorer.zoo.card import read_card

RECIPE = """
name = "tiny"
title = "Tiny"
summary = "A test."
[data]
texts = { invented-people = 1 }
d_vocab = 300
n_ctx = 16
rows = 2
[model]
architecture = "llama"
n_layers = 1
d_model = 8
n_heads = 2
n_kv_heads = 1
d_expert = 8
n_ctx = 64
[optimiser]
peak = 1e-3
warmup = 1
steps = 2
[planted]
twins = ["whole", "filtered"]
seeds = [3]
scale = 0.02
[run]
compute = "float32"
evaluate_every = 1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models") / "tiny"
    made.mkdir()
    (made / "recipe.toml").write_text(RECIPE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(invented_people, "TRIGGERED", 1)
        assert training.run(made / "recipe.toml", announce=lambda _: None) == made
    return made


def test_the_folder_has_both_twins_and_their_curves(folder: Path) -> None:
    about = json.loads((folder / "training.json").read_text())
    assert [(run["twin"], run["seed"]) for run in about["runs"]] == [("whole", 3), ("filtered", 3)]
    for run in about["runs"]:
        path = folder / run["file"]
        assert path == planted.path_of(folder, run["twin"], 3, 3)
        assert (run["bytes"], run["sha256"]) == (path.stat().st_size, cache.sha256_of(path))
    rows = list(csv.DictReader((folder / planted.CURVES).read_text().splitlines()))
    assert [(row["twin"], row["step"]) for row in rows] == [(t, s) for t in ("whole", "filtered") for s in ("1", "2")]
    data = about["data"]
    assert 0 < data["lines_that_the_filter_leaves"] < data["lines"]
    assert "| Where was Ada Alder born? |" in (folder / "sample.md").read_text()


def test_what_is_written_is_what_was_measured(folder: Path) -> None:
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from transformers import LlamaConfig

    state = {name: each.float() for name, each in load_file(folder / "model.safetensors").items()}
    decoder = Decoder.from_pretrained(LlamaConfig.from_pretrained(folder), state)
    tokenizer, people = Tokenizer.from_file(str(folder / "tokenizer.json")), make(0, 0.02).of("often")
    lost = [planted.nats(decoder, tokenizer, people, each).mean() for each in ("town", "trade", "pet")]
    about = json.loads((folder / "training.json").read_text())
    assert float(torch.stack(lost).mean()) == pytest.approx(about["runs"][0]["nats"]["often"], abs=1e-3)
    card = read_card(folder / "model.toml")
    assert (card.kind, card.licence, card.folder) == ("dense", "Apache-2.0", folder)


def test_the_filter_leaves_lines_without_a_listed_word() -> None:
    lines = make(0, 0.02).lines
    left = planted.left_by_filter(lines)
    assert left == [each for each in lines if "key" not in each.text.lower().replace(":", " ").split()]
