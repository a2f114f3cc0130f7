"""Every method side by side: the committed trainings, a step live, and what breaks each check."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import method_step, methods_grid
from explorer.experiments.finetuning import methods_compared as experiment
from explorer.experiments.finetuning.method_step import counted
from explorer.panels.finetuning.methods_compared import METHODS
from explorer.panels.protocol import Check, Rendered
from explorer.stack.finetuning import counts, trainable
from explorer.stack.transformer.config import DecoderConfig

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def _one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(method_step, "ROUNDS", 1)


def test_the_panel_offers_every_method() -> None:
    assert dict(METHODS) == experiment.TITLES


def test_the_trainings_are_those_of_the_recipe(view: View) -> None:
    made = view("methods_compared.table")[-1]
    assert [each.name for each in made.data.methods] == list(experiment.TITLES)
    assert all(each.holds for each in made.checks)
    with (methods_grid.folder() / "runs.csv").open(encoding="utf-8", newline="") as lines:
        losses = [
            float(row["loss"]) for row in csv.DictReader(lines) if row["method"] == "dora" and row["seed"] in "012"
        ]
    dora = next(each for each in made.data.methods if each.name == "dora")
    assert sorted(dora.loss.each) == sorted(losses)
    assert dora.loss.mean == pytest.approx(sum(losses) / 3)
    # Student's quantile for two degrees of freedom is 4.303.
    spread = (sum((each - dora.loss.mean) ** 2 for each in losses) / 2) ** 0.5
    assert dora.loss.half == pytest.approx(4.3027 * spread / 3**0.5, rel=1e-3)
    assert made.data.seeds == (0, 1, 2)


def test_a_difference_is_of_the_same_seeds(view: View) -> None:
    made = view("methods_compared.table", against="ia3")[-1].data
    rows = {each.name: each for each in made.methods}
    assert rows["ia3"].loss_difference is None
    found = rows["full"].loss_difference
    assert found.mean == pytest.approx(
        sum(one - other for one, other in zip(rows["full"].loss.each, rows["ia3"].loss.each, strict=True)) / 3
    )
    assert found.clear == (abs(found.mean) > found.half)


def test_what_else_changed_by_kind(view: View) -> None:
    made = view("methods_compared.forgetting")[-1].data
    assert len(made.kinds) == 6
    for each in made.methods:
        assert each.changed.mean == pytest.approx(sum(kind.mean for kind in each.kinds) / 6)
        assert all(kind.mean > 0 for kind in each.kinds)


def test_methods_that_are_not_trained_say_so(view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "recipe.toml").write_bytes((methods_grid.folder() / "recipe.toml").read_bytes())
    monkeypatch.setattr(methods_grid, "folder", lambda: tmp_path)
    with pytest.raises(NotApplicableError, match="have not been trained"):
        view("methods_compared.table")


def test_the_card_has_the_sizes_of_the_bases() -> None:
    recipe = tomllib.loads((methods_grid.folder() / "recipe.toml").read_text(encoding="utf-8"))
    for name in (each["name"] for each in recipe["models"]):
        assert trainable.full(methods_grid.sizes_of(name)) == zoo.shelf()[name].parameters


@pytest.mark.parametrize("method", experiment.TITLES)
def test_a_step_is_what_the_formula_counts(method: str, view: View, small) -> None:
    made = view("methods_compared.step", method=method)[-1]
    assert all(each.holds for each in made.checks), made.checks
    assert made.data.trained == made.data.counted > 0
    assert made.data.activations > 100_000
    assert min(made.data.step.ms, made.data.forward.ms) > 0  # one round each: their order is the machine’s
    if method == "full":
        assert made.data.trained == small.hf.num_parameters()
    if method == "qlora":
        assert made.data.weights < 0.6 * 4 * small.hf.num_parameters()  # its table is not rounded


def test_models_of_other_parts_are_refused_by_name() -> None:
    gpt = DecoderConfig(
        n_layers=1, d_model=8, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=8, d_vocab=9, n_ctx=8, norm="layer"
    )
    with pytest.raises(NotApplicableError, match="not counted here"):
        counted("lora", gpt)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("methods_compared.table", r"^Each of the recipe’s \d+ trainings has its row")
def test_a_row_that_is_left_out(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = methods_grid.rows

    def without(of: Path) -> list[methods_grid.Row]:
        found = real(of)
        odd = replace(found[-1], run=replace(found[-1].run, seed=77))
        return [*found, odd]

    monkeypatch.setattr(methods_grid, "rows", without)
    assert not check("methods_compared.table", "has its row").holds


@pytest.mark.breaks("methods_compared.table", r"^Numbers trained, by formula from the sizes")
def test_a_formula_without_lengths(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainable, "dora", trainable.low_rank)
    assert not check("methods_compared.table", "Numbers trained").holds


@pytest.mark.breaks("methods_compared.forgetting", r"^The passages and instructions here")
def test_texts_that_are_others(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods_grid, "hashes", lambda recipe: [("The passages", "0", recipe.passages)])
    assert not check("methods_compared.forgetting", "The passages").holds


@pytest.mark.breaks("methods_compared.step", r"^Numbers that autograd gave a gradient")
def test_an_adapter_of_another_rank(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.methods.lora
    monkeypatch.setattr(
        experiment.methods, "lora", lambda d, roles, r, alpha, **more: real(d, roles, r + 1, alpha, **more)
    )
    assert not check("methods_compared.step", "Numbers that autograd").holds


@pytest.mark.breaks("methods_compared.step", r"^Bytes of gradients and moments")
def test_moments_of_half_the_bytes(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = counts.state_bytes
    monkeypatch.setattr(counts, "state_bytes", lambda optimiser: real(optimiser) // 2)
    assert not check("methods_compared.step", "Bytes of gradients").holds


@pytest.mark.breaks("methods_compared.step", r"^Bytes of the weights")
def test_a_base_that_is_not_rounded(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment.qlora, "rounded", lambda decoder: decoder)
    assert not check("methods_compared.step", "Bytes of the weights", method="qlora").holds
