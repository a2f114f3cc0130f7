"""The rules against torch's optimizers and lion-pytorch's, step for step; and what each must do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lion_pytorch import Lion as LionPeer
from torch import Tensor

from explorer.stack.pretraining.optimizers.accumulation import by_batches, by_tokens
from explorer.stack.pretraining.optimizers.adam import Adam
from explorer.stack.pretraining.optimizers.averaged import averaged
from explorer.stack.pretraining.optimizers.lion import Lion
from explorer.stack.pretraining.optimizers.muon import JORDAN, POLAR_EXPRESS, Muon, iterates, polynomial
from explorer.stack.pretraining.optimizers.sgd import SGD
from explorer.stack.pretraining.optimizers.stepped import Rule, clipped

LR = 0.01
Made = Callable[[list[Tensor]], torch.optim.Optimizer]
CASES: dict[str, tuple[Rule, Made]] = {
    "sgd": (SGD(), lambda p: torch.optim.SGD(p, LR)),
    "momentum": (SGD(0.9, weight_decay=0.1), lambda p: torch.optim.SGD(p, LR, 0.9, weight_decay=0.1)),
    "nesterov": (SGD(0.9, nesterov=True), lambda p: torch.optim.SGD(p, LR, 0.9, nesterov=True)),
    "adam": (Adam(weight_decay=0.1, decoupled=False), lambda p: torch.optim.Adam(p, LR, weight_decay=0.1)),
    "adamw": (
        Adam((0.9, 0.95), weight_decay=0.1), lambda p: torch.optim.AdamW(p, LR, (0.9, 0.95), weight_decay=0.1)
    ),
    "lion": (Lion(weight_decay=0.1), lambda p: LionPeer(p, LR, (0.9, 0.99), weight_decay=0.1)),
    "muon": (Muon(), lambda p: torch.optim.Muon(p, LR)),
    "muon wide": (Muon(wide=True), lambda p: torch.optim.Muon(p, LR, adjust_lr_fn="match_rms_adamw")),
    "muon plain": (Muon(nesterov=False), lambda p: torch.optim.Muon(p, LR, nesterov=False)),
}  # fmt: skip


def worst(error: Tensor) -> float:
    """The largest of some errors; NaN where one is."""
    return float(error.abs().max())


def after(rule: Rule, weight: Tensor, gradients: list[Tensor]) -> Tensor:
    """The weight after a step with each gradient."""
    state: dict[str, Tensor] = {}
    for t, gradient in enumerate(gradients, 1):
        made = rule.step(weight, gradient, state, t, LR)
        weight, state = made.weight, made.state
    return weight


def peers(make: Made, weight: Tensor, gradients: list[Tensor]) -> Tensor:
    """The same by a library's optimizer."""
    held = weight.clone().requires_grad_()
    optimizer = make([held])
    for gradient in gradients:
        held.grad = gradient.clone()
        optimizer.step()
    return held.detach()


def drawn(rows: int, columns: int, steps: int = 6) -> tuple[Tensor, list[Tensor]]:
    generator = torch.Generator().manual_seed(rows * 100 + columns)
    return torch.randn(rows, columns, generator=generator), [
        torch.randn(rows, columns, generator=generator) * 10.0 ** (-t) for t in range(steps)
    ]


@pytest.mark.parametrize("shape", [(7, 5), (4, 9)])
@pytest.mark.parametrize("name", CASES)
def test_every_rule_steps_as_its_library(name: str, shape: tuple[int, int]) -> None:
    rule, make = CASES[name]
    weight, gradients = drawn(*shape)
    assert worst(after(rule, weight, gradients) - peers(make, weight, gradients)) < 1e-6


@pytest.mark.parametrize("name", CASES)
def test_a_step_with_another_rate_is_seen(name: str) -> None:
    """The parity can fail: another decay, another momentum part from the library's."""
    rule, make = CASES[name]
    weight, gradients = drawn(7, 5)
    other = replace(rule, weight_decay=0.7)  # pyright: ignore[reportArgumentType]
    assert worst(after(other, weight, gradients) - peers(make, weight, gradients)) > 1e-3


@pytest.mark.parametrize("name", CASES)
def test_a_step_is_its_update_and_writes_nothing_in_place(name: str) -> None:
    rule = CASES[name][0]
    weight, gradients = drawn(7, 5)
    kept, given_gradient = weight.clone(), gradients[0].clone()
    made = rule.step(weight, gradients[0], {}, 1, LR)
    assert torch.equal(weight, kept)
    assert torch.equal(gradients[0], given_gradient)
    assert worst(weight - made.moved - made.weight) < 1e-6


def test_the_first_step_of_adam_is_as_long_as_the_rate() -> None:
    weight, gradients = drawn(7, 5)
    made = Adam().step(weight, gradients[0], {}, 1, LR)
    assert worst((weight - made.weight) - LR * gradients[0].sign()) < 1e-6


@settings(deadline=None)
@given(st.integers(2, 8), st.integers(2, 8), st.integers(0, 5))
def test_newton_and_schulz_change_values_by_the_polynomial_and_turn_no_vector(rows: int, columns: int, n: int) -> None:
    matrix = drawn(rows, columns)[0].double()
    u, s, v = torch.linalg.svd(matrix, full_matrices=False)
    s = s / matrix.norm()
    for a in range(n):
        s = torch.tensor([polynomial(float(each), POLAR_EXPRESS[a]) for each in s], dtype=s.dtype)
    made = iterates(matrix, POLAR_EXPRESS[:n])[-1]
    assert worst(made - u @ torch.diag(s) @ v) < 1e-9


def test_five_iterations_bring_values_that_are_not_tiny_near_one() -> None:
    values = torch.linspace(0.02, 1.0, 200).double()
    found = values
    for _ in range(5):
        found = torch.tensor([polynomial(float(each), JORDAN) for each in found])
    assert 0.6 < float(found.min()) < float(found.max()) < 1.3
    tiny = 1e-5
    for _ in range(5):
        tiny = polynomial(tiny, JORDAN)
    assert tiny == pytest.approx(1e-5 * JORDAN[0] ** 5, rel=1e-3)  # 485 times: still far from one


def test_muon_takes_matrices_only() -> None:
    with pytest.raises(ValueError, match="AdamW takes it"):
        Muon().step(torch.zeros(3), torch.zeros(3), {}, 1, LR)


def test_clipping_is_torchs() -> None:
    _, gradients = drawn(7, 5)
    held = [torch.zeros_like(each).requires_grad_() for each in gradients]
    for one, gradient in zip(held, gradients, strict=True):
        one.grad = gradient.clone()
    norm = torch.nn.utils.clip_grad_norm_(held, 0.5)
    found, made = clipped(gradients, 0.5)
    assert found == pytest.approx(float(norm), rel=1e-6)
    assert all(one.grad is not None and worst(one.grad - each) < 1e-6 for one, each in zip(held, made, strict=True))
    assert all(torch.equal(one, each) for one, each in zip(gradients, clipped(gradients, 1e9)[1], strict=True))


def test_one_times_eight_is_eight_times_one() -> None:
    """Gradients of unequal batches, added, equal those of the one batch; the mean of means does not."""
    generator = torch.Generator().manual_seed(5)
    weight = torch.randn(6, 11, generator=generator, dtype=torch.double).requires_grad_()
    lengths = [1, 2, 3, 5, 8, 13, 21, 34]
    inputs = [torch.randn(n, 6, generator=generator, dtype=torch.double) for n in lengths]
    targets = [torch.randint(11, (n,), generator=generator) for n in lengths]

    def total(x: Tensor, y: Tensor) -> Tensor:
        return torch.nn.functional.cross_entropy(x @ weight, y, reduction="sum")

    def gradient(loss: Tensor) -> Tensor:
        return torch.autograd.grad(loss, weight)[0]

    whole = gradient(total(torch.cat(inputs), torch.cat(targets)) / sum(lengths))
    sums = [total(x, y) for x, y in zip(inputs, targets, strict=True)]
    parts = [gradient(total(x, y) / sum(lengths)) for x, y in zip(inputs, targets, strict=True)]
    assert worst(torch.stack(parts).sum(0) - whole) < 1e-12
    assert worst(gradient(by_tokens(sums, lengths)) - whole) < 1e-12
    sums = [total(x, y) for x, y in zip(inputs, targets, strict=True)]
    assert worst(gradient(by_batches(sums, lengths)) - whole) > 1e-3


def test_the_average_is_torchs() -> None:
    weights = [torch.randn(4, generator=torch.Generator().manual_seed(i)) for i in range(5)]
    line = torch.nn.Linear(4, 1, bias=False)
    kept = torch.optim.swa_utils.AveragedModel(line, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
    for each in weights:
        line.weight.data.copy_(each[None])
        kept.update_parameters(line)
    # torch's starts at the first weights, ours at zero and is corrected: both are the same recursion from another start
    theirs = next(kept.module.parameters()).detach()[0]
    ours = averaged(weights, 0.9) * (1 - 0.9**5)
    assert worst(theirs - (ours + 0.9**5 * weights[0])) < 1e-6
    recent = [0.9 ** (4 - i) * 0.1 / (1 - 0.9**5) for i in range(5)]
    assert sum(recent) == pytest.approx(1.0)
    by_hand = torch.stack([w * each for w, each in zip(recent, weights, strict=True)]).sum(0)
    assert worst(by_hand - averaged(weights, 0.9)) < 1e-6
    with pytest.raises(ValueError, match="nothing"):
        averaged([], 0.9)
