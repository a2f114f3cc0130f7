"""Estimators of KL on two real policies, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from explorer.experiments.finetuning import kl_estimators as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.finetuning.policy import kl

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
pytestmark = pytest.mark.usefixtures("on_the_shelf")


def test_what_each_estimator_is_worth(view: View) -> None:
    made = view("kl_estimators.estimators")[-1]
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert data.policy == "one"
    k1, k2, k3, inverted = data.each
    assert data.mean > 1e-3
    assert k1.value == pytest.approx(data.mean)
    assert k3.value == pytest.approx(data.mean)
    assert k3.deviation < k1.deviation
    assert k1.cosine is None
    assert k2.cosine == pytest.approx(1)
    assert k3.other == pytest.approx(1)
    assert k3.cosine is not None
    assert k3.cosine < 0.9999
    assert inverted.value != pytest.approx(data.mean, rel=1e-3)


def test_a_model_in_four_bits_against_itself(view: View) -> None:
    data = view("kl_estimators.estimators", policy="in NF4", draws=1)[-1].data
    assert data.offered == ("one", "two", "in NF4")
    assert data.mean > 1e-3


@pytest.mark.breaks("kl_estimators.estimators", r"^Average of k1 and of k3 = KL")
def test_the_inverted_ratio_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = kl.estimate
    monkeypatch.setattr(kl, "estimate", lambda p, q, kind: real(p, q, "inverted k3" if kind == "k3" else kind))
    assert not check("kl_estimators.estimators", "Average of k1").holds


@pytest.mark.breaks("kl_estimators.estimators", r"^Average gradients of all four")
def test_a_slope_of_another_sign_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = kl.slope
    monkeypatch.setattr(kl, "slope", lambda p, q, kind: -real(p, q, kind))
    assert not check("kl_estimators.estimators", "Average gradients").holds


@pytest.mark.breaks("kl_estimators.estimators", r"^Means of drawn samples lie")
def test_samples_of_the_reference_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment._samples
    monkeypatch.setattr(
        experiment, "_samples", lambda p, q, found, draws, seed: real(torch.zeros_like(p) - 5, q, found, draws, seed)
    )
    assert not check("kl_estimators.estimators", "Means of drawn").holds
