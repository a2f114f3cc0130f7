"""Loss scaling against torch's GradScaler, step by step; 16-bit products against torch's autocast."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.experiments.pretraining.training_memory import own_shape
from explorer.stack.pretraining.precision import FORMATS, LossScale, least, rounded
from explorer.stack.transformer.decoder import Decoder


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 5), st.integers(-3, 30))
def test_the_scale_is_torchs(overflows: list[bool], interval: int, exponent: int) -> None:
    ours = LossScale(2.0**exponent, interval=interval)
    theirs = torch.amp.GradScaler("cpu", init_scale=2.0**exponent, growth_interval=interval)
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], 0.0)
    for overflowed in overflows:
        assert ours.value == theirs.get_scale()
        theirs.scale(torch.ones(()))  # it is made when first asked for
        weight.grad = torch.full((1,), math.inf if overflowed else 1.0)
        theirs.step(optimizer)
        theirs.update()
        _, seen = ours.unscaled([weight.grad])
        assert seen == overflowed
        ours = ours.after(overflowed)
    assert ours.value == theirs.get_scale()


def test_a_scale_that_float32_cannot_hold() -> None:
    assert LossScale(2.0**127, interval=1).after(False) == LossScale(2.0**127, interval=1)


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_what_is_no_number_is_an_overflow(number: float) -> None:
    assert LossScale(2.0).unscaled([torch.ones(2), torch.tensor([1.0, number])])[1]


@pytest.mark.parametrize("form", ["float16", "bfloat16"])
def test_the_least_number(form: str) -> None:
    dtype = FORMATS[form]
    assert float(torch.tensor(least(dtype), dtype=torch.float64).to(dtype)) == least(dtype)
    assert float(torch.tensor(least(dtype) / 2, dtype=torch.float64).to(dtype)) == 0


@given(st.integers(0, 12))
def test_a_factor_saves_what_was_lost(exponent: int) -> None:
    x = torch.tensor([2.0**-28, 2.0**-26])
    found = rounded(x, torch.float16, 2.0**exponent)
    assert found.zero == sum(-at + exponent <= -25 for at in (28, 26)) / 2


@pytest.mark.parametrize("form", ["bfloat16", "float16"])
def test_products_in_16_bits_are_autocasts(form: str) -> None:
    """Both round what a product reads: their gradients are as far from float32's, and nearer to each other."""
    config = own_shape(64, 2, 2, gated=True, length=32)
    windows = (torch.arange(66) * 7 % 256).view(2, 33)
    grads = []
    for compute, cast in ((None, False), (FORMATS[form], False), (None, True)):
        decoder = Decoder(config, compute).initialise(torch.Generator().manual_seed(0))
        with torch.autocast("cpu", FORMATS[form], enabled=cast):
            loss = torch.nn.functional.cross_entropy(
                decoder(windows[:, :-1]).flatten(0, 1).float(), windows[:, 1:].flatten()
            )
        (loss * 1024).backward()
        grads.append(torch.cat([each.grad.flatten() for each in decoder.parameters() if each.grad is not None]))
    exact, ours, theirs = grads
    apart, ours_off, theirs_off = (
        float(each.norm() / exact.norm()) for each in (ours - theirs, ours - exact, theirs - exact)
    )
    assert 0 < ours_off < 2 * theirs_off < 0.1
    assert apart < 2 * theirs_off
