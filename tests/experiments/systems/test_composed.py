"""Whole decoders, dense and of experts, on four real processes: every pair of axes gives one process's gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest
import torch

from explorer.experiments.systems.ranks import Message, Ranks
from explorer.stack.parallelism.composed import Layout, joined
from tests.stack.parallelism.composed_jobs import CONFIGS, alone
from tests.stack.parallelism.tiny import apart, by_unit, fresh

STEP = "tests.stack.parallelism.composed_jobs:step"
CASES = [
    ("dense", Layout(data=2, tensor=2), False),
    ("dense", Layout(pipe=2, data=2), False),
    ("dense", Layout(pipe=2, tensor=2), True),
    ("dense", Layout(tensor=4), False),
    ("mixture", Layout(data=2, expert=2), False),
    ("mixture", Layout(expert=2, tensor=2), True),
    ("mixture", Layout(pipe=2, expert=2), False),
    ("mixture", Layout(pipe=1, data=1, expert=4, tensor=1), False),
    ("untied", Layout(pipe=2, tensor=2), False),
    ("mixture", Layout(data=2, tensor=2), False),
    ("mixture", Layout(expert=2), False),
    ("dense", Layout(tensor=2), True),
]


@pytest.fixture(scope="module")
def group() -> Iterator[Ranks]:
    with Ranks(4, loads=("torch._dynamo", STEP.partition(":")[0])) as made:
        yield made


@pytest.mark.parametrize(("name", "layout", "sequence"), CASES, ids=lambda each: str(each))
def test_processes_are_one_process(group: Ranks, name: str, layout: Layout, sequence: bool) -> None:
    loss, gradients = alone(CONFIGS[name])
    given: Message = {"config": name, "layout": asdict(layout), "sequence": sequence}
    made = group.run(STEP, [given] * layout.ranks)
    assert [each["loss"] for each in made] == pytest.approx([loss] * layout.ranks, rel=1e-6)
    like: dict[str, torch.Tensor] = dict(fresh(CONFIGS[name]).named_parameters())
    found = joined([each["gradients"] for each in made], CONFIGS[name], layout, like)
    assert apart(by_unit(found), by_unit(gradients)) < 1e-6
