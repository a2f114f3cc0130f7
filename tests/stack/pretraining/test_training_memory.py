"""The state of each optimizer against what torch's own holds after a step."""

from __future__ import annotations

import pytest
import torch

from explorer.experiments.pretraining.training_memory import Case, measure, own_shape
from explorer.stack.pretraining.checkpointing import POLICIES, loss
from explorer.stack.pretraining.saved_tensors import Step
from explorer.stack.pretraining.training_memory import OPTIMIZERS, held, optimizers, state, state_bytes, weights_of
from explorer.stack.transformer.decoder import Decoder


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_state_is_torchs(optimizer: str) -> None:
    decoder = Decoder(own_shape(32, 2, 2, gated=True, length=16)).initialise(torch.Generator().manual_seed(0))
    made = optimizers(optimizer, decoder)  # pyright: ignore[reportArgumentType]
    assert state_bytes(made) == 0
    loss(decoder, torch.arange(34).view(2, 17)).backward()
    for each in made:
        each.step()
    assert state_bytes(made) == state(optimizer, weights_of(decoder))  # pyright: ignore[reportArgumentType]
    assert sum(len(group["params"]) for each in made for group in each.param_groups) == len(weights_of(decoder))


def test_the_peak_holds_what_the_formulas_say() -> None:
    """All four kinds are there at once when a later step's backward pass begins, and little besides."""
    case = Case(own_shape(128, 4, 2, True, 128), 4, Step(2, 128), "float32", "adamw")
    made = measure(case)
    sums = made.weights[0] + made.gradients[0] + made.state[0] + sum(each.bytes for each in made.kept)
    assert sums < made.peak < 1.1 * sums
    assert made.weights[0] == made.weights[1] == held(weights_of(case.decoder()))


def test_each_policy_peaks_lower_than_none() -> None:
    peaks = {}
    for policy in POLICIES:
        case = Case(own_shape(64, 4, 2, True, 128), 4, Step(2, 128, policy=policy, kernel="eager"), "float32", "sgd")
        peaks[policy] = measure(case).peak
    assert peaks["full"] < peaks["attention"] < peaks["none"]
    assert peaks["feed-forward"] < peaks["none"]
