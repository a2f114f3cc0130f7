"""The step that torchrun starts: on threads, and as its own command says."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from explorer.experiments.systems import composed_rank
from explorer.experiments.systems.composed import Compared, Setting, compared
from explorer.experiments.systems.rank_process import Rank
from explorer.experiments.systems.torchrun_step import DENSE, EXPERTS, sentence, small
from explorer.stack.parallelism.composed import Layout
from explorer.stack.parallelism.thread_group import in_threads


def step(setting: Setting, experts: bool = False, broken: bool = False) -> Compared:
    subject = small(replace(EXPERTS if experts else DENSE, n_layers=2, windows=()), 4)
    told = setting.payload(subject)
    answers = in_threads(setting.layout.ranks, lambda group: composed_rank.step(Rank(group, print, None), told))  # pyright: ignore[reportArgumentType]
    if broken:
        answers[0]["gradients"]["ln_final.weight"] += torch.ones(DENSE.d_model)
    return compared(subject, setting, answers)


def test_what_it_measures_is_one_processs() -> None:
    layout = Layout(data=2)
    made = step(Setting(layout))
    assert made.loss == pytest.approx(made.alone, rel=1e-6)
    assert made.gradients < 1e-6
    assert made.formula > 0
    assert sentence(made, layout, "gloo").startswith(f"data 2 over gloo: loss {made.loss:.6f}, one process")
    assert step(Setting(Layout(), microbatches=2, schedule="gpipe"), broken=True).gradients > 0.1


@pytest.mark.thorough
@pytest.mark.parametrize(("processes", "axes"), [
    (2, ["--tensor", "2", "--sequence"]),
    (4, ["--data", "2", "--pipe", "2", "--schedule", "zb_h1"]),
    (4, ["--experts", "--expert", "2", "--tensor", "2"]),
])  # fmt: skip
def test_torchrun_starts_it(processes: int, axes: list[str]) -> None:
    made = torchrun(processes, axes)
    assert made.returncode == 0, made.stderr[-2000:]
    assert "over gloo: loss" in made.stdout


@pytest.mark.thorough
def test_what_does_not_fit_is_said() -> None:
    made = torchrun(2, ["--tensor", "3"])
    assert made.returncode != 0
    assert "3 ranks cannot share its 8 query heads" in made.stderr
    made = torchrun(2, ["--data", "4"])
    assert "data 4 needs 4 processes, and torchrun started 2." in made.stderr


def torchrun(processes: int, axes: list[str]) -> subprocess.CompletedProcess[str]:
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    step = ["-m", "explorer.experiments.systems.torchrun_step", *axes]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*start, *step], check=False, capture_output=True, text=True, timeout=240, env=environment
    )  # fmt: skip
