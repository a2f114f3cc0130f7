"""Through training: what the kept run shows, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.experiments.pretraining import through_training as experiment
from explorer.experiments.pretraining import trained_matrices as matrices
from explorer.panels.pretraining.through_training import STEPS
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining.data.token_grams import TokenGrams
from explorer.zoo.card import shelf
from explorer.zoo.made_names import parse

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = (0, 64, 1448)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three of the checkpoints: the first, one early, the last."""
    monkeypatch.setattr(experiment, "steps", lambda: FEW)
    yield
    experiment.decoder_at.cache_clear()


def test_the_slider_has_what_is_kept() -> None:
    from explorer.training.kept import steps_of

    assert steps_of(experiment.folder()) == STEPS == experiment.recipe().run.keep
    assert sum(each.stat().st_size for each in experiment.folder().rglob("*") if each.is_file()) < 40e6


def test_every_checkpoint_is_a_model_that_opens(view: View) -> None:
    for each in view("through_training.spectrum")[-1].data.checkpoints:
        made = parse(each.model)
        assert made is not None
        assert made.recipe in shelf()  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("name", ["course", "next_token", "ngrams", "heads", "embeddings", "spectrum"])
def test_all_checks_hold(view: View, name: str) -> None:
    made = view(f"through_training.{name}")[-1]
    assert made.checks
    assert all(each.holds for each in made.checks), made.checks


def test_the_first_step_knows_nothing(view: View) -> None:
    data = view("through_training.course")[-1].data
    assert data.random_again[0] == pytest.approx(np.log(data.d_vocab), abs=0.05)
    assert data.loss[0] == pytest.approx(np.log(data.d_vocab), abs=0.1)
    assert data.held[-1] < data.held[0]
    assert data.parameters == shelf()[experiment.RUN].parameters


def test_it_is_first_nearest_to_the_unigram(view: View) -> None:
    kl = view("through_training.ngrams")[-1].data.kl
    assert kl[:, 1].argmin() == 0
    assert kl[:, -1].argmin() > 0


def test_divergence_by_hand() -> None:
    p, q = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.25, 0.25, 0.5])
    assert float(experiment.divergence(p, q.log())) == pytest.approx(np.log(2))
    assert float(experiment.divergence(q, q.log())) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("text", ["a", "🙂🙂", "مرحبا", "x" * 400, "def f(x):\n    return"])
def test_texts_of_any_kind(view: View, text: str) -> None:
    made = view("through_training.next_token", text=text)[-1]
    assert made.data.text == text
    assert all(check.holds for check in made.checks)
    assert made.data.p.sum(1).max() <= 1 + 1e-5


@pytest.mark.parametrize("matrix", ["o", "out", "embed"])
def test_other_matrices(view: View, matrix: str) -> None:
    made = view("through_training.spectrum", matrix=matrix, block=0)[-1]
    assert all(check.holds for check in made.checks)
    assert (np.diff(made.data.values, axis=1) <= 1e-5).all()


@pytest.mark.breaks("through_training.course", r"^The start that the run has kept")
def test_a_start_of_another_seed_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    made = experiment.recipe()
    other = made.model_copy(update={"run": made.run.model_copy(update={"seed": made.run.seed + 1})})
    monkeypatch.setattr(experiment, "recipe", lambda: other)
    assert not check("through_training.course", "The start").holds


@pytest.mark.breaks("through_training.next_token", r"^The last checkpoint’s probabilities")
def test_another_temperature_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = experiment.decoder_at(FEW[-1])
    monkeypatch.setattr(
        decoder.unembed, "forward", lambda x: 0.5 * torch.nn.functional.linear(x, decoder.unembed.weight)
    )
    assert not check("through_training.next_token", "probabilities").holds


@pytest.mark.breaks("through_training.ngrams", r"^Divergences from each n-gram")
def test_a_divergence_in_bits_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    right = experiment.divergence
    monkeypatch.setattr(experiment, "divergence", lambda p, q: right(p, q) / np.log(2))
    assert not check("through_training.ngrams", "Divergences").holds


@pytest.mark.breaks("through_training.ngrams", r"^The probabilities of each n-gram sum to 1")
def test_mass_that_is_lost_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    right = TokenGrams.after
    monkeypatch.setattr(TokenGrams, "after", lambda self, context, order: 0.99 * right(self, context, order))
    assert not check("through_training.ngrams", "sum to 1").holds


@pytest.mark.breaks("through_training.heads", r"^Induction scores after [\d,]+ steps")
def test_a_stripe_beside_the_right_one_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    right = experiment.by_hand(FEW[-1])
    monkeypatch.setattr(experiment, "LENGTH", experiment.LENGTH - 1)
    monkeypatch.setattr(experiment, "by_hand", lambda _: right)
    assert not check("through_training.heads", "Induction scores").holds


@pytest.mark.breaks("through_training.embeddings", r"^The variances on both axes")
def test_axes_of_other_directions_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    right = torch.linalg.svd

    def wrong(*given: torch.Tensor, **named: bool) -> object:
        return SimpleNamespace(Vh=right(*given, **named).Vh.flip(0))

    monkeypatch.setattr(matrices.torch.linalg, "svd", wrong)
    assert not check("through_training.embeddings", "variances").holds


@pytest.mark.breaks("through_training.spectrum", r"^At each checkpoint the squares")
def test_values_that_are_no_singular_values_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "singular_values", lambda weight: weight.abs().max(0).values)
    assert not check("through_training.spectrum", "squares").holds
