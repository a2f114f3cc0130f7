"""Training an SAE on a small model: it draws as it trains; each check fails when what it is about is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.experiments.inside import live_autoencoder
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.sparse_autoencoders import training
from explorer.stack.frontier.sparse_autoencoders.autoencoder import SparseAutoencoder

QUICK = {"steps": "20", "width": "256", "text": "passages"}
View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_both_trainings_are_drawn_as_they_go(view: View) -> None:
    shown = view("training_sae.live", **QUICK)
    made = shown[-1].data
    assert len(shown) == 20
    assert made.trained.step.tolist() == list(range(1, 21))
    assert all(each.holds for each in shown[-1].checks), shown[-1].checks
    assert made.trained.explained[-1] > made.placebo.explained[-1]
    assert set(made.trained.losses) == {"reconstruction"}
    assert made.tokens > 10 * made.held / 4 > 0


def test_the_stream_is_read_from_the_disk_the_second_time(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    view("training_sae.live", **QUICK)

    def never(*_: Any) -> Any:
        raise AssertionError("the model is run again")

    monkeypatch.setattr(live_autoencoder.activations, "_run", never)
    view("training_sae.live", **QUICK)


@pytest.mark.breaks("training_sae.live", r"^Reconstructions = their features added")
def test_a_decoder_that_leaves_one_feature_out(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = SparseAutoencoder.sum_of

    def less(self: SparseAutoencoder, kept: Tensor, indices: Tensor | None) -> Tensor:
        return whole(self, kept[:, 1:], None if indices is None else indices[:, 1:])

    monkeypatch.setattr(SparseAutoencoder, "sum_of", less)
    assert not check("training_sae.live", "added one by one", **QUICK).holds


@pytest.mark.breaks("training_sae.live", r"^Autograd’s slope in the directions")
def test_a_loss_that_is_a_mean_over_dimensions(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = live_autoencoder.loss_terms

    def halved(*given: Any) -> Any:
        made = plain(*given)
        made.named["reconstruction"] = made.named["reconstruction"] / 2
        return made

    monkeypatch.setattr(live_autoencoder, "loss_terms", halved)
    assert not check("training_sae.live", "slope in the directions", **QUICK).holds


@pytest.mark.breaks("training_sae.live", r"trained again with the same seed are the same$")
def test_a_training_that_draws_elsewhere(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, counted = training.batches, iter(range(1, 100))

    def drifting(*given: Any) -> Any:
        by = next(counted)
        return (each.roll(by) + by for each in plain(*given))

    monkeypatch.setattr(training, "batches", lambda n, *rest: (each % n for each in drifting(n, *rest)))
    assert not check("training_sae.live", "trained again with", **QUICK).holds


def test_a_model_without_texts_says_what_to_do(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.corpora import texts
    from explorer.errors import NotApplicableError, SourceMissingError

    def missing(*_: Any) -> Any:
        raise SourceMissingError("It is not there.", "")

    monkeypatch.setattr(texts, "load", missing)
    with pytest.raises(NotApplicableError, match="cannot be fetched") as caught:
        view("training_sae.live", **QUICK | {"text": "texts"})
    assert "passages" in str(caught.value.hint)


def test_it_learns_nothing_of_random_numbers() -> None:
    """Noise has no features: what is learned explains hardly more than what is random."""
    x = torch.randn(2000, 32, generator=torch.Generator().manual_seed(0))
    read = live_autoencoder.Streams(x[:1600], x[1600:])
    asked = training.Settings(width=64, k=4, steps=60, batch=256, lr=3e-3)
    *_, pair = live_autoencoder.trainings(read, asked)
    assert abs(pair.trained.measured[-1].explained - pair.placebo.measured[-1].explained) < 0.1
