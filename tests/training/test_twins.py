"""Twins trained from a recipe: the same start and compute, files that are read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.fetching import cache
from explorer.training import recipe as recipes
from explorer.training import run as training
from explorer.training import twins
from tests.training.test_run import two_texts as two_texts
from tests.training.test_run import write_recipe


@pytest.fixture
def recipe(two_texts: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(twins, "MEASURED", 4)
    path = write_recipe(tmp_path / "tiny", "llama", steps=4)
    path.write_text(path.read_text() + '[objectives]\nnames = ["clm", "mlm", "mtp"]\nheads = 2\n')
    return path


def test_each_objective_leaves_a_file_and_its_cost(recipe: Path) -> None:
    folder = training.run(recipe, announce=lambda _: None)
    assert folder is not None
    about = json.loads((folder / twins.ABOUT).read_text())
    causal, masked, ahead = about["twins"]
    assert causal["steps"] == 4
    assert masked["steps"] > 4 > ahead["steps"]  # few targets are cheap, two heads are dear
    shared = twins.parts_of(recipes.read(recipe))
    for each in (causal, masked, ahead):
        assert each["flops"] == pytest.approx(causal["flops"], rel=shared.row_flops(each["name"]) * 4 / causal["flops"])
        assert each["sha256"] == cache.sha256_of(folder / f"{each['name']}.safetensors")
        assert shared.read(folder, each["name"]).heads == shared.heads(each["name"])
        assert each["held_out_loss"]["mean"] > 0


def test_twins_start_alike(recipe: Path) -> None:
    shared = twins.parts_of(recipes.read(recipe))
    one, many = (dict(shared.fresh(name).named_parameters()) for name in ("clm", "mtp"))
    assert all(torch.equal(each, many[name]) for name, each in one.items())
    assert set(many) - set(one) == {"further.0.weight"}


def test_a_recipe_without_objectives_has_no_twins(two_texts: None, tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match=r"\[objectives\]"):
        twins.parts_of(recipes.read(write_recipe(tmp_path / "tiny", "llama")))
