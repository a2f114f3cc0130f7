"""Width and rate: what the page shows of it, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.errors import NotApplicableError
from explorer.experiments.pretraining import coordinate_check, width_grid
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining.mup import Parametrisation

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two widths and one seed."""
    monkeypatch.setattr(coordinate_check, "WIDTHS", (32, 128))
    monkeypatch.setattr(coordinate_check, "SEEDS", (0,))


@pytest.mark.usefixtures("narrow")
def test_in_mup_the_stream_changes_alike_at_any_width(view: View) -> None:
    shown = [each.data for each in view("width_and_rate.coordinates", steps=2)]
    assert [each.widths for each in shown] == [(32,), (32, 128)]
    assert shown[0].slopes == ()
    slopes = {(each.parametrisation, each.part): each.middle for each in shown[-1].slopes}
    assert slopes["standard", "stream"] > 0.5
    assert abs(slopes["mup", "stream"]) < 0.25
    assert slopes["standard", "logits"] > slopes["mup", "logits"] + 0.4
    assert slopes["standard", "scores"] > slopes["mup", "scores"] + 0.4
    assert abs(slopes["mup", "embedding"]) < 0.1


@pytest.mark.usefixtures("narrow")
def test_the_factors_at_the_widest(view: View) -> None:
    made = view("width_and_rate.coordinates", steps=1)[-1].data
    scales = {each.kind: each for each in made.scales}
    assert made.at == 128
    assert scales["unembedding"].multiplier == 0.5
    assert scales["attention and first feed-forward matrix"].rate == 0.5
    assert scales["embedding"].rate == 1
    assert made.scores == pytest.approx(2**-0.5)


def test_the_grid(view: View) -> None:
    made = view("width_and_rate.rates")[-1].data
    assert [(each.parametrisation, each.width) for each in made.curves] == [
        (name, width) for name in ("standard", "mup") for width in (32, 64, 128, 256)
    ]
    shifts = {each.parametrisation: each for each in made.shifts}
    assert shifts["standard"].beyond
    assert shifts["standard"].mean < -2  # the wider the smaller
    assert abs(shifts["mup"].mean) < 1
    kept = {each.parametrisation: each.mean for each in made.kept}
    assert kept["standard"] > kept["mup"] >= 0


def test_a_grid_that_is_not_trained_says_so(view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "recipe.toml").write_bytes((width_grid.folder() / "recipe.toml").read_bytes())
    monkeypatch.setattr(width_grid, "folder", lambda: tmp_path)
    with pytest.raises(NotApplicableError, match="not been trained"):
        view("width_and_rate.rates")


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.usefixtures("narrow")
@pytest.mark.breaks("width_and_rate.coordinates", r"^muP by table 8 = muP by table 3")
def test_an_output_whose_rate_is_not_scaled(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Parametrisation.scale

    def wrong(made: Parametrisation, name: str, shape: tuple[int, ...]) -> object:
        found = real(made, name, shape)
        return replace(found, rate=1.0) if name == "unembed.weight" else found

    monkeypatch.setattr(Parametrisation, "scale", wrong)
    assert not check("width_and_rate.coordinates", "table 8", steps=1).holds


@pytest.mark.breaks("width_and_rate.rates", r"^Each of the recipe’s \d+ trainings has its loss")
def test_a_loss_that_is_left_out(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = width_grid.losses
    monkeypatch.setattr(width_grid, "losses", lambda of: real(of)[:-1])
    assert not check("width_and_rate.rates", "has its loss").holds


@pytest.mark.breaks("width_and_rate.rates", r"^The passages here = those of the recipe")
def test_passages_that_are_others(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(width_grid, "passages_hash", lambda: "0")
    assert not check("width_and_rate.rates", "The passages").holds
