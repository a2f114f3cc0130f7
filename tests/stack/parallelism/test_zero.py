"""ZeRO by hand on ranks that are threads: losses, gradients, bytes and memory of every stage."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.shard import Stepped
from explorer.stack.parallelism.thread_group import in_threads
from explorer.stack.parallelism.units import flat_views, segments_of, shares, units_of
from explorer.stack.parallelism.zero import Sharded
from explorer.stack.parallelism.zero_memory import STAGES, Precision, Stage, bytes_a_weight, sent
from explorer.stack.transformer.config import DecoderConfig
from tests.stack.parallelism.tiny import DENSE, MIXTURE, UNTIED, apart, batch, fresh, one_process

CASES = {"dense": DENSE, "mixture": MIXTURE, "untied": UNTIED}


def stepped(
    ranks: int, stage: Stage, config: DecoderConfig, precision: Precision = "float32"
) -> tuple[list[Stepped], dict[str, Tensor], dict[str, Tensor], list[float]]:
    """Of each rank; gradients and weights put together; bytes that each rank sent, by the records."""

    def one(group: Group) -> tuple[Stepped, dict[str, Tensor], dict[str, Tensor], float]:
        found: dict[str, Tensor] = {}
        made = Sharded(group, fresh(config), stage, precision, ready=lambda unit, x: found.update({unit: x.clone()}))
        done = made.step(batch())
        bytes_sent = sum(each.formula for each in group.records if each.name != "all-reduce" or each.what in found)
        return done, found, made.whole_weights(), bytes_sent

    made = in_threads(ranks, one)
    gradients: dict[str, Tensor] = {}
    for unit in units_of(fresh(config)):
        parts = [found[unit.name] for _, found, _, _ in made]
        flat = torch.cat(parts) if stage else parts[0]
        gradients |= {name: view for (name, _), (_, view) in zip(unit.parameters, flat_views(flat, unit), strict=True)}
    return [each[0] for each in made], gradients, made[0][2], [each[3] for each in made]


#: Each rank count, stage and case in some of those that are run each time.
EVERY = [(ranks, stage, case) for ranks in (2, 3, 4) for stage in STAGES for case in CASES]
OFTEN = {(2, 0, "dense"), (3, 1, "mixture"), (4, 2, "untied"), (3, 3, "dense"), (2, 3, "mixture")}


@pytest.mark.parametrize(
    ("ranks", "stage", "case"),
    [each if each in OFTEN else pytest.param(*each, marks=pytest.mark.thorough) for each in EVERY],
)
def test_every_stage_is_one_process(ranks: int, stage: Stage, case: str) -> None:
    wanted = one_process(CASES[case])
    made, gradients, weights, bytes_sent = stepped(ranks, stage, CASES[case])
    assert all(each.loss == pytest.approx(wanted.loss, rel=1e-6) for each in made)
    assert apart(gradients, wanted.gradients) < 1e-6
    assert apart(weights, wanted.weights) < 1e-4  # a first step is the gradient's sign: compare gradients
    decoder = fresh(CASES[case])
    sizes = {unit.name: 4 * unit.padded(ranks) for unit in units_of(decoder)}
    assert bytes_sent == pytest.approx([sent(stage, ranks, sizes, segments_of(decoder))] * ranks)


@pytest.mark.parametrize("precision", ["float32", "mixed"])
@pytest.mark.parametrize("stage", STAGES)
def test_memory_is_the_formula(stage: Stage, precision: Precision) -> None:
    """All numbers of the flat tensors, padding too; the optimizer has a counter of 4 bytes a unit besides."""
    ranks, units = 4, units_of(fresh())
    numbers, counters = sum(unit.padded(ranks) for unit in units), 4 * len(units)
    made, *_ = stepped(ranks, stage, DENSE, precision)
    formula = bytes_a_weight(stage, ranks, precision)
    for each in made:
        ready = next(moment.held for moment in each.moments if moment.kind == "ready")
        assert ready.weights == formula.weights * numbers
        assert ready.gradients == formula.gradients * numbers
        assert ready.optimizer == formula.optimizer * numbers + counters
        assert (ready.gathered, ready.activations) == (0, 0)
        assert each.moments[0].held.gradients == each.moments[-1].held.gradients == 0
        assert max(moment.held.gathered for moment in each.moments) > 0 or stage < 3


def test_later_stages_hold_less_at_their_peak() -> None:
    """Activations apart, which all stages have alike."""
    peaks = [
        max(moment.held.total - moment.held.activations for moment in stepped(4, stage, DENSE)[0][0].moments)
        for stage in STAGES
    ]
    assert peaks[0] > peaks[1] >= peaks[2] > peaks[3]  # the tied embedding's gradient begins first and ends last


def test_rows_that_leave_a_rank_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="3 rows leave nothing for some of 4 ranks; at least 4 rows are needed"):
        shares(3, 4)
