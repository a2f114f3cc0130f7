"""The loop on a decoder of some hundred weights: it stops before a number that is none, and names the tensor."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.pretraining.batches import Batches, WindowCourse
from explorer.stack.pretraining.not_finite import NotFiniteError
from explorer.stack.pretraining.optimizers.by_name import RULES
from explorer.stack.pretraining.schedule import KINDS, Schedule
from explorer.stack.pretraining.train import Run, Settings, doubling, load_checkpoint, train
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

STREAM = torch.arange(64) % 8
STEPS = 6


def decoder(experts: int = 0) -> Decoder:
    config = DecoderConfig(1, 8, 1, 1, 8, 8, 8, n_ctx=8, n_experts=experts, k=min(2, experts), tied=False)
    return Decoder(config).initialise(torch.Generator().manual_seed(0))


def course(seed: int = 0) -> WindowCourse:
    return WindowCourse(Batches({"a": STREAM}, {"a": 1}, n_ctx=8, rows=2, seed=seed), {"a": STREAM}, 2)


def settings(optimizer: str = "adamw", rate: float = 1e-2, **more: float) -> Settings:
    return Settings(Schedule("wsd", rate, 0.0, 1, STEPS), 16, optimizer=optimizer, **more)  # pyright: ignore[reportArgumentType]


def weights(model: Any) -> list[torch.Tensor]:
    return [each.detach().clone() for each in model.parameters()]


def same(one: Decoder, other: Decoder) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@given(st.integers(0, 10**6))
def test_steps_of_the_doubling(steps: int) -> None:
    found = doubling(steps)
    assert found[0] == 0
    assert found[-1] == steps
    assert found == sorted(set(found))
    inner = found[1:-1]
    assert all(each & (each - 1) == 0 for each in inner)
    assert len(found) <= 3 + math.ceil(math.log2(steps + 1))
    assert all(b <= 2 * a for a, b in pairwise(found[1:]))  # no gap is longer than what came before


@pytest.mark.parametrize("experts", [0, 2])
@pytest.mark.parametrize("optimizer", sorted(RULES))
def test_a_run_that_was_stopped_is_one_that_was_not(optimizer: str, experts: int, tmp_path: Path) -> None:
    whole, cut, path = decoder(experts), decoder(experts), tmp_path / "run.pt"
    train(whole, course(), settings(optimizer))
    train(cut, course(), settings(optimizer), path, until=3)
    torch.manual_seed(5)  # what else draws in the process is none of the run's
    again = decoder(experts)
    train(again, course(), settings(optimizer), path)
    assert same(whole, again)
    assert not same(whole, cut)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "muon"])
def test_an_optimizer_by_name_is_torchs(optimizer: str) -> None:
    """Matrices and vectors, with decay, over all steps; Muon's iterations are rounded in bfloat16."""
    run, model = Run(decoder(), course(), settings(optimizer)), decoder()
    named = list(model.named_parameters())
    tables = [each for name, each in named if each.dim() > 1 and name.startswith(("embed", "unembed"))]
    inner = [each for name, each in named if each.dim() > 1 and not name.startswith(("embed", "unembed"))]
    vectors = [each for _, each in named if each.dim() < 2]
    muon = optimizer == "muon"
    decayed = ((tables if muon else [*tables, *inner], 0.1), (vectors, 0.0))
    if optimizer == "sgd":
        peers = [torch.optim.SGD(each, 0.1, 0.9, weight_decay=decay) for each, decay in decayed]
    else:
        peers = [torch.optim.AdamW(each, 0.1, (0.9, 0.95), weight_decay=decay) for each, decay in decayed]
        peers += [torch.optim.Muon(inner, 0.1, adjust_lr_fn="match_rms_adamw")] if muon else []
    before = weights(model)
    for step in range(STEPS):
        run.step()
        for each in peers:
            each.param_groups[0]["lr"] = run.settings.schedule(step)
        model.zero_grad()
        model.loss(course().batch(step)).total({}).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for each in peers:
            each.step()
    moved = max(float((a - b).abs().max()) for a, b in zip(weights(model), before, strict=True))
    apart = max(float((a - b).abs().max()) for a, b in zip(weights(model), weights(run.model), strict=True))
    assert moved > 1e-4
    assert apart < (0.05 if optimizer == "muon" else 1e-4) * moved


def test_a_gradient_that_is_no_number_is_no_step(tmp_path: Path) -> None:
    model, path = decoder(), tmp_path / "run.pt"
    train(model, course(), settings(), path, until=3)
    run = Run(model, course(), settings())
    load_checkpoint(path, run)
    good = weights(model)
    model.blocks[0].get_submodule("mlp.W_in").weight.register_hook(lambda gradient: gradient * math.nan)  # pyright: ignore
    with pytest.raises(NotFiniteError, match=r"the gradient of blocks.0.mlp.W_in.weight .* at step 4") as raised:
        run.step()
    assert (raised.value.step, raised.value.tensor) == (4, "the gradient of blocks.0.mlp.W_in.weight")
    assert all(torch.equal(a, b) for a, b in zip(good, model.parameters(), strict=True))
    assert (run.progress.step, len(run.progress.curve)) == (3, 3)


def test_a_loss_that_is_no_number_names_the_first_output(tmp_path: Path) -> None:
    model, path = decoder(), tmp_path / "run.pt"
    with torch.no_grad():
        model.get_parameter("blocks.0.attn.W_V.weight").fill_(math.inf)
    with pytest.raises(NotFiniteError, match=r"the output of blocks\.0\.attn\.W_V is not a number at step 1"):
        train(model, course(), settings(), path)
    kept = Run(decoder(), course(), settings())
    load_checkpoint(path, kept)  # the last good one
    assert kept.progress.step == 0


def test_what_changes_on_the_way_keeps_the_moments_and_takes_the_decay() -> None:
    run = Run(decoder(), course(), settings(weight_decay=0.1))
    run.step()
    moments = run.optimiser.state_dict()["state"]
    run.become(course(1), settings(weight_decay=0.5, rate=1e-3))
    assert [group["weight_decay"] for group in run.optimiser.param_groups] == [0.5, 0.0]
    assert torch.equal(run.optimiser.state_dict()["state"][0]["exp_avg"], moments[0]["exp_avg"])
    run.step()
    assert run.progress.curve[-1].lr == run.settings.schedule(1)
    run.become(course(1), settings("sgd"))
    assert not run.optimiser.state_dict()["state"]


@given(st.sampled_from(KINDS), st.integers(1, 300), st.floats(0, 0.9), st.floats(1e-9, 1.0))
def test_no_step_is_taken_at_rate_0(kind: str, steps: int, warmup: float, share: float) -> None:
    floor = share if kind == "range" else 0.0
    schedule = Schedule(kind, 1.0, floor, min(round(warmup * steps), steps - 1), steps)
    rates = [schedule(step) for step in range(steps)]
    assert 0 < min(rates) <= max(rates) <= 1.0 + 1e-12
