"""The grid of widths and rates: the best rate of a curve, what is trained and written, and what comes with it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.experiments.pretraining import width_grid
from explorer.experiments.pretraining.width_and_rate import Ended, Run, trained
from explorer.experiments.pretraining.width_grid import Loss, best, curves, losses, read_recipe, train_missing


@given(st.floats(-7.9, -4.1), st.floats(0.01, 3))
def test_the_lowest_point_of_a_parabola(lowest: float, steep: float) -> None:
    exponents = [-8.0, -7.0, -6.0, -5.0, -4.0]
    found = best(exponents, [2 + steep * (each - lowest) ** 2 for each in exponents])
    at_end = min(exponents, key=lambda each: abs(each - lowest)) in (-8.0, -4.0)
    assert found.edge == at_end
    if not at_end:
        assert found.exponent == pytest.approx(lowest, abs=1e-6)


def test_a_neighbour_that_diverged() -> None:
    assert best([-3.0, -2.0, -1.0], [3.0, 2.0, math.inf]).exponent == -2


RECIPE = """
steps = 2
seeds = [0, 1]
[data]
passages = "{hash}"
[[curves]]
parametrisation = "mup"
width = 32
exponents = [-9, -8]
[[curves]]
parametrisation = "standard"
width = 64
exponents = [-9, -8]
"""


def test_what_is_missing_is_trained_and_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, asked = tmp_path / "recipe.toml", []
    recipe.write_text(RECIPE.format(hash=width_grid.passages_hash()))

    def stands_in(run: Run, steps: int) -> Ended:
        asked.append(run)
        return Ended(2.5 + run.seed, 2.0)

    monkeypatch.setattr(width_grid, "trained", stands_in)
    train_missing(recipe)
    assert len(asked) == 8
    kept = losses(tmp_path)
    assert [each.run for each in kept] == asked == list(read_recipe(recipe).runs())
    (tmp_path / "losses.csv").write_text("\n".join((tmp_path / "losses.csv").read_text().splitlines()[:-2]) + "\n")
    train_missing(recipe)
    assert len(asked) == 10
    assert losses(tmp_path)[-1].run == asked[-1]
    assert (tmp_path / "card.json").is_file()
    made = curves(read_recipe(recipe), losses(tmp_path))
    assert [(each.parametrisation, each.width) for each in made] == [("standard", 64), ("mup", 32), ("mup", 64)]
    assert made[0].losses == ((2.5, 2.5), (3.5, 3.5))


def test_other_passages_are_refused(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE.format(hash="0"))
    with pytest.raises(BadRequestError, match="passages"):
        train_missing(tmp_path / "recipe.toml")


@pytest.mark.parametrize("text", ["", "steps = 1", "not toml"])
def test_what_is_no_recipe(tmp_path: Path, text: str) -> None:
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(BadRequestError, match="no grid"):
        read_recipe(tmp_path / "recipe.toml")


def test_a_run_is_its_rows_alone() -> None:
    """Two steps, twice: a run depends on nothing that came before it."""
    run = Run("mup", 32, -8.0, 1)
    first, other, again = trained(run, 2), trained(Run("mup", 32, -8.0, 2), 2), trained(run, 2)
    assert first == again != other


def test_a_rate_that_explodes_is_infinite() -> None:
    assert trained(Run("standard", 32, 120.0, 0), 4).held_out == math.inf


@pytest.mark.thorough
def test_a_run_of_the_grid_ends_where_it_did() -> None:
    grid = read_recipe(width_grid.folder() / "recipe.toml")
    stored = {each.run: each for each in losses(width_grid.folder())}
    run = Run("mup", 32, -7.0, 0)
    assert trained(run, grid.steps).held_out == pytest.approx(stored[run].ended.held_out, abs=0.02)


def test_the_grid_that_comes_with_the_explorer_is_whole() -> None:
    grid, found = read_recipe(width_grid.folder() / "recipe.toml"), losses(width_grid.folder())
    assert [each.run for each in found] == list(grid.runs())
    assert all(isinstance(each, Loss) and 2 < each.ended.held_out < 5 for each in found)
    assert len(grid.seeds) >= 3
