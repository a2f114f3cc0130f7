"""A training run from recipe to a model that opens: small enough to take a second."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from explorer.corpora import texts
from explorer.corpora.source import Source, Text
from explorer.errors import BadRequestError
from explorer.training import decoder
from explorer.training import recipe as recipes
from explorer.training import run as training
from explorer.zoo.card import read_card
from explorer.zoo.loading import open_folder

RECIPE = """
name = "tiny"
title = "Tiny"
summary = "A test."
[data]
texts = {{ one = 1, two = 2 }}
d_vocab = 300
n_ctx = 16
rows = 4
[model]
architecture = "{architecture}"
n_layers = 2
d_model = 32
n_heads = 4
n_kv_heads = 2
d_expert = 16
n_ctx = 64
[optimiser]
peak = 1e-3
warmup = 2
steps = {steps}
[run]
compute = "float32"
evaluate_every = 3
evaluate_windows = 2
prompts = ["the king"]
"""


@pytest.fixture
def two_texts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two made-up texts instead of downloads, and a cache of the test's own."""
    words = {"one": "the king said to his daughter", "two": "def main(self): return"}

    def load(name: str, progress: object = None) -> Text:
        source = Source(name, f"kind {name}", name, "public domain", (), "none")
        documents = [f"{words[name]} {n}\n" * 6 for n in range(40)]
        kept, held = texts.split(documents)
        return Text(source, tuple(kept), tuple(held))

    monkeypatch.setattr(texts, "load", load)
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))


def write_recipe(folder: Path, architecture: str = "mixtral", steps: int = 6) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "recipe.toml"
    path.write_text(RECIPE.format(architecture=architecture, steps=steps))
    return path


@pytest.mark.parametrize("architecture", ["mixtral", "llama"])
def test_the_folder_opens_in_transformers_and_computes_the_same(
    two_texts: None, tmp_path: Path, architecture: str
) -> None:
    folder = training.run(write_recipe(tmp_path / "tiny", architecture), announce=lambda _: None)
    assert folder is not None
    card = read_card(folder / "model.toml")
    assert card.folder == folder
    assert card.kind == ("moe" if architecture == "mixtral" else "dense")
    opened = open_folder("tiny", card, folder)

    recipe = recipes.read(folder / "recipe.toml")
    assert isinstance(recipe.model, recipes.DecoderSizes)
    ours = decoder.build(recipe, recipe.model)
    ours.load_state_dict(torch.load(training.checkpoint_of("tiny"), weights_only=True)["model"])
    with torch.no_grad():  # what the folder stores is rounded to bfloat16
        for parameter in ours.parameters():
            parameter.copy_(parameter.bfloat16().float())
        ids = torch.tensor([opened.tokenizer.encode("the king said")])
        torch.testing.assert_close(opened.hf(ids).logits, ours(ids), atol=1e-5, rtol=1e-5)
    assert (folder / "loss.csv").read_text().count("\n") == 7
    assert (folder / "held_out.csv").read_text().count("\n") == 3
    about = json.loads((folder / "training.json").read_text())
    assert about["tokens"] == 6 * 4 * 16
    assert about["held_out_loss"]["mean"] < 6
    assert "the king" in (folder / "sample.md").read_text()


def test_a_run_that_was_stopped_ends_as_one_that_was_not(two_texts: None, tmp_path: Path) -> None:
    path = write_recipe(tmp_path / "tiny")
    assert training.run(path, until=2, announce=lambda _: None) is None
    training.run(path, announce=lambda _: None)
    resumed = torch.load(training.checkpoint_of("tiny"), weights_only=True)["model"]
    training.checkpoint_of("tiny").unlink()
    training.run(path, announce=lambda _: None)
    whole = torch.load(training.checkpoint_of("tiny"), weights_only=True)["model"]
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_a_plateau_may_be_lengthened_but_the_model_may_not_change(two_texts: None, tmp_path: Path) -> None:
    path = write_recipe(tmp_path / "tiny", steps=4)
    training.run(path, announce=lambda _: None)
    write_recipe(tmp_path / "tiny", steps=5)
    assert training.run(path, announce=lambda _: None) is not None
    path.write_text(path.read_text().replace("rows = 4", "rows = 3"))
    with pytest.raises(BadRequestError, match="another recipe"):
        training.run(path, announce=lambda _: None)


def test_the_model_is_written_where_the_run_stands(two_texts: None, tmp_path: Path) -> None:
    path = write_recipe(tmp_path / "tiny")
    training.run(path, until=1, announce=lambda _: None)
    folder = training.run(path, until=0, write=True, announce=lambda _: None)
    assert folder is not None
    assert json.loads((folder / "training.json").read_text())["steps"] == 1


def test_an_unknown_architecture_is_refused(two_texts: None, tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="perceptron"):
        training.run(write_recipe(tmp_path / "tiny", "perceptron"), announce=lambda _: None)
