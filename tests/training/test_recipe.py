"""Recipes come from outside: what is unknown, missing or wrong is named, and those of the shelf are read."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import BadRequestError
from explorer.training import decoder
from explorer.training.recipe import DecoderSizes, EncoderDecoderSizes, StateSpaceSizes, from_dict, read
from explorer.zoo.card import shelf_folder

ENTRIES: dict[str, Any] = {
    "name": "tiny",
    "data": {"texts": {"one": 1}, "d_vocab": 300, "n_ctx": 8, "rows": 2},
    "model": {
        "architecture": "mixtral", "n_layers": 1, "d_model": 8, "n_heads": 2, "n_kv_heads": 1, "d_expert": 4,
    },
    "optimiser": {"peak": 1e-3, "warmup": 1, "steps": 10},
}  # fmt: skip
SHELF = sorted(path.parent.name for path in shelf_folder().glob("*/recipe.toml"))

SIZES = {"t5": EncoderDecoderSizes, "mamba": StateSpaceSizes}


def changed(path: str, value: object) -> dict[str, Any]:
    """The entries with one of them set, or left out where the value is None."""
    entries = copy.deepcopy(ENTRIES)
    *tables, name = path.split(".")
    table = entries
    for each in tables:
        table = table.setdefault(each, {})
    if value is None:
        del table[name]
    else:
        table[name] = value
    return entries


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("data.row", 3, "[data] of the recipe has “row”, which is not an entry that it knows."),
        ("data.rows", None, "[data] of the recipe has no “rows”, which it needs."),
        ("data.rows", 0, "[data] of the recipe: “rows” should be greater than 0, not 0."),
        ("data.rows", "2", "[data] of the recipe: “rows” should be a valid integer, not '2'."),
        ("data.texts.one", -1, "[data.texts] of the recipe: “one” should be greater than 0, not -1."),
        ("data.texts", {}, "[data] of the recipe: “texts” "),
        ("model.d_mlp", 3, "[model] of the recipe has “d_mlp”, which is not an entry that it knows."),
        ("model.n_layers", 1.5, "[model] of the recipe: “n_layers” should be a valid integer, not 1.5."),
        ("model.architecture", "perceptron", "No architecture 'perceptron' is trained here."),
        ("model.architecture", None, "No architecture 'none' is trained here."),
        ("optimiser", None, "The recipe has no “optimiser”, which it needs."),
        ("optimiser.schedule", "x", "[optimiser] of the recipe: “schedule” should be 'wsd' or 'cosine', not 'x'."),
        ("optimiser.peak", float("nan"), "[optimiser] of the recipe: “peak” should be"),
        ("optimiser.warmup", 20, "The recipe does not make sense: a schedule that makes no sense"),
        ("losses.z", -0.1, "[losses] of the recipe: “z” should be greater than or equal to 0, not -0.1."),
        ("run.compute", "float16", "[run] of the recipe: “compute” should be 'bfloat16' or 'float32', not 'float16'."),
        ("run.prompts", [1], "[run.prompts] of the recipe: "),
        ("data", 4, "The recipe: “data” should be "),
        ("colour", "red", "The recipe has “colour”, which is not an entry that it knows."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(path: str, value: object, said: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        from_dict(changed(path, value))
    assert caught.value.message.startswith(said)
    assert "pydantic" not in str(caught.value)


@pytest.mark.parametrize("name", SHELF)
def test_the_shelfs_recipes_are_read(name: str) -> None:
    path = shelf_folder() / name / "recipe.toml"
    recipe, entries = read(path), tomllib.loads(path.read_text(encoding="utf-8"))
    assert recipe.name == name
    assert isinstance(recipe.model, SIZES.get(entries["model"]["architecture"], DecoderSizes))
    for table in ("data", "model", "losses", "optimiser"):
        given = recipe.model_dump(mode="json")[table]  # TOML has lists, as JSON has
        assert {key: given[key] for key in entries[table]} == entries[table]
    settings = recipe.settings()
    assert settings.schedule.steps == entries["optimiser"]["steps"]
    assert settings.weights == entries["losses"]


def test_there_are_recipes_on_the_shelf() -> None:
    assert {"six-kinds-moe", "six-kinds-dense", "iso-dates"} <= set(SHELF)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"n_heads": 3}, "3 heads"),
        ({"n_heads": 8, "n_kv_heads": 8}, "even width"),
        ({"n_heads": 4, "n_kv_heads": 3}, "4 query heads cannot share 3"),
        ({"k": 9}, "9 of 8 experts"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(sizes: dict[str, int], said: str) -> None:
    recipe = from_dict(ENTRIES | {"model": ENTRIES["model"] | sizes})
    assert isinstance(recipe.model, DecoderSizes)
    with pytest.raises(BadRequestError, match=said):
        decoder.config_of(recipe.model, 300)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    for contents in (b"name = ", b"\xff\xfe"):
        (tmp_path / "recipe.toml").write_bytes(contents)
        with pytest.raises(BadRequestError, match="not a recipe"):
            read(tmp_path / "recipe.toml")
    with pytest.raises(BadRequestError, match="not a recipe"):
        read(tmp_path / "absent.toml")
