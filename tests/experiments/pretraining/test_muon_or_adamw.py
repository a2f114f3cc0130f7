"""Muon or AdamW: the recipe, a run of few steps, and how tokens are read off."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from explorer.experiments import shelf_course
from explorer.experiments.pretraining import muon_or_adamw as experiment
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.transformer.decoder import Decoder


@pytest.fixture(scope="module")
def asked() -> experiment.Recipe:
    return experiment.recipe()


@pytest.fixture(scope="module")
def course() -> WindowCourse:
    return shelf_course.course(shelf_course.Bytes(), "passages", 1, rows=2, measured=1)


def test_a_run_is_a_function_of_its_seed(asked: experiment.Recipe, course: WindowCourse) -> None:
    job = experiment.Job("muon", 0.02, 1, 3, 2e-3)
    one, two = (experiment.train(asked, course, job) for _ in range(2))
    assert one == two
    assert one.held != experiment.train(asked, course, replace(job, seed=2)).held
    assert one.held != experiment.train(asked, course, replace(job, rule="adamw")).held


def test_each_weight_is_stepped_once(asked: experiment.Recipe) -> None:
    model = Decoder(experiment._config(asked))
    for rule in experiment.RULES:
        made = experiment.optimizers_of(model, experiment.Job(rule, 0.02, 1, 3, 2e-3), asked.schedule)
        taken = [id(each) for optimizer, _ in made for group in optimizer.param_groups for each in group["params"]]
        assert sorted(taken) == sorted(id(each) for each in model.parameters())
        muons = [each for each, _ in made if isinstance(each, torch.optim.Muon)]
        assert len(muons) == (rule == "muon")
        assert all(each is not model.embed.weight for one in muons for each in one.param_groups[0]["params"])


def test_what_is_stored_is_of_the_recipe(asked: experiment.Recipe) -> None:
    study = experiment.stored()
    grid = [(each.rule, each.rate, each.seed) for each in study.grid]
    rates = [("adamw", each) for each in asked.grid.adamw] + [("muon", each) for each in asked.grid.muon]
    assert grid == [(*each, seed) for each in rates for seed in asked.grid.seeds]
    assert not set(asked.grid.seeds) & set(study.seeds)
    assert study.seeds == list(asked.compared.seeds)
    for seed in study.seeds:
        assert [each.steps for each in study.of("adamw", seed)] == [asked.schedule.steps]
        lengths = [round(share * asked.schedule.steps) for share in asked.compared.shares]
        assert [each.steps for each in study.of("muon", seed)] == lengths
    for each in study.runs:
        assert each.rate == study.best(each.rule)
        assert each.tokens == each.steps * asked.data.rows * asked.data.n_ctx


def test_a_loss_that_is_not_reached_has_no_ratio() -> None:
    study = experiment.stored()
    hopeless = replace(
        study, runs=tuple(replace(each, held=each.held - 9 * (each.rule == "adamw")) for each in study.runs)
    )
    found = experiment.saving(hopeless)
    assert all(math.isnan(each) for each in (*found.ratios, found.mean, found.low, found.high))
