"""A training run of an encoder-decoder from recipe to a folder that opens: small enough to take a few seconds."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.corpora import texts
from explorer.corpora.source import Source, Text
from explorer.errors import BadRequestError
from explorer.stack.transformer.encoder_decoder import EncoderDecoder
from explorer.training import recipe as recipes
from explorer.training import run as training
from explorer.zoo.card import read_card

RECIPE = """
name = "tiny-pairs"
title = "Tiny"
summary = "A test."
[data]
texts = { one = 1, two = 2 }
d_vocab = 300
n_ctx = 16
rows = 6
[pairs]
shares = { span-corruption = 1, iso-dates = 2 }
sentences = ["one"]
sentinels = 8
[model]
architecture = "t5"
n_layers = 1
d_model = 32
n_heads = 4
d_mlp = 16
n_ctx = 64
[losses]
balance = 0.0
z = 0.0
[optimiser]
peak = 1e-3
warmup = 2
steps = 4
[run]
compute = "float32"
evaluate_every = 2
evaluate_windows = 2
prompts = ["The king said it on 3 May 1811."]
"""


@pytest.fixture
def two_texts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two made-up texts instead of downloads, and a cache of the test's own."""
    words = ["king", "daughter", "ships", "garden", "letters", "river", "horses", "castle", "winter", "songs"]

    def load(name: str, progress: object = None) -> Text:
        rng = random.Random(name)
        source = Source(name, f"kind {name}", name, "public domain", (), "none")
        said = ["The {} saw the {} and the {}.".format(*rng.sample(words, 3)) for _ in range(200)]
        documents = [" ".join(said[n : n + 10]) for n in range(0, 200, 10)]
        kept, held = texts.split(documents)
        return Text(source, tuple(kept), tuple(held))

    monkeypatch.setattr(texts, "load", load)
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))


def write_recipe(folder: Path, old: str = "", new: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "recipe.toml"
    path.write_text(RECIPE.replace(old, new) if old else RECIPE)
    return path


def test_the_folder_opens_in_transformers_and_here(two_texts: None, tmp_path: Path) -> None:
    from transformers import AutoTokenizer, T5ForConditionalGeneration

    folder = training.run(write_recipe(tmp_path / "tiny"), announce=lambda _: None)
    assert folder is not None
    card = read_card(folder / "model.toml")
    assert (card.kind, card.architecture, card.folder) == ("encoder-decoder", "T5ForConditionalGeneration", folder)
    assert {path.name for path in folder.iterdir()} == {
        "recipe.toml", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "model.toml",
        "training.json", "loss.csv", "held_out.csv", "sample.md",
    }  # fmt: skip
    theirs: Any = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer("The king saw <extra_id_0> ships.", return_tensors="pt").input_ids
    assert tokenizer.convert_ids_to_tokens(ids[0].tolist())[-1] == "</s>" == tokenizer.eos_token
    assert int(tokenizer.convert_tokens_to_ids("<extra_id_0>")) == len(tokenizer) - 1 in ids[0].tolist()
    read = torch.tensor([[0, 7, 60, 8]])
    with torch.inference_mode():
        expected = theirs(ids, decoder_input_ids=read).logits
        assert float((EncoderDecoder.from_pretrained(theirs)(ids, read) - expected).abs().max()) < 1e-5

    recipe = recipes.read(folder / "recipe.toml")
    trained: Any = training.plan(recipe, [texts.load(name) for name in recipe.data.texts]).model
    trained.load_state_dict(torch.load(training.checkpoint_of("tiny-pairs"), weights_only=True)["model"])
    with torch.no_grad():  # the folder's weights are rounded to bfloat16
        assert float((trained(ids, read) - expected).abs().max()) < 0.05 * float(expected.abs().max())


def test_what_the_folder_says(two_texts: None, tmp_path: Path) -> None:
    folder = training.run(write_recipe(tmp_path / "tiny"), announce=lambda _: None)
    assert folder is not None
    about = json.loads((folder / "training.json").read_text())
    assert about["pairs"] == 4 * 6
    assert about["pairs_each"] == {"span-corruption": 8, "iso-dates": 16}
    assert set(about["held_out_loss"]) == {"span-corruption", "iso-dates"}
    assert 0 <= about["held_out_scores"]["iso-dates exact"] <= 1
    table = (folder / "held_out.csv").read_text().splitlines()
    assert table[0] == "step,tokens,span-corruption,iso-dates,mean,iso-dates exact"
    assert len(table) == 3
    assert "3 May 1811" in (folder / "sample.md").read_text()
    assert "held-out sentences" in read_card(folder / "model.toml").weights_note


@pytest.mark.thorough
def test_a_run_that_was_stopped_ends_as_one_that_was_not(two_texts: None, tmp_path: Path) -> None:
    path = write_recipe(tmp_path / "tiny")
    assert training.run(path, until=2, announce=lambda _: None) is None
    training.run(path, announce=lambda _: None)
    checkpoint = training.checkpoint_of("tiny-pairs")
    resumed = torch.load(checkpoint, weights_only=True)["model"]
    checkpoint.unlink()
    training.run(path, announce=lambda _: None)
    whole = torch.load(checkpoint, weights_only=True)["model"]
    checkpoint.unlink()
    training.run(path, until=2, announce=lambda _: None)
    early = torch.load(checkpoint, weights_only=True)["model"]
    # To the last bits: two threads add up an embedding's gradient in no fixed order.
    assert max(float((resumed[name] - whole[name]).abs().max()) for name in whole) < 1e-6
    assert max(float((early[name] - whole[name]).abs().max()) for name in whole) > 1e-4


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("iso-dates", "old-spelling", "old-spelling"),
        ('["one"]', '["three"]', "sentences"),
        (RECIPE[RECIPE.index("[pairs]") : RECIPE.index("[model]")], "", "lacks"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(two_texts: None, tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BadRequestError, match=said):
        training.run(write_recipe(tmp_path / "tiny", old, new), announce=lambda _: None)
