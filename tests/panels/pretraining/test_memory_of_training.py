"""Memory of training: what the page shows of it, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.pretraining import gpt_layer, sixteen_bits, training_memory
from explorer.experiments.pretraining.training_memory import case_of
from explorer.figures.pretraining import training_memory as figure
from explorer.panels.pretraining import memory_of_training_views as views
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining import checkpointing, saved_tensors
from explorer.stack.pretraining import training_memory as mechanism
from explorer.stack.pretraining.precision import LossScale
from explorer.stack.pretraining.saved_tensors import Step
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.norms import RMSNorm

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
SMALL: dict[str, Any] = {"width": 128, "blocks": 2, "length": 64, "batch": 1}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_memory, "ROUNDS", 1)
    monkeypatch.setattr(sixteen_bits, "STEPS", 4)
    monkeypatch.setattr(sixteen_bits, "SHAPE", (16, 1, 8))


def test_the_terms_add_up(view: View) -> None:
    made = view("memory_of_training.terms", **SMALL)[-1].data
    kinds = {each.name: each for each in made.kinds}
    assert kinds["optimizer"].formula == 2 * kinds["weights"].formula + 4 * (2 + 2 * 9)  # a counter a tensor: 20
    assert kinds["gradients"].formula == kinds["weights"].formula == 4 * made.parameters
    assert sum(each.formula for each in made.parts) == kinds["activations"].formula == kinds["activations"].real
    assert made.apart == 0
    gone = {each.name for each in made.parts if each.formula < each.whole}
    assert gone == {"feed-forward"}


@pytest.mark.parametrize("policy", checkpointing.POLICIES)
@pytest.mark.parametrize("kernel", ["sdpa", "eager"])
@pytest.mark.parametrize("form", ["float32", "bfloat16"])
def test_tensors_that_vanish(view: View, policy: str, kernel: str, form: str) -> None:
    made = view("memory_of_training.tensors", **SMALL, policy=policy, kernel=kernel, form=form)[-1]
    data = made.data
    assert all(each.holds for each in made.checks)
    if kernel == "sdpa" or policy != "attention":  # else grouped k and v are kept once, not once a query head
        assert all(each.kept in (0, each.bytes) for each in data.tensors)
    assert sum(each.kept for each in data.tensors) == data.real
    gone = [each for each in data.tensors if not each.kept]
    assert bool(gone) == (policy != "none")


def test_what_vanishes_by_policy(view: View) -> None:
    def gone(**more: Any) -> set[str]:
        data = view("memory_of_training.tensors", **SMALL, **more)[-1].data
        return {each.name for each in data.tensors if not each.kept and each.block == 0}

    assert gone(policy="attention") == {"log-sum-exp"}
    assert gone(policy="attention", kernel="eager") == {"mask", "softmax"}
    assert gone(policy="feed-forward") == {"before the activation", "other branch", "gate", "hidden"}
    assert gone(policy="feed-forward", ffn="gelu") == {"before the activation", "hidden"}


def test_recomputing(view: View) -> None:
    made = view("memory_of_training.recompute", **SMALL)[-1].data
    rows = {each.policy: each for each in made.rows}
    assert [rows[each].kept for each in ("full", "feed-forward")] < [rows["none"].kept] * 2
    assert rows["full"].peak < rows["none"].peak
    assert rows["none"].times is None
    assert (made.done, made.rounds) == (1, 1)


def test_the_models_own_blocks(view: View) -> None:
    made = view("memory_of_training.own_model", length=64, batch=1)[-1]
    assert all(each.holds for each in made.checks)
    data = made.data
    assert (data.measured_blocks, data.blocks) == (2, 8) or data.blocks > 2
    kinds = {each.name: each for each in data.kinds}
    assert kinds["weights"].whole == 4 * data.parameters > kinds["weights"].formula
    blocks = [sum(each.formula for each in data.parts if each.block == at) for at in (0, 1)]
    outside = sum(each.formula for each in data.parts if each.block < 0)
    assert kinds["activations"].whole == outside + blocks[0] + (data.blocks - 1) * blocks[1]


def test_a_model_that_is_not_counted_says_what_to_do() -> None:
    config = DecoderConfig(2, 16, 2, 2, 8, 32, 32, 64, placement="sandwich", qk_norm=True)
    with pytest.raises(NotApplicableError, match="norm after each sublayer") as refused:
        case_of(Decoder(config), 2, Step(1, 10), "float32", "adamw")
    assert "shape of your own" in str(refused.value.hint)


def test_gpt3s_layer(view: View) -> None:
    made = view("memory_of_training.published")[-1].data
    assert [round(each.bytes / 2**20) for each in made.rows] == [2736, 552, 342, 312, 102, 48]
    assert sum(each.theirs for each in made.parts) == pytest.approx(34 + 80)
    assert sum(each.ours for each in made.parts) == pytest.approx(made.ours / (made.s * made.b * made.h))
    one = view("memory_of_training.published", devices=1)[-1].data
    assert len({each.bytes for each in one.rows[:3]}) == 1


def test_gradients_in_16_bits(view: View) -> None:
    shown = [each.data for each in view("memory_of_training.sixteen", steps=2, exponent=16)]
    assert [len(each.steps) for each in shown] == [0, 4]
    made = shown[-1]
    exact, bf16, half, scaled = made.reads
    assert (exact.zero, exact.error) == (0, 0)
    assert bf16.error > 2 * half.error  # three bits less
    assert scaled.zero <= half.zero
    assert (made.least, made.normal) == (-24, -14)
    assert made.shares.sum() == pytest.approx(1)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        pytest.param(
            "terms",
            "tensors by formula",
            marks=pytest.mark.breaks("memory_of_training.terms", r"^\d+ tensors by formula"),
        ),
        pytest.param(
            "tensors",
            "What is left",
            marks=pytest.mark.breaks("memory_of_training.tensors", r"^What is left by formula"),
        ),
    ],
)
def test_a_norm_that_keeps_more(check: Find, monkeypatch: pytest.MonkeyPatch, name: str, statement: str) -> None:
    real = RMSNorm.forward
    monkeypatch.setattr(RMSNorm, "forward", lambda norm, x, _=False: real(norm, x * x.detach().abs().clamp(1, 1)))
    assert not check(f"memory_of_training.{name}", statement, **SMALL).holds


@pytest.mark.breaks("memory_of_training.own_model", r"^\d+ tensors by formula")
def test_a_group_that_is_forgotten(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = saved_tensors._attention
    monkeypatch.setattr(
        saved_tensors, "_attention", lambda config, step, layer: real(replace(config, n_kv_heads=1), step, layer)
    )
    assert not check("memory_of_training.own_model", "tensors by formula", length=64, batch=1).holds


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("terms", marks=pytest.mark.breaks("memory_of_training.terms", r"^Weights, gradients and the")),
        pytest.param(
            "own_model", marks=pytest.mark.breaks("memory_of_training.own_model", r"^Weights, gradients and the")
        ),
    ],
)
def test_an_optimizer_that_keeps_more(check: Find, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real = mechanism.optimizers
    monkeypatch.setattr(training_memory, "optimizers", lambda optimizer, decoder: real("adamw", decoder))
    controls = {**SMALL, "optimizer": "momentum"} if name == "terms" else {"length": 64, "optimizer": "momentum"}
    assert not check(f"memory_of_training.{name}", "Weights, gradients", **controls).holds


@pytest.mark.breaks("memory_of_training.recompute", r"^Gradients with checkpointing = those without")
def test_a_second_pass_on_other_numbers(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        checkpointing.RecomputedFeedForward,
        "forward",
        lambda layer, x, _=False: checkpointing.recomputed(
            lambda x: layer.mlp(x.bfloat16().float() if torch.is_grad_enabled() else x), (x,), list(layer.parameters())
        ),
    )
    assert not check("memory_of_training.recompute", "Gradients with", **SMALL).holds


@pytest.mark.breaks("memory_of_training.published", r"^The formula and two norms’ means and deviations")
def test_a_layer_without_dropout(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpt_layer.GptLayer, "dropped", lambda layer, x: x)
    assert not check("memory_of_training.published", "two norms").holds


@pytest.mark.breaks("memory_of_training.sixteen", r"^Our loss scale = torch’s GradScaler’s")
def test_a_scale_that_grows_too_soon(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sixteen_bits, "INTERVAL", 2)
    real = LossScale.after
    monkeypatch.setattr(LossScale, "after", lambda scale, overflowed: real(replace(scale, good=1), overflowed))
    assert not check("memory_of_training.sixteen", "Our loss scale", steps=0, exponent=8).holds


@pytest.mark.breaks("memory_of_training.sixteen", r"^Weights after our scaled steps")
def test_gradients_that_are_not_divided(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LossScale, "unscaled", lambda scale, gradients: ([each / 3 for each in gradients], False))
    assert not check("memory_of_training.sixteen", "Weights after", steps=0, exponent=8).holds


def test_each_kept_tensor_is_one_of_the_whole_steps() -> None:
    """The figure matches them by name; one that it cannot match raises."""
    case = training_memory.Case(training_memory.own_shape(32, 1, 2, True, 16), 1, Step(1, 16, policy="full"), "float32")
    made = figure.tensors(case, [], 0)
    assert [each.name for each in made.tensors if each.kept and each.block == 0] == ["input"]
    assert views.GPT3 == (2048, 1, 12288, 96)
