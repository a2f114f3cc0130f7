"""Weight decay in three ways, against torch's optimizers step for step."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer.stack.pretraining.optimizers.decay import BETAS, How, decayed, rule

RATES = (0.01, 0.02, 0.02, 0.01, 0.001)
WD, PEAK = 0.3, 0.02


def drawn(seed: int) -> Tensor:
    return torch.randn(6, 4, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("how", ["decoupled", "inside", "unscheduled"])
def test_steps_are_torchs(how: How) -> None:
    weight, state = drawn(0), {}
    held = drawn(0).requires_grad_()
    kind = torch.optim.Adam if how == "inside" else torch.optim.AdamW
    theirs = kind([held], lr=0.0, betas=BETAS, weight_decay=WD)
    for t, lr in enumerate(RATES, 1):
        made = rule(how, WD, PEAK).step(weight, drawn(t), state, t, lr)
        weight, state = made.weight, made.state
        theirs.param_groups[0].update(lr=lr, weight_decay=WD * PEAK / lr if how == "unscheduled" else WD)
        held.grad = drawn(t)
        theirs.step()
        assert torch.allclose(weight, held, atol=1e-6)


def test_without_decay_all_three_are_one() -> None:
    made = [rule(how, 0.0, PEAK).step(drawn(0), drawn(1), {}, 1, 0.01).weight
            for how in ("decoupled", "inside", "unscheduled")]  # fmt: skip
    assert torch.equal(made[0], made[1])
    assert torch.equal(made[0], made[2])


def test_decay_that_goes_on_at_a_rate_of_nought() -> None:
    weight = torch.ones(1)
    steps = {how: rule(how, WD, PEAK).step(weight, weight, {}, 1, 0.0) for how in ("decoupled", "unscheduled")}
    assert float(steps["decoupled"].weight) == 1
    assert float(steps["unscheduled"].weight) == pytest.approx(1 - WD * PEAK)


def test_what_is_decayed() -> None:
    matrix, vector = torch.empty(2, 2), torch.empty(2)
    assert decayed("blocks.0.attn.W_Q.weight", matrix)
    assert decayed("unembed.weight", matrix)
    assert not decayed("embed.weight", matrix)
    assert not decayed("ln_final.weight", vector)
