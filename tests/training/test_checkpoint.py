"""The first steps of a shelf model's recipe: the weights of that run, and how long they take."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.corpora import texts
from explorer.corpora.source import Text
from explorer.errors import BadRequestError
from explorer.panels.trained import training_of
from explorer.stack.pretraining.train import train
from explorer.training import checkpoint, recipe
from explorer.training.run import plan
from explorer.zoo import card, checkpoints
from explorer.zoo.made_names import Trained

RECIPE = """name = "tiny"
title = "Tiny"
[data]
texts = { moby-dick = 1 }
d_vocab = 300
n_ctx = 16
rows = 2
[model]
architecture = "llama"
n_layers = 1
d_model = 16
n_heads = 2
n_kv_heads = 1
d_expert = 24
n_ctx = 64
[optimiser]
peak = 1e-3
warmup = 1
steps = 6
[run]
seed = 3
"""
CARD = """name = "tiny"
title = "Tiny"
summary = "For a test."
architecture = "LlamaForCausalLM"
parameters = 1
licence = "none"
weights_note = ""
[[sources]]
kind = "folder"
"""


@pytest.fixture
def tiny(tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.toml").write_text(CARD)
    (folder / "recipe.toml").write_text(RECIPE)
    (folder / "training.json").write_text('{"processor_seconds": 60, "steps": 6}')
    monkeypatch.setenv("EXPLORER_MODELS", str(folder.parent))
    ishmael = Text(texts.SOURCES["moby-dick"], ("Call me Ishmael. " * 200,), ("Some years ago. " * 40,))
    monkeypatch.setattr(texts, "load", lambda *_: ishmael)
    return folder


def test_it_is_what_the_whole_run_is_at_that_step(tiny: Path) -> None:
    found = training_of(Trained("tiny", (), 4)).make()
    read = recipe.read(tiny / "recipe.toml")
    planned = plan(read, [texts.load("moby-dick", lambda *_: None)])
    train(planned.model, planned.course, read.settings(), until=4)
    assert checkpoints.weights_hash(planned.model.hf_state_dict()) == found.weights
    assert found.title == "Tiny, step 4"


def test_how_long_it_takes_is_what_the_recorded_run_took(tiny: Path) -> None:
    assert training_of(Trained("tiny", (), 3)).seconds == 30
    (tiny / "training.json").unlink()
    assert training_of(Trained("tiny", (), 3)).seconds is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (Trained("tiny", (), 7), "no step 7: this training ends after 6 steps"),
        (Trained("nothing", (), 1), "no recipe “nothing”"),
        (Trained("tiny", (("seed", "1"),), 1), "no settings"),
    ],
)
def test_what_it_does_not_have_is_refused(tiny: Path, name: Trained, words: str) -> None:
    assert tiny
    card._read_cards.cache_clear()
    with pytest.raises(BadRequestError, match=words):
        training_of(name)
    assert checkpoint.NEVER > 6
