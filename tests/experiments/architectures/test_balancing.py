"""A layer's inputs and outputs as the model computes them, two trainings in turns, and the claims of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.experiments.architectures import balancing as experiment
from explorer.experiments.architectures import stored_trainings
from explorer.stack.architectures.router_training import Run, Settings, Task, train_router
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import Model


@pytest.fixture(scope="module")
def mixtral() -> Any:
    from transformers import MixtralConfig, MixtralForCausalLM

    torch.manual_seed(0)
    config = MixtralConfig(
        vocab_size=60, hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, num_local_experts=4, max_position_embeddings=64,
    )  # fmt: skip
    return MixtralForCausalLM(config).eval()


def test_what_a_layer_reads_and_writes_is_transformers(mixtral: Any) -> None:
    ids, seen = torch.randint(60, (10, 12), generator=torch.Generator().manual_seed(1)), []
    handle = mixtral.model.layers[1].mlp.register_forward_hook(lambda _m, x, y: seen.append((x[0], y)))
    with torch.no_grad():
        mixtral(ids)
    handle.remove()
    told: list[tuple[int, int]] = []
    decoder = Decoder.from_pretrained(mixtral)
    x, y = experiment.read_and_written(decoder, ids, 1, lambda done, total: told.append((done, total)))
    assert torch.allclose(x, seen[0][0], atol=1e-5)
    written = seen[0][1][0] if isinstance(seen[0][1], tuple) else seen[0][1]
    assert torch.allclose(y, written.view_as(y), atol=1e-5)
    assert told == [(0, 10), (8, 10)]
    assert "inner" not in dict(decoder.blocks[1].get_submodule("mlp").named_modules())  # the model's own is as it was


def test_whole_rows_are_held_out() -> None:
    rows = torch.arange(16.0).view(16, 1, 1).expand(16, 3, 2) + torch.rand(16, 3, 2) * 1e-3
    task = experiment.task_of(rows, rows)
    assert len(task.x_held) == 6
    scale = float(rows[(torch.arange(16) % 8) != 7].square().mean().sqrt())
    assert sorted({round(float(v) * scale) for v in task.x_held.flatten()}) == [7, 15]


@pytest.fixture(scope="module")
def task() -> Task:
    g = torch.Generator().manual_seed(0)
    x = torch.randn(640, 12, generator=g) + torch.randn(12, generator=g)
    return Task.of(x[:512], x[:512].abs(), x[512:], x[512:].abs())


@pytest.fixture(scope="module")
def run(task: Task) -> Run:
    return train_router(task, Settings(steps=40, batch=128, k=2), torch.Generator().manual_seed(3))


def test_the_claims_hold_on_a_run(run: Run, task: Task) -> None:
    assert experiment.balance_error(run) < 1e-5
    assert experiment.gradient_error(run.routing.logits, 2) < 1e-12  # pyright: ignore[reportAttributeAccessIssue]
    again = train_router(task, run.settings, torch.Generator().manual_seed(3), stop=5)
    assert experiment.repeat_error(run, again) == 0
    other = train_router(task, run.settings, torch.Generator().manual_seed(4), stop=5)
    assert experiment.repeat_error(run, other) > 0
    for factor in (1.0, 1.25, 2.0):
        assert experiment.drop_error(run, factor) == 0


def test_claims_fail_where_they_should(run: Run, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "balance_gradient", lambda probs, f: probs * f)
    assert experiment.gradient_error(run.routing.logits, 2) > 0.1  # pyright: ignore[reportAttributeAccessIssue]


def test_capacity_only_takes_away(run: Run, task: Task) -> None:
    dropped, losses = zip(*(experiment.with_capacity(run, task, factor) for factor in (0.5, 1.0, 8.0)), strict=True)
    assert dropped[0] > dropped[1] > dropped[2] == 0
    assert losses[2] == pytest.approx(run.held_out, rel=1e-5)
    assert losses[0] > losses[2]


def test_two_trainings_come_in_turns_and_are_those_alone(task: Task) -> None:
    asked = Settings(steps=50, batch=64, method="bias")
    seen = list(experiment.in_turns(task, asked, seed=3))
    said = range(experiment.SAID, 51, experiment.SAID)
    assert [(len(pair.plain.loss), len(pair.chosen.loss)) for pair in seen] == [(n, n) for n in said]
    assert [pair.runs is None for pair in seen] == [True] * (len(seen) - 1) + [False]
    with experiment.one_thread():
        alone = train_router(task, asked, torch.Generator().manual_seed(3))
    assert torch.equal(alone.counts, seen[-1].chosen.counts)
    assert torch.equal(alone.loss[: experiment.SAID], seen[0].chosen.loss)
    assert seen[-1].plain.settings.method == "none"


@pytest.mark.thorough
def test_the_last_pairs_are_kept(moe: Model) -> None:
    asked, told = Settings(steps=30, batch=32, n_experts=2), []
    first = list(experiment.trainings(moe, 1, asked, 0, lambda *said: told.append(said)))
    assert len(first) == 2
    assert {what for what, _, _ in told} == {"Passages read", "Training steps"}
    assert told[-1] == ("Training steps", 60, 60)
    assert list(experiment.trainings(moe, 1, asked, 0)) == first[-1:]
    for seed in range(1, 6):
        *_, last = experiment.trainings(moe, 1, asked, seed)
        assert last.runs is not None
    assert len(experiment._KNOWN[moe]) == experiment.KEPT


def test_stored_curves(tmp_path: Path) -> None:
    path = tmp_path / "loss.csv"
    assert stored_trainings.curve(tmp_path) == []
    path.write_text("step,tokens,lm,balance,busiest,idlest\n1,9,4,2.5,0.5,0\n2,18,2,2.1,0.3,0.1\n")
    rows = stored_trainings.curve(tmp_path)
    assert rows[1] == {"step": 2, "tokens": 18, "lm": 2, "balance": 2.1, "busiest": 0.3, "idlest": 0.1}
    (tmp_path / "training.json").write_text('{"steps": 2, "tokens": 18}')
    assert stored_trainings.end_error(tmp_path, rows) == 0
    assert stored_trainings.end_error(tmp_path, rows[:1]) == 0.5
    path.write_text("step,tokens,lm,balance,busiest,idlest\n")
    assert stored_trainings.curve(tmp_path) == []
