"""Experts that batches read, dense twins, and decode steps of one engine, timed in turns."""

from __future__ import annotations

import pytest
import torch

from explorer.experiments.architectures import moe_cost as experiment
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

TINY = DecoderConfig(2, 16, 4, 2, 4, 12, 40, 64, n_experts=4, k=2)


def test_readings_stay_within_texts() -> None:
    """Two passages of five tokens, one expert each: neighbours read one expert, strangers up to two."""
    indices = torch.tensor([[0]] * 5 + [[1]] * 5)
    passage = torch.tensor([0] * 5 + [1] * 5)
    *steps, found = experiment.readings(indices, passage, 2, torch.Generator().manual_seed(0), batches=(1, 2, 4, 8, 16))
    assert [len(step) for step in steps] == [1, 2, 3]
    assert [one.batch for one in found] == [1, 2, 4, 8]  # sixteen tokens there are not
    near = [one.consecutive for one in found]
    assert near[3] is None
    assert [(one.mean, one.batches) for one in near[:3] if one] == [(1.0, 10), (1.0, 4), (1.0, 2)]
    assert found[1].expected == pytest.approx(1 + 5 / 9)
    assert found[1].even == pytest.approx(1.5)
    assert found[3].random.mean == 2.0
    assert experiment.drawn_error(found) < 4.5


def test_a_wrong_expectation_is_seen() -> None:
    indices = torch.randint(8, (300, 2), generator=torch.Generator().manual_seed(0))
    *_, found = experiment.readings(indices, torch.zeros(300, dtype=torch.long), 8, torch.Generator().manual_seed(0))
    assert experiment.drawn_error(found) < 4.5
    wrong = [experiment.Reading(r.batch, r.even, r.expected + 0.3, r.random, r.consecutive) for r in found]
    assert experiment.drawn_error(wrong) > 4.5


def test_dense_twins_are_the_mixture_without_its_router() -> None:
    mixture = Decoder(TINY)
    router, one = 2 * 4 * 16, 3 * 16 * 12
    whole, active = experiment.dense_twin(TINY, 4 * 12), experiment.dense_twin(TINY, 2 * 12)
    assert experiment.counted(whole) == experiment.counted(mixture) - router
    assert experiment.counted(active) == experiment.counted(mixture) - router - 2 * 2 * one
    assert experiment.twins_error(TINY, mixture, active, whole) == 0
    assert experiment.twins_error(TINY, mixture, whole, whole) == 2 * 2 * one
    assert torch.equal(whole.embed.weight, experiment.dense_twin(TINY, 4 * 12).embed.weight)


def test_speeds_of_one_engine() -> None:
    mixture = Decoder(TINY)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in mixture.parameters():
            p.normal_(0, 0.3, generator=generator)
    told: list[tuple[int, int]] = []
    decoders = {"mixture": mixture.eval(), "active": experiment.dense_twin(TINY, 24)}
    prompts = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    first, found = experiment.speeds(decoders, prompts, (1, 3), 4, 2, lambda done, total: told.append((done, total)))
    assert [(s.name, s.batch) for s in found] == [("mixture", 1), ("active", 1), ("mixture", 3), ("active", 3)]
    assert told == [(n, 12) for n in range(12)]  # one round is not measured
    assert [s.rounds for s in first] == [s.rounds[:1] for s in found]
    assert experiment.slower(found, "active", 3).low > 0
    for speed in found:
        assert len(speed.rounds) == 2
        assert min(speed.rounds) > 0
        assert [len(row) for row in speed.ids] == [5] * speed.batch
    assert experiment.alone_error(found, "mixture") == 0
    other = experiment.Speed("mixture", 2, (1.0,), ((0, 0, 0, 0, 0), (0, 0, 0, 0, 0)))
    assert experiment.alone_error([found[0], other], "mixture") == sum(i != 0 for i in found[0].ids[0])
