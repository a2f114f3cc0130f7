"""Rows of the cost panel, experts that batches read, dense twins, and decode steps of one engine."""

from __future__ import annotations

import pytest
import torch

from explorer.figures.architectures import moe_cost as figure
from explorer.stack.architectures.moe_parameters import PUBLISHED, Shape
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

TINY = DecoderConfig(2, 16, 4, 2, 4, 12, 40, 64, n_experts=4, k=2)


@pytest.mark.parametrize("shape", PUBLISHED, ids=lambda shape: shape.name)
def test_published_rows_add_up(shape: Shape) -> None:
    made = figure.row(shape)
    assert sum(whole for whole, _ in made["parts"].values()) == made["total"]
    assert sum(used for _, used in made["parts"].values()) == made["active"]
    assert figure.stated_error(shape) < 0.01
    assert made["proved"] == 2 * (made["active"] - made["lookup"]) + shape.n_layers * 4096 * made["attention"]


def test_readings_stay_within_texts() -> None:
    """Two passages of five tokens, one expert each: neighbours read one expert, strangers up to two."""
    indices = torch.tensor([[0]] * 5 + [[1]] * 5)
    passage = torch.tensor([0] * 5 + [1] * 5)
    found = figure.readings(indices, passage, 2, torch.Generator().manual_seed(0), batches=(1, 2, 4, 8, 16))
    assert [one.batch for one in found] == [1, 2, 4, 8]  # sixteen tokens there are not
    near = [one.consecutive for one in found]
    assert near[3] is None
    assert [(one.mean, one.batches) for one in near[:3] if one] == [(1.0, 10), (1.0, 4), (1.0, 2)]
    assert found[1].expected == pytest.approx(1 + 5 / 9)
    assert found[1].even == pytest.approx(1.5)
    assert found[3].random.mean == 2.0
    assert figure.drawn_error(found) < 4.5


def test_a_wrong_expectation_is_seen() -> None:
    indices = torch.randint(8, (300, 2), generator=torch.Generator().manual_seed(0))
    found = figure.readings(indices, torch.zeros(300, dtype=torch.long), 8, torch.Generator().manual_seed(0))
    assert figure.drawn_error(found) < 4.5
    wrong = [figure.Reading(r.batch, r.even, r.expected + 0.3, r.random, r.consecutive) for r in found]
    assert figure.drawn_error(wrong) > 4.5


def test_dense_twins_are_the_mixture_without_its_router() -> None:
    mixture = Decoder(TINY)
    router, one = 2 * 4 * 16, 3 * 16 * 12
    whole, active = figure.dense_twin(TINY, 4 * 12), figure.dense_twin(TINY, 2 * 12)
    assert figure.counted(whole) == figure.counted(mixture) - router
    assert figure.counted(active) == figure.counted(mixture) - router - 2 * 2 * one
    assert torch.equal(whole.embed.weight, figure.dense_twin(TINY, 4 * 12).embed.weight)


def test_speeds_of_one_engine() -> None:
    mixture = Decoder(TINY)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in mixture.parameters():
            p.normal_(0, 0.3, generator=generator)
    told: list[tuple[int, int]] = []
    decoders = {"mixture": mixture.eval(), "active": figure.dense_twin(TINY, 24)}
    prompts = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    found = figure.speeds(decoders, prompts, (1, 3), 4, 2, lambda done, total: told.append((done, total)))
    assert [(s.name, s.batch, s.steps) for s in found] == [
        ("mixture", 1, 6), ("active", 1, 6), ("mixture", 3, 6), ("active", 3, 6)
    ]  # fmt: skip
    assert told == [(n, 8) for n in range(8)]
    for speed in found:
        assert speed.quartiles[0] <= speed.step <= speed.quartiles[1]
        assert speed.tokens_per_second == pytest.approx(speed.batch / speed.step)
        assert [len(row) for row in speed.ids] == [5] * speed.batch
    assert figure.alone_error(found, "mixture") == 0
    other = figure.Speed("mixture", 2, 1.0, (1.0, 1.0), 1, ((0, 0, 0, 0, 0), (0, 0, 0, 0, 0)))
    assert figure.alone_error([found[0], other], "mixture") == sum(i != 0 for i in found[0].ids[0])
