"""What the page is told of a constrained text, and what other libraries say of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from explorer.figures.inference.decoding import constrained as figure
from explorer.stack.inference.decoding.constrained import Constrained, RegexConstraint, Step, TokenTable
from explorer.stack.inference.decoding.sampling import Sampler

TOKENS = [b"<end>", b"a", b"b", b"ab", b"c", b"\xc3", b"\xa9"]
TABLE = TokenTable(TOKENS, stop_id=0)


def made(pattern: str, tokens: list[int], seed: int = 0, temperature: float = 1.0) -> Constrained:
    """A text whose tokens are given, under random logits."""
    rule, logits = RegexConstraint(pattern, TABLE), torch.Generator().manual_seed(seed)
    state, steps = rule.start, []
    for token in tokens:
        row = torch.randn(len(TOKENS), generator=logits)
        stages = Sampler(temperature=temperature).stages(row, allowed=rule.allowed(state))
        steps.append(Step(state, stages, 0.5, token))
        state = rule.advance(state, token)
    return Constrained(tuple(steps), state)


def test_a_step_by_hand() -> None:
    """Three tokens with .5 .3 .2, the first forbidden: .5 of the mass is gone, .6 and .4 are left."""
    table = TokenTable([b"x", b"y", b"z", b"<end>"], stop_id=3)
    rule = RegexConstraint("[yz]", table)
    stages = Sampler().stages(torch.tensor([0.5, 0.3, 0.2, 1e-30]).log(), allowed=rule.allowed(rule.start))
    shown = figure.shown(Step(rule.start, stages, 0.1, 1), k=2)
    assert shown.forbidden == pytest.approx(0.5)
    assert (shown.n_allowed, shown.wanted, shown.token) == (2, 0, 1)
    assert shown.ids == (0, 1, 2)
    assert shown.allowed == (False, True, True)
    assert shown.p == pytest.approx([0.5, 0.3, 0.2])
    assert shown.q == pytest.approx([0.0, 0.6, 0.4])
    assert shown.rest == pytest.approx([0.0, 0.0], abs=1e-6)


def test_named_and_rest_are_all_of_the_probability() -> None:
    for seed in range(10):
        for step in made("(a|b|ab)+c", [1, 2, 4], seed, temperature=0.7).steps:
            shown = figure.shown(step, k=2)
            assert sum(shown.p) + sum(shown.rest) == pytest.approx(1)
            assert shown.forbidden == pytest.approx(
                shown.rest[1] + sum(p for p, ok in zip(shown.p, shown.allowed, strict=True) if not ok)
            )
            assert list(shown.p) == sorted(shown.p, reverse=True)
            assert step.token in shown.ids


def test_masks_are_bits() -> None:
    steps = made("(a|b)c", [1, 4, 0]).steps
    packed = figure.masks(steps)
    bits = np.unpackbits(packed, axis=-1, bitorder="little")[:, : len(TOKENS)]
    assert bits.tolist() == [[0, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0, 0]]


def test_the_cost_is_the_ratio_of_the_two_probabilities() -> None:
    steps = made("(a|b|ab)+c", [1, 2, 4, 0], seed=3).steps
    model = math.prod(figure.shown(step).own for step in steps)
    masked = math.prod(figure.shown(step).given for step in steps)
    assert figure.cost(steps) == pytest.approx(math.log(masked / model))


def test_every_step_is_named() -> None:
    steps = made("(a|b|ab)+c", [1, 2, 4]).steps
    assert set().union(*map(figure.named_ids, steps)) >= {1, 2, 3, 4}
