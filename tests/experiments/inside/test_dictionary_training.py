"""The shelf's sparse autoencoders: recipes, what they leave, and that the committed files are theirs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.experiments.inside import dictionary_training as made
from explorer.fetching.cache import sha256_of
from explorer.stack.frontier.sparse_autoencoders.training import Settings
from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder
from explorer.zoo import autoencoders

MODELS = (
    *((model, kind) for model in ("six-kinds-dense", "smollm2-135m") for kind in ("autoencoders", "transcoders")),
    ("six-kinds-moe", "autoencoders"),
)


@pytest.mark.parametrize(("model", "kind"), MODELS)
def test_what_is_committed_is_what_the_recipe_says(model: str, kind: str) -> None:
    folder = autoencoders.folder_of(model).parent / kind
    recipe, about = made.read(folder / "recipe.toml"), json.loads((folder / f"{kind}.json").read_text())
    stored = about["dictionaries"]
    assert isinstance(stored, dict)
    assert set(stored) == {autoencoders.file_name(*each) for each in recipe.runs()}
    kept = {name for name in stored if recipe.keeps_placebos or "placebo" not in name}
    assert {path.name for path in folder.glob("*.safetensors")} == kept
    for name in kept:
        assert sha256_of(folder / name) == stored[name]["sha256"], name
    role = "placebo" if recipe.keeps_placebos else "trained"
    sae = autoencoders.read(folder / autoencoders.file_name(recipe.blocks[0], role))
    assert isinstance(sae, Transcoder) == (recipe.reads == "mlp")
    assert (len(sae.W_dec), sae.k, sae.kind) == (recipe.training.width, recipe.training.k, recipe.training.kind)


def test_no_two_dictionaries_of_a_block_share_a_start() -> None:
    recipe = made.read(autoencoders.folder_of("six-kinds-dense") / "recipe.toml")
    seeds = [recipe.settings(role, seed).seed for block, role, seed in recipe.runs() if block == 3]
    assert len(set(seeds)) == len(seeds) == 6
    first, other = (autoencoders.opened("six-kinds-dense", 3, "placebo", seed).sae.W_dec for seed in (0, 1))
    assert float((first * other).sum(-1).abs().mean()) < 0.1


def test_a_recipe_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('base = "six-kinds-dense"\nblocks = []\nwindows = 1\nheld_windows = 1\n')
    with pytest.raises(BadRequestError, match="is not a recipe of sparse autoencoders"):
        made.read(path)


@pytest.mark.parametrize("kind", ["topk", "batchtopk", "jumprelu", "gated", "standard"])
def test_what_is_written_is_read_again(tmp_path: Path, kind: str) -> None:
    x = torch.randn(300, 8, generator=torch.Generator().manual_seed(0))
    settings = Settings(kind=kind, width=16, k=2, steps=4, batch=64)  # pyright: ignore[reportArgumentType]
    said: list[str] = []
    about = made.trained(tmp_path / "block0.safetensors", x, x[:50], settings, said.append)
    read = autoencoders.read(tmp_path / "block0.safetensors")
    assert read.kind == kind
    assert about["sha256"] == sha256_of(tmp_path / "block0.safetensors")
    assert about["tokens"] == 256
    torch.testing.assert_close(read.W_dec.norm(dim=-1), torch.ones(16))
    assert said[0].startswith("block0.safetensors: explained")
