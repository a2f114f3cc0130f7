"""Schedules: torch's own lists, properties, simulated against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer.compat.torch import pipeline_order
from explorer.stack.parallelism.pipeline.actions import Action, Row, Schedule, read, write
from explorer.stack.parallelism.pipeline.bubble import NAMED, SCHEDULES, Named, Size, shares
from explorer.stack.parallelism.pipeline.schedules import gpipe, interleaved, one_f_one_b
from explorer.stack.parallelism.pipeline.simulate import Costs, kept, receiver, simulate, timed
from explorer.stack.parallelism.pipeline.zero_bubble import dualpipe_v, zb_h1, zbv

sizes = st.tuples(st.integers(1, 6), st.integers(1, 14), st.integers(1, 3))


def _texts(schedule: Schedule) -> list[str]:
    return [write(row) for row in schedule.rows]


PEERS: list[tuple[str, int | None, Callable[[int, int], Schedule]]] = [
    ("GPipe", None, gpipe),
    ("Interleaved1F1B", 2, lambda p, m: interleaved(p, m, 2)),
    ("Interleaved1F1B", 3, lambda p, m: interleaved(p, m, 3)),
    ("InterleavedZeroBubble", 2, lambda p, m: zb_h1(p, m, 2)),
    ("ZBVZeroBubble", 2, zbv),
    ("DualPipeV", 2, dualpipe_v),
]


@pytest.mark.parametrize(("name", "chunks", "make"), PEERS, ids=[f"{each[0]}-{each[1]}" for each in PEERS])
@pytest.mark.parametrize(("ranks", "microbatches"), [(2, 4), (3, 12), (4, 8)])
def test_the_list_ispipeline_order(
    name: str, chunks: int | None, make: Callable[[int, int], Schedule], ranks: int, microbatches: int
) -> None:
    assert _texts(make(ranks, microbatches)) == pipeline_order(name, ranks, microbatches, chunks)


def test_1f1b_is_torchs_but_for_its_last_stage_where_torch_lists_forwards_that_do_not_exist() -> None:
    """torch 2.13 counts one before the first forward of a stage without warm-up. What it runs is right."""
    ours, torchs = _texts(one_f_one_b(4, 8)), pipeline_order("1F1B", 4, 8, None)
    assert ours[:3] == torchs[:3]
    assert "3F0" not in torchs[3].split()
    assert "3F8" in torchs[3].split()
    shifted = [f"3F{int(each[2:]) + 1}" if each[1] == "F" else each for each in ours[3].split()]
    assert shifted == torchs[3].split()


def test_zb_h1_by_hand() -> None:
    """Qi et al., figure 3 above: rank 3's weights wait for three gradients."""
    assert write(zb_h1(4, 5).rows[3]) == "3F0 3I0 3F1 3I1 3F2 3I2 3F3 3I3 3W0 3F4 3I4 3W1 3W2 3W3 3W4"


@given(sizes, st.sampled_from(NAMED))
def test_every_schedule_is_whole_and_its_order_can_be_done(size: tuple[int, int, int], named: Named) -> None:
    ranks, microbatches, chunks = size
    made = _made(named, Size(ranks, microbatches, chunks))
    assert (made.n_ranks, made.n_microbatches) == (ranks, microbatches)
    assert made.n_stages == ranks * named.chunks(Size(ranks, microbatches, chunks))
    run = simulate(made, Costs(1, 1.25, 0.75, link=0.5))
    ended = {each: bar.end for row in run.bars for bar in row for each in bar.slot}
    for row in run.bars:
        for bar in row:
            for each in bar.slot:
                assert all(ended[need] <= bar.start for need in made.needs(each))
    assert all(before.end <= after.start for row in run.bars for before, after in pairwise(row))


def _made(named: Named, size: Size) -> Schedule:
    try:
        return named.make(size)
    except ValueError:  # DualPipeV with few micro-batches, rounds that do not divide
        assume(False)
        raise


@given(st.integers(1, 6), st.integers(1, 14))
def test_1f1b_keeps_the_fewer_of_m_and_p_minus_i(ranks: int, microbatches: int) -> None:
    assert [kept(row) for row in simulate(one_f_one_b(ranks, microbatches), Costs()).bars] == [
        min(microbatches, ranks - stage) for stage in range(ranks)
    ]
    assert {kept(row) for row in simulate(gpipe(ranks, microbatches), Costs()).bars} == {microbatches}


@pytest.mark.parametrize("named", NAMED, ids=[each.key for each in NAMED])
@pytest.mark.parametrize("ranks", [2, 3, 4, 8])
@pytest.mark.parametrize("times", [2, 3])
def test_equal_times_idle_as_the_paper_says(named: Named, ranks: int, times: int) -> None:
    size = Size(ranks, times * ranks, 2)
    costs = Costs(2, 2, 2)
    run = simulate(named.make(size), shares(costs, named.chunks(size)))
    assert named.idle_of(run) == pytest.approx(named.idle(size, costs))
    most = max(kept(row) for row in run.bars) / named.chunks(size)
    assert most == pytest.approx(named.kept(size))


@pytest.mark.parametrize("key", ["gpipe", "1f1b", "interleaved"])
def test_unequal_times_idle_as_the_paper_says(key: str) -> None:
    named, size, costs = SCHEDULES[key], Size(4, 12, 3), Costs(1, 1.7, 0.6)
    run = simulate(named.make(size), shares(costs, named.chunks(size)))
    assert named.idle_of(run) == pytest.approx(named.idle(size, costs))


def test_both_ways_of_counting() -> None:
    run = simulate(one_f_one_b(8, 32), Costs())
    assert run.idle_over_work == pytest.approx(7 / 32)
    assert run.idle_of_step == pytest.approx(7 / 39)
    twice = Size(8, 32, 4)
    chunked = simulate(interleaved(8, 32, 4), shares(Costs(), 4))
    assert chunked.idle_over_work == pytest.approx(7 / 128)
    assert SCHEDULES["interleaved"].idle(twice, Costs()) == pytest.approx(7 * 3 / 4)


@pytest.mark.parametrize(("overlap", "first"), [(True, "0 1 6 8 9 11 14 17"), (False, "0 2 6 8 10 12 14 18")])
def test_a_link_delays_and_without_overlap_keeps_the_sender_busy(overlap: bool, first: str) -> None:
    """Two stages, four micro-batches, a forward 1, a backward 2, a link 1: walked through on paper."""
    run = simulate(one_f_one_b(2, 4), Costs(link=1, overlap=overlap))
    assert [each.start for each in run.bars[0]] == [float(each) for each in first.split()]
    assert run.step == float(first.split()[-1]) + 2


def test_a_circle_is_named() -> None:
    rows: tuple[Row, ...] = (read("0B0 0F0"), read("1F0 1B0"))
    with pytest.raises(ValueError, match="wait for each other: 0B0, 1F0 cannot begin"):
        simulate(Schedule("circle", rows), Costs())


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("0F0 0B0 0F0",), "0F0 is there twice"),
        (("0F0 0I0",), "stage 0 has F, I of micro-batch 0"),
        (("0F0 0B0", "0F1 0B1"), "stage 0 lies on ranks 0 and 1"),
        (("0F1 0B1",), "stage 0 has nothing of micro-batch 0"),
        (("",), "needs an action"),
    ],
)
def test_what_is_no_schedule_is_said(rows: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Schedule("bad", tuple(read(each) for each in rows))


@pytest.mark.parametrize("text", ["0X1", "F1", "0F", "0F-1"])
def test_what_is_no_action_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is no action"):
        read(text)


def test_sizes_that_do_not_fit_are_said() -> None:
    with pytest.raises(ValueError, match="7 micro-batches do not divide into 2 rounds of 3 ranks: 6 or 8 would fit"):
        interleaved(3, 7, 2)
    with pytest.raises(ValueError, match="for each of its 8 stages, not 7"):
        dualpipe_v(4, 7)
    with pytest.raises(ValueError, match="at least 1 stage and 1 micro-batch"):
        gpipe(0, 4)
    with pytest.raises(ValueError, match="no action takes less"):
        Costs(forward=-1)


def test_the_v_keeps_the_turn_on_one_rank() -> None:
    made = zbv(2, 4)
    assert made.homes == {0: 0, 1: 1, 2: 1, 3: 0}
    assert receiver(made, Action(1, "F", 0)) is None
    assert receiver(made, Action(0, "F", 0)) == 1
    assert receiver(made, Action(3, "I", 0)) == 1
    assert receiver(made, Action(3, "F", 0)) is None
    assert receiver(made, Action(2, "W", 0)) is None


def test_what_lies_between_slots_is_the_ranks_own_time() -> None:
    """Two stages, two micro-batches, 1 an action, and 1 between two: stage 0 waits for 1B0 until 6, for which it adds
    nothing, and takes a moment before 0B1."""
    run = timed(gpipe(2, 2), lambda _rank, _slot: 1.0, between=lambda _rank, _slot: 1.0)
    assert [[bar.end for bar in row] for row in run.bars] == [[1, 3, 7, 9], [2, 4, 6, 8]]
    assert timed(one_f_one_b(2, 1), lambda _rank, _slot: 1.0, between=lambda _rank, _slot: 1.0).step == 5
