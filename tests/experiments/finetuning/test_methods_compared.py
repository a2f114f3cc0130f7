"""Every method under one budget: what is exact, what changed besides, what is written and gone on from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer import zoo
from explorer.corpora import instructions
from explorer.corpora.instructions import Pair
from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.finetuning import course as courses
from explorer.experiments.finetuning import methods_compared as compared
from explorer.experiments.finetuning import methods_grid as grid
from explorer.experiments.finetuning.course import InstructionCourse
from explorer.experiments.finetuning.methods_compared import Budget, Texts
from explorer.experiments.finetuning.spoken import Spoken
from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.tuned import Tuned
from explorer.zoo.model import Model

BUDGET = Budget(steps=2, rows=2, length=64, held_out=4)
RECIPE = """
trial_seed = 9
passages = "{passages}"
[sets]
units = "{units}"
[[models]]
name = "six-kinds-dense"
instructions = "units"
steps = 1
rows = 1
length = 64
held_out = 2
seeds = [0]
[models.rates]
prompt = [0.1, 0.2]
bitfit = [0.01]
"""


@pytest.fixture(scope="module")
def small() -> Model:
    return zoo.load("six-kinds-dense")


@pytest.fixture(scope="module")
def course(small: Model) -> InstructionCourse:
    data = instructions.made("grounded")
    return InstructionCourse(Spoken.of(small), data.train[:40], data.held_out[:8], 4, 96)


@pytest.fixture(scope="module")
def those(small: Model) -> Texts:
    return compared.texts(small, small.decoder)


def test_an_answer_is_exact_where_greedy_decoding_writes_it(small: Model) -> None:
    """One pass over the right answers, and the engine, which writes its own token by token."""
    taught = tuple(Pair(f"Where is {name}?", "At the sea.") for name in ("Ada", "Tom", "Eve"))
    course = InstructionCourse(Spoken.of(small), taught, (*taught, Pair("Where is Ada?", "In the house.")), 1, 64)
    tuned, budget = compared.begun("lora", small.decoder, 0), Budget(15, 1, 64, 4)
    run = compared.Run(tuned, course, compared.settings_of("lora", 0.01, budget))
    with torch.enable_grad():
        for _ in range(budget.steps):
            run.step()
    loss, exact = compared.answered(tuned, course, 4)
    written = courses.answered(tuned.decoder, course, 4)
    assert courses.share_exact(written) == exact == 0.75
    assert loss == pytest.approx(course.losses(tuned)["held out"], rel=1e-4)


def test_the_base_has_changed_nothing_and_rounding_has(small: Model, course: InstructionCourse, those: Texts) -> None:
    base = compared.untrained(small.decoder, course, those, BUDGET)
    assert set(base.changed.values()) == {0}
    begun = {name: compared.begun(name, small.decoder, 0) for name in ("pissa", "qlora", "prefix")}
    at = {name: compared.changed(each, those) for name, each in begun.items()}
    assert max(map(abs, at["pissa"].values())) < 1e-4  # it begins as the base
    assert min(at["qlora"].values()) > 1e-3  # its matrices are rounded before any step
    assert min(at["prefix"].values()) > 0.01  # a prefix that is drawn changes all at once
    kind, ids = next(iter(those.ids.items()))
    q = torch.log_softmax(begun["qlora"].decoder(ids), -1)
    expected = torch.nn.functional.kl_div(q.detach(), those.base[kind], log_target=True, reduction="sum") / ids.numel()
    assert at["qlora"][kind] == pytest.approx(float(expected), rel=1e-4)


def test_a_rate_that_is_too_high_ends_without_a_number(small: Model, course: InstructionCourse, those: Texts) -> None:
    made = compared.trained("ia3", small.decoder, course, those, 1e30, BUDGET)
    assert made.loss == float("inf")
    assert made.exact == 0


def test_what_is_missing_is_trained_and_the_better_rate_taken(tmp_path: Path) -> None:
    recipe = _written(tmp_path)
    told: list[str] = []
    grid.train_missing(recipe, told.append)
    made, found = grid.read_recipe(recipe), grid.rows(tmp_path)
    [wanted] = made.models
    assert [each.run.method for each in found] == ["base", "prompt", "prompt", "prompt", "bitfit"]
    trials = {each.run.rate: each.ended.loss for each in found if each.run.seed == 9}
    assert grid.rate_of(wanted, "prompt", made, found) == min(trials, key=trials.__getitem__)
    assert {each.run for each in found[1:]} == set(grid.wanted(made, wanted, found))
    assert len(told) == 5
    grid.train_missing(recipe, told.append)  # nothing is left
    assert len(told) == 5
    assert grid.rows(tmp_path) == found


def test_recipes_that_are_none_are_refused(tmp_path: Path) -> None:
    recipe = _written(tmp_path, passages="0")
    with pytest.raises(BadRequestError, match="The passages are others"):
        grid.train_missing(recipe)
    recipe.write_text(recipe.read_text().replace("bitfit", "magic"))
    with pytest.raises(BadRequestError, match="no method 'magic'"):
        grid.read_recipe(recipe)
    recipe.write_text("steps = 1")
    with pytest.raises(BadRequestError, match="no recipe of fine-tuning methods"):
        grid.read_recipe(recipe)


def test_a_mixture_is_refused_by_name() -> None:
    with pytest.raises(NotApplicableError, match="are experts"):
        compared.begun("lora", zoo.load("six-kinds-moe").decoder, 0)


def _written(folder: Path, **changes: str) -> Path:
    passages, (_, units, _) = _hashes()
    path = folder / "recipe.toml"
    path.write_text(RECIPE.format(**{"passages": passages, "units": units, **changes}), encoding="utf-8")
    return path


def _hashes() -> tuple[str, tuple[str, str, str]]:
    made = grid.Recipe.model_construct(passages="", sets={"units": ""})
    (_, passages, _), units = grid.hashes(made)
    return passages, units


def test_nothing_is_learnt_beside_the_adapter(small: Model) -> None:
    before = {name: each.clone() for name, each in small.decoder.named_parameters()}
    full = compared.begun("full", small.decoder, 0)
    assert full.base is not small.decoder
    assert compared.begun("lora", small.decoder, 0).base is small.decoder
    assert Tuned(small.decoder, Adapter({})).base is small.decoder
    assert all(torch.equal(each, before[name]) for name, each in small.decoder.named_parameters())
