"""A sweep from its recipe to its tables, small enough to take seconds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from explorer.corpora import texts
from explorer.corpora.source import Source, Text
from explorer.errors import BadRequestError
from explorer.experiments.pretraining import sweep as results
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.training import sweep, sweep_recipe

RECIPE = """
name = "tiny"
[data]
texts = { one = 1, two = 2 }
drills = 1
d_vocab = 300
n_ctx = 16
rows = 2
measured = 2
[sizes]
a = { n_layers = 1, d_model = 8, n_heads = 2, d_mlp = 16 }
b = { n_layers = 1, d_model = 16, n_heads = 2, d_mlp = 32 }
c = { n_layers = 2, d_model = 16, n_heads = 2, d_mlp = 32 }
[optimiser]
peak = 1e-3
width = 16
power = 0.5
[rates]
compute = 1e6
peaks = { a = [1e-3] }
[[groups]]
compute = 2e6
sizes = ["a", "b", "c"]
seeds = { b = [0, 1] }
[[groups]]
compute = 4e6
sizes = ["a", "b"]
[held_out]
compute = 6e6
size = "b"
"""


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A tiny sweep on two made-up texts, in a cache of the test's own."""
    words = {"one": "the king said to his daughter", "two": "def main(self): return"}

    def load(name: str, progress: object = None) -> Text:
        source = Source(name, f"kind {name}", name, "public domain", (), "none")
        kept, held = texts.split([f"{words[name]} {n}\n" * 20 for n in range(40)])
        return Text(source, tuple(kept), tuple(held))

    monkeypatch.setattr(texts, "load", load)
    monkeypatch.setattr(sweep, "TRAINED", 40)
    monkeypatch.setattr(sweep, "ASKED", 3)
    monkeypatch.setattr(results, "RESAMPLES", 5)
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


def quiet(_line: str) -> None:
    pass


def test_a_sweep_waits_for_its_prediction_and_then_trains_the_larger_run(recipe: Path) -> None:
    said: list[str] = []
    assert not sweep.run(recipe, announce=said.append)
    assert "prediction" in said[-1]
    made = results.load(recipe.parent)
    assert [run.part for run in made.runs] == ["rate"] + 6 * ["group"]
    assert made.held_out is None

    written = json.loads(results.predict(recipe).read_text())
    assert sweep.run(recipe, announce=quiet)
    made = results.load(recipe.parent)
    assert made.held_out is not None
    assert made.held_out.name == written["run"]
    assert written["low"] <= written["high"]
    with pytest.raises(BadRequestError, match="trained already"):
        results.predict(recipe)

    card = json.loads((recipe.parent / "card.json").read_text())
    assert [text["licence"] for text in card["texts"]] == ["public domain"] * 2
    curves = results.curves(recipe.parent)
    for run in made.runs:
        assert curves[run.name][-1].tokens == run.tokens
        assert curves[run.name][-1].held is not None
        whole_steps = max(64, run.compute / (6 * run.parameters))  # two steps at least, of 32 tokens
        assert run.tokens == pytest.approx(whole_steps, abs=16)
        assert set(run.drills) == {"copy", "back", "code", "sum"}


def test_a_run_that_is_stopped_goes_on_and_ends_the_same(recipe: Path, tmp_path: Path) -> None:
    plan = sweep_recipe.read(recipe)
    planned = plan.runs()[1]
    read = sweep.material(plan, [texts.load(name) for name in plan.data.texts])
    whole, _ = sweep.train_one(plan, planned, read)

    (sweep.folder_of(plan) / f"{planned.name}-{plan.key(planned)}.pt").unlink()
    steps: list[int] = []
    stopped, _ = sweep.train_one(
        plan, planned, read, lambda at: steps.append(at.step), lambda: len(steps) > planned.steps // 2
    )
    assert stopped is None
    resumed, _ = sweep.train_one(plan, planned, read)
    assert whole is not None
    assert resumed is not None
    assert {**whole, "seconds": 0} == {**resumed, "seconds": 0}


def test_rows_of_another_recipe_are_not_taken(recipe: Path) -> None:
    sweep.run(recipe, announce=quiet)
    recipe.write_text(RECIPE.replace("peak = 1e-3", "peak = 2e-3"))
    said: list[str] = []
    sweep.run(recipe, announce=said.append)
    assert len([line for line in said if "loss" in line]) == 6  # the run that tries a rate of its own is there
    assert len(results.load(recipe.parent).runs) == 7


def test_a_prediction_needs_all_runs(recipe: Path) -> None:
    with pytest.raises(BadRequestError, match="7 runs are missing"):
        results.predict(recipe)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('size = "b"', 'size = "z"', "no size “z”"),
        ("n_heads = 2, d_mlp = 16", "n_heads = 3, d_mlp = 16", "even width"),
        ("[optimiser]", "[optimizer]", "optimiser"),
        ("compute = 6e6", "compute = -1", "held_out.compute"),
        ("[data]", "[data", "cannot be|can be read"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused(recipe: Path, right: str, wrong: str, said: str) -> None:
    recipe.write_text(RECIPE.replace(right, wrong))
    with pytest.raises(BadRequestError, match=said):
        sweep_recipe.read(recipe)


def test_parameters_are_those_of_the_decoder() -> None:
    plan = sweep_recipe.read(results.FOLDER / "recipe.toml")
    for planned in {run.size: run for run in plan.runs()}.values():
        with torch.device("meta"):
            decoder = Decoder(plan.config(planned.size))
        assert planned.parameters == sum(each.numel() for each in decoder.parameters())
        assert planned.embedding == decoder.embed.weight.numel()


def test_answers_by_hand() -> None:
    """Logits that are known: the next token is sure but for one place."""

    class Sure(Decoder):
        def forward(self, ids: torch.Tensor, *_: object, **__: object) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
            following = (ids + 1) % 10
            logits = torch.nn.functional.one_hot(following, 10).float() * 20
            return torch.where((ids == 7)[..., None], torch.zeros(10), logits)  # after a 7 nobody knows

    model = Sure(DecoderConfig(1, 8, 2, 2, 4, 8, 10, 16))
    rows = torch.tensor([[1, 2, 3, 4], [6, 7, 8, 9]])  # answers: 2 3 4, and 7 8 9 of which 8 is guessed
    found = sweep.answered(model, sweep.Questions((rows,), 3))
    assert found["exact1"] == 1
    assert found["exact2"] == found["exact3"] == found["exact"] == 0.5
    assert found["right"] == pytest.approx(5 / 6)
    assert found["nats"] == pytest.approx(2.302585 / 6, rel=1e-4)
    assert found["whole"] == pytest.approx((1 + 0.1) / 2, rel=1e-4)
