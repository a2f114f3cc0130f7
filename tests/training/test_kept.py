"""Steps that a run keeps on its way: the weights of that step, and models that are opened without training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.corpora import texts
from explorer.panels.trained import training_of
from explorer.stack.pretraining.train import train
from explorer.training import checkpoint, grams, kept, recipe
from explorer.training import run as training
from explorer.zoo import card, checkpoints
from explorer.zoo.made_names import Trained
from tests.training.test_run import two_texts as two_texts
from tests.training.test_run import write_recipe


@pytest.fixture
def kept_run(two_texts: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models" / "tiny"
    folder.parent.mkdir()
    path = write_recipe(folder, "llama")
    path.write_text(path.read_text() + "keep = [0, 2, 6]\n")
    monkeypatch.setenv("EXPLORER_MODELS", str(folder.parent))
    assert training.run(path, announce=lambda _: None) == folder
    card._read_cards.cache_clear()
    return folder


def test_each_file_holds_the_weights_of_its_step(kept_run: Path) -> None:
    assert kept.steps_of(kept_run) == (0, 2, 6)
    read = recipe.read(kept_run / "recipe.toml")
    planned = training.plan(read, [texts.load(name, lambda *_: None) for name in read.data.texts])
    for step in (0, 2):
        train(planned.model, planned.course, read.settings(), until=step)
        stored = kept.state_at(kept_run, step)
        expected = planned.model.hf_state_dict()
        assert stored.keys() == expected.keys()
        assert all(torch.equal(each, expected[name].half().float()) for name, each in stored.items())


def test_a_kept_step_is_opened_without_training(kept_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it trains")

    monkeypatch.setattr("explorer.stack.pretraining.train.train", never)
    made = training_of(Trained("tiny", (), 2))
    assert made.seconds == 0
    found = made.make()
    assert found.weights == checkpoints.weights_hash(kept.state_at(kept_run, 2))
    assert found.note == "Trained here for 2 of 6 steps; float16, opened as float32"
    with pytest.raises(AssertionError, match="it trains"):
        checkpoint.make(Trained("tiny", (), 3))


def test_the_trigrams_of_the_texts_lie_beside_it(kept_run: Path) -> None:
    found = grams.read(kept_run)
    read = recipe.read(kept_run / "recipe.toml")
    again = grams.write(kept_run, training.plan(read, [texts.load(n) for n in read.data.texts]).tokenizer, [
        texts.load(name) for name in read.data.texts
    ])  # fmt: skip
    np.testing.assert_array_equal(found.keys, again.keys)
    np.testing.assert_array_equal(found.counts, again.counts)
    assert found.counts.sum() > 100
