"""The pipeline's classifier on texts that it has not read, by three seeds."""

from __future__ import annotations

import pytest

from explorer.experiments.pretraining import quality
from explorer.experiments.pretraining.quality import SEEDS, trained
from explorer.stack.pretraining.data import quality_classifier


def test_planted_spam_is_told_from_prose_by_every_seed() -> None:
    made = [trained(seed) for seed in SEEDS]
    assert all(each.accuracy > 0.99 for each in made)
    assert all(len(each.good) > 500 and len(each.bad) > 50 for each in made)
    assert made[0].good != made[1].good


def test_a_gradient_of_the_other_label_learns_the_contrary(monkeypatch: pytest.MonkeyPatch) -> None:
    real = quality_classifier.gradients
    monkeypatch.setattr(
        quality_classifier, "gradients", lambda *given: real(given[0], given[1], given[2], 1 - given[3])
    )
    assert quality.trained.__wrapped__(0).accuracy < 0.01
