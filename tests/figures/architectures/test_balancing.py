"""What the balancing panel draws: a layer's inputs and outputs as the model computes them, and the claims of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.figures.architectures import balancing as figure
from explorer.stack.architectures.router_training import Run, Settings, Task, train_router
from explorer.stack.transformer.decoder import Decoder


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
    x, y = figure.read_and_written(decoder, ids, 1, lambda done, total: told.append((done, total)))
    assert torch.allclose(x, seen[0][0], atol=1e-5)
    written = seen[0][1][0] if isinstance(seen[0][1], tuple) else seen[0][1]
    assert torch.allclose(y, written.view_as(y), atol=1e-5)
    assert told == [(0, 10), (8, 10)]
    assert "inner" not in dict(decoder.blocks[1].get_submodule("mlp").named_modules())  # the model's own is as it was


def test_whole_rows_are_held_out() -> None:
    rows = torch.arange(16.0).view(16, 1, 1).expand(16, 3, 2) + torch.rand(16, 3, 2) * 1e-3
    task = figure.task_of(rows, rows)
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
    assert figure.balance_error(run) < 1e-5
    assert figure.sum_error(run) == 0
    assert figure.gradient_error(run.routing.logits, 2) < 1e-12  # pyright: ignore[reportAttributeAccessIssue]
    assert figure.uniform_error(8, 2) < 1e-12
    again = train_router(task, run.settings, torch.Generator().manual_seed(3), stop=5)
    assert figure.repeat_error(run, again) == 0
    other = train_router(task, run.settings, torch.Generator().manual_seed(4), stop=5)
    assert figure.repeat_error(run, other) > 0
    for factor in figure.FACTORS:
        assert figure.drop_error(run, factor) == 0


def test_claims_fail_where_they_should(run: Run, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure, "balance_gradient", lambda probs, f: probs * f)
    assert figure.gradient_error(run.routing.logits, 2) > 0.1  # pyright: ignore[reportAttributeAccessIssue]


def test_capacity_only_takes_away(run: Run, task: Task) -> None:
    dropped, losses = zip(*(figure.with_capacity(run, task, factor) for factor in (0.5, 1.0, 8.0)), strict=True)
    assert dropped[0] > dropped[1] > dropped[2] == 0
    assert losses[2] == pytest.approx(run.held_out, rel=1e-5)
    assert losses[0] > losses[2]


def test_the_ending(run: Run) -> None:
    end = figure.ending(run)
    assert float(end["share"].sum()) == pytest.approx(1)
    assert 1 <= end["effective"] <= 8
    assert end["busiest"] >= 1
    assert end["idle"] == int((run.share[-20:].mean(0) < 1 / 80).sum())


def test_stored_curves(tmp_path: Path) -> None:
    path = tmp_path / "loss.csv"
    assert figure.recorded(path) is None
    path.write_text("step,tokens,lm,balance,busiest,idlest\n1,9,4,2.5,0.5,0\n2,18,2,2.1,0.3,0.1\n")
    assert figure.recorded(path, points=1) == {
        "step": [1.5], "lm": [3.0], "balance": [2.3], "busiest": [0.4], "idlest": [0.05]
    }  # fmt: skip
    path.write_text("step,tokens,lm,balance,busiest,idlest\n")
    assert figure.recorded(path) is None
