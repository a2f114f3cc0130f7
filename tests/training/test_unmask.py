"""A masked diffusion model and its twin from a recipe: a common start, files that are read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.errors import BadRequestError
from explorer.fetching import cache
from explorer.training import recipe as recipes
from explorer.training import run as training
from explorer.training import unmask
from tests.training.test_run import two_texts as two_texts
from tests.training.test_run import write_recipe


def test_both_begin_as_one_and_are_read_again(two_texts: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unmask, "MEASURED", 2)
    monkeypatch.setattr(unmask, "DRAWS", 2)
    path = write_recipe(tmp_path / "tiny", "llama", steps=4)
    path.write_text(path.read_text() + "[unmask]\nbegins = 2\nshifted = true\nwarmup = 1\n")
    folder = training.run(path, announce=lambda _: None)
    assert folder is not None
    about = json.loads((folder / unmask.ABOUT).read_text())
    masked, causal = about["twins"]
    assert (masked["begins"], masked["steps"], causal["steps"]) == (2, 2, 4)
    assert masked["tokens"] == causal["tokens"] == recipes.read(path).tokens
    for each in (masked, causal):
        assert each["sha256"] == cache.sha256_of(folder / f"{each['name']}.safetensors")
    shared = unmask.parts_of(recipes.read(path))
    assert shared.masked(folder).shifted
    assert shared.causal(folder).config.causal
    assert all(each["bound"] > 0 for each in about["held_out"]["kinds"].values())


def test_a_recipe_that_never_parts_is_refused(two_texts: None, tmp_path: Path) -> None:
    path = write_recipe(tmp_path / "tiny", "llama", steps=4)
    path.write_text(path.read_text() + "[unmask]\nbegins = 4\n")
    with pytest.raises(BadRequestError, match="begins"):
        recipes.read(path)
