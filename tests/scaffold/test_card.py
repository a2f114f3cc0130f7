"""A card is written from the model itself, and is one that the shelf takes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer import zoo
from explorer.errors import BadRequestError, ExplorerError
from explorer.scaffold.card import UNSAID, new_model
from explorer.zoo import card as cards
from explorer.zoo.card import Folder, Hub, read_card
from tests.conftest import SMALL
from tests.zoo.conftest import gguf_tokens, write_gguf


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shelf with nothing on it."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("EXPLORER_MODELS", str(folder))
    return folder


def test_a_folders_card_says_what_one_written_by_hand_says(shelf: Path) -> None:
    by_hand = read_card(SMALL / "model.toml")
    path = new_model("small", SMALL, licence="Apache-2.0", summary="A twin.")
    assert path == shelf / "small" / "model.toml"
    made = read_card(path)
    assert (made.name, made.summary, made.sources) == ("small", "A twin.", (Folder(SMALL),))
    told = ("name", "title", "summary", "weights_note", "trained_length", "sources")  # what no file says
    assert replace(made, **{field: getattr(by_hand, field) for field in told}) == by_hand
    cards._read_cards.cache_clear()  # as in the next process
    assert cards.shelf() == {"small": made}
    assert zoo.load("small").dims.parameters == by_hand.parameters
    with pytest.raises(BadRequestError, match="has a card already"):
        new_model("small", SMALL)


def test_weights_that_lie_on_the_shelf_need_no_path_and_no_licence_is_made_up(shelf: Path) -> None:
    shutil.copytree(SMALL, shelf / "mine", ignore=shutil.ignore_patterns("model.toml", "*.csv", "*.md"))
    made = new_model("mine")
    assert "path" not in made.read_text(encoding="utf-8")
    read = read_card(made)
    assert read.sources == (Folder(shelf / "mine"),)
    assert (read.licence, read.opt_in) == (UNSAID, True)
    assert read.summary == "LlamaForCausalLM, 4.5 M parameters in 6 layers."


def test_a_gguf_files_card_says_where_it_is_fetched_from(shelf: Path, tmp_path: Path, empty_cache: Path) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(gguf_tokens()), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128,
    )  # fmt: skip
    file = tmp_path / "tiny.gguf"
    write_gguf(file, LlamaForCausalLM(config), {".general.license": "mit"})
    with pytest.raises(BadRequestError, match="where a GGUF file is fetched from"):
        new_model("tiny", file)
    made = read_card(new_model("tiny", file, hub="someone/tiny-gguf"))
    assert made.sources == (Hub("someone/tiny-gguf", "tiny.gguf"),)
    assert made.weights is not None
    assert (made.weights.file, made.weights.bytes) == ("tiny.gguf", file.stat().st_size)
    assert (made.licence, made.opt_in, made.download_bytes) == ("mit", False, file.stat().st_size)
    assert made.disk_bytes >= 4 * made.parameters


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("No Name", SMALL, "is no name for a model"),
        ("../up", SMALL, "is no name for a model"),
        ("empty", None, "holds no model"),
        ("nowhere", Path("nowhere.gguf"), "holds no model"),
    ],
)
def test_what_is_no_model_leaves_no_card(shelf: Path, name: str, source: Any, said: str) -> None:
    with pytest.raises(BadRequestError, match=said):
        new_model(name, source)
    assert not list(shelf.iterdir())


def test_a_model_that_does_not_open_leaves_no_card(shelf: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(SMALL, broken)
    (broken / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ExplorerError):
        new_model("broken", broken)
    assert not list(shelf.iterdir())
