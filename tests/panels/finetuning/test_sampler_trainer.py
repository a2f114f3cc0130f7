"""Sampler against trainer: ratios of one text, the kept mass, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import sampler_trainer as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.tracing import TraceKey, capture

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_formats_move_ratios_and_a_cache_does_not(view: View) -> None:
    shown = view("sampler_trainer.ways")
    made = shown[-1]
    assert all(each.holds for each in made.checks), made.checks
    found = {each.name: each for each in made.data.ways}
    assert set(found) == {"cache", "batch", "bf16", "bf16 batch", "cache4", "int4"}
    assert found["cache"].most < 1e-3 < found["bf16"].most < found["int4"].most
    assert found["bf16 batch"].against == "bf16"
    assert found["int4"].outside[2] >= found["int4"].outside[0] > 0
    assert found["int4"].mean == pytest.approx(float(found["int4"].ratios.mean()))
    assert [len(each.data.ways) for each in shown[:3]] == [1, 2, 3]


def test_the_ratio_is_the_kept_mass(view: View) -> None:
    made = view("sampler_trainer.truncated", tokens=8, top_p=0.8)[-1]
    assert made.checks[0].holds
    data = made.data
    assert data.mean == pytest.approx(data.mean_mass, abs=1e-3)
    assert 0.8 <= data.mass.min() <= data.mass.max() <= 1 + 1e-9
    assert data.mean == pytest.approx(data.mean_plain, abs=1e-6)
    whole = view("sampler_trainer.truncated", tokens=8, top_p=1.0)[-1].data
    assert whole.mean == pytest.approx(1, abs=1e-3)


def test_a_trainer_that_forgets_the_temperature(view: View) -> None:
    made = view("sampler_trainer.truncated", tokens=8, top_p=1.0, temperature=0.6)[-1]
    assert made.checks[0].holds
    assert made.data.mean == pytest.approx(1, abs=1e-3)
    assert abs(made.data.mean_plain - 1) > 0.05


def test_one_token_has_nothing_to_score(small, view: View) -> None:
    alone = capture(small, TraceKey(small.name, "the", max_new_tokens=0))
    with pytest.raises(NotApplicableError, match="nothing to score"):
        view("sampler_trainer.ways", trace=alone)


@pytest.mark.breaks("sampler_trainer.ways", r"^The trainer’s log-probabilities = transformers’")
def test_a_trainer_one_token_off_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.whole
    monkeypatch.setattr(experiment, "whole", lambda decoder, ids: real(decoder, ids).roll(1))
    assert not check("sampler_trainer.ways", "transformers").holds


@pytest.mark.breaks("sampler_trainer.ways", r"^In float32, a token at a time through the cache")
def test_a_cache_in_four_bits_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        experiment,
        "ContiguousCache",
        lambda config, batch, n: experiment.QuantizedCache(config, batch, n, bits=4, group=8, residual=0),
    )
    assert not check("sampler_trainer.ways", "through the cache").holds


@pytest.mark.breaks("sampler_trainer.ways", r"^In float32, in a batch of 8 = alone")
def test_another_row_of_the_batch_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.batched
    monkeypatch.setattr(experiment, "batched", lambda decoder, ids: real(decoder, ids.roll(1)))
    assert not check("sampler_trainer.ways", "in a batch").holds


@pytest.mark.breaks("sampler_trainer.truncated", r"^Trainer’s probability by the sampler’s = the kept mass")
def test_a_sampler_that_does_not_renormalise_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.cut

    def wrong(*given: object) -> experiment.Cut:
        made = real(*given)  # pyright: ignore[reportArgumentType]
        return replace(made, sampler=made.sampler + made.mass.log())

    monkeypatch.setattr(experiment, "cut", wrong)
    assert not check("sampler_trainer.truncated", "kept mass", tokens=8, top_p=0.5).holds
    assert torch.is_grad_enabled()
