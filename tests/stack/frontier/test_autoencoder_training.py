"""The training of a sparse autoencoder: what moves and what stays, and that the same settings give the same run."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from explorer.stack.frontier.sparse_autoencoders.autoencoder import KINDS, Kind
from explorer.stack.frontier.sparse_autoencoders.synthetic import Truth, recovery, synthetic
from explorer.stack.frontier.sparse_autoencoders.training import Run, Settings, Targets, batches, training

#: Drawn from a seed that no training has: else a placebo would begin at the true directions.
TRUTH = synthetic(Truth(d_model=24, features=32, on=2.0, children=0), 1500, torch.Generator().manual_seed(99))
X, HELD = TRUTH.x[:1200], TRUTH.x[1200:]
QUICK = Settings(width=32, k=3, steps=60, batch=128, lr=0.01)


def run(settings: Settings, x: Tensor = X) -> Run:
    *_, made = training(x, HELD, settings, every=30)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_and_keeps_unit_directions(kind: Kind) -> None:
    made = run(replace(QUICK, kind=kind))
    first, last = made.losses[0]["reconstruction"], made.losses[-1]["reconstruction"]
    assert last < first
    torch.testing.assert_close(made.sae.W_dec.norm(dim=-1), torch.ones(32))
    assert [each.step for each in made.measured] == [30, 60]
    assert made.done


def test_a_placebo_s_directions_stay_as_they_were_drawn() -> None:
    placebo = run(replace(QUICK, frozen=True))
    fresh = next(training(X, HELD, replace(QUICK, frozen=True, steps=1), every=1))
    torch.testing.assert_close(placebo.sae.W_dec, fresh.sae.W_dec, atol=0, rtol=0)
    assert not torch.equal(placebo.sae.W_enc, fresh.sae.W_enc)


def test_learned_directions_recover_more_of_the_truth_than_random_ones() -> None:
    longer = replace(QUICK, steps=200, width=48, lr=0.02)
    learned, placebo = run(longer), run(replace(longer, frozen=True))
    shares = [recovery(TRUTH.directions, each.sae.W_dec.detach()).share for each in (learned, placebo)]
    assert shares[0] > 0.8 > 0.1 > shares[1]
    assert learned.measured[-1].explained > placebo.measured[-1].explained + 0.1


def test_the_same_settings_give_the_same_run_and_another_seed_another() -> None:
    short = replace(QUICK, steps=5)
    assert run(short).losses == run(short).losses
    assert run(short).losses != run(replace(short, seed=1)).losses


def test_what_is_finished_reads_vectors_as_they_came() -> None:
    made = run(replace(QUICK, steps=30))
    scaled = made.sae.eval()(HELD * made.scale) / made.scale
    torch.testing.assert_close(made.finished()(HELD), scaled, atol=1e-5, rtol=1e-4)


def test_no_vector_comes_again_before_all_have_come() -> None:
    got = torch.cat(list(batches(10, Settings(steps=4, batch=5), torch.Generator().manual_seed(0))))
    assert got[:10].sort().values.tolist() == list(range(10))
    assert got[10:].sort().values.tolist() == list(range(10))


def test_features_that_no_token_chooses_are_counted_dead() -> None:
    made = run(replace(QUICK, width=200, k=1, dead_after=2000, steps=40, lr=1e-4))
    fired = made.sae.eval().encode(X * made.scale).acts.gt(0).any(0)
    assert made.measured[-1].dead > 20
    assert int((~fired).sum()) > 20


def test_a_transcoder_learns_what_it_does_not_read() -> None:
    g = torch.Generator().manual_seed(3)
    gate, out, skip = (torch.randn(*shape, generator=g) for shape in ((32, 24), (32, 24), (24, 24)))
    y, held = ((each @ gate.T).relu() @ out / 32 + each @ skip / 8 for each in (X, HELD))
    *_, made = training(X, HELD, replace(QUICK, k=8), 30, Targets(y, held))
    assert made.measured[-1].explained > 0.5
    coder = made.sae.eval()
    scaled = coder(HELD * made.scale) / made.target_scale
    torch.testing.assert_close(made.finished()(HELD), scaled, atol=1e-4, rtol=1e-3)
    assert made.scale != made.target_scale
