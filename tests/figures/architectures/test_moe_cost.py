"""Rows of the cost panel, and how timings are told: with their spread, and no verdict where there is none."""

from __future__ import annotations

import pytest

from explorer.experiments.architectures.moe_cost import Speed
from explorer.figures.architectures import moe_cost as figure
from explorer.figures.payload import pack
from explorer.stack.architectures.moe_parameters import MIXTURES, Shape
from explorer.stack.architectures.published_models import PUBLISHED


@pytest.mark.parametrize("shape", MIXTURES, ids=lambda shape: shape.name)
def test_published_rows_add_up(shape: Shape) -> None:
    made = figure.row(shape)
    assert sum(whole for whole, _ in made.parts.values()) == made.total
    assert sum(used for _, used in made.parts.values()) == made.active
    assert figure.stated_error(shape) < 0.01
    assert made.proved == 2 * (made.active - made.lookup) + shape.n_layers * 4096 * made.attention
    assert made.stated == PUBLISHED[shape.name].stated
    pack(made)


def test_no_verdict_by_luck() -> None:
    """Both orders in some rounds, or too few rounds: not clear, whatever the median says."""
    busy = [Speed("mixture", 1, (1.0, 3.0, 1.0, 3.0, 3.0), ()), Speed("active", 1, (2.0, 2.0, 2.0, 2.0, 2.0), ())]
    quiet = [Speed("mixture", 1, (3.0, 3.1, 2.9), ()), Speed("active", 1, (2.0, 2.1, 2.2), ())]
    early = [Speed(one.name, 1, one.rounds[:2], ()) for one in quiet]
    assert [figure.ratios(each, ["active"], [1])[0].clear for each in (busy, quiet, early)] == [False, True, False]
    [ratio] = figure.ratios(quiet, ["active"], [1])
    assert ratio.low <= ratio.median <= ratio.high
    assert ratio.median == pytest.approx(3.1 / 2.1)
    mixture = figure.decode_speeds(quiet)[0]
    assert (mixture.step_ms, mixture.tokens) == (3000, pytest.approx(1 / 3))
    assert mixture.low_ms < mixture.step_ms < mixture.high_ms
    assert mixture.slow < mixture.tokens < mixture.fast
