"""Rings of real processes: their answer, and their bytes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from explorer.errors import RanksError
from explorer.experiments.systems import ring_attention as experiment
from explorer.experiments.systems.ring_attention import WAYS, Head, Way, contest, one_process, recordings
from explorer.experiments.systems.ring_processes import RingProcesses
from explorer.stack.systems.tile_mask import TileMask
from tests.experiments.systems.ring_threads import RingThreads
from tests.tiers import spread


def head(n: int, window: int | None = None, cap: float | None = None) -> Head:
    q, k, v = torch.randn(3, 1, 1, n, 16, generator=torch.Generator().manual_seed(0))
    return Head(q, k, v, 0.25, window, cap)


def holds(errors: experiment.Errors) -> bool:
    return errors.out < 1e-5 and errors.lse < 1e-5 and errors.gradient < 1e-4 and errors.bytes == 0


def test_two_and_four_processes_give_the_answer_of_one() -> None:
    text, heard = head(37), list[tuple[int, int]]()
    with RingProcesses(4, lambda: heard.append((0, 0))) as ring:
        for way in WAYS:
            answers = experiment.passes(ring, text, way)
            assert len(answers) == way.ranks
            made = experiment.recorded(text, way, answers, one_process(text, way.causal))
            assert holds(made.errors), made
            assert made.sent == made.formula
            for rank, did in enumerate(made.moments):
                assert {each.to for each in did if each.does == "send"} == {(rank + 1) % way.ranks}
                assert all(each.start <= each.end for each in did)
        with pytest.raises(RanksError, match=r"^Rank \d ended: \w+"):  # one fails, others miss it
            ring.attend(WAYS[0].layout(37), text.q, text.k, text.v, TileMask(), 0.25, tile=0)
    assert heard


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "RingProcesses", RingThreads)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize(("window", "cap"), spread([(None, None), (5, None), (7, 3.0)], 1))
def test_every_way_is_recorded(window: int | None, cap: float | None) -> None:
    counted = list[tuple[int, int]]()
    *parts, whole = recordings(head(19, window, cap), lambda *ticks: counted.append(ticks))
    assert [len(each.done) for each in (*parts, whole)] == list(range(1, 9))
    assert whole.whole
    assert not any(part.whole for part in parts)
    assert all(holds(each.errors) for each in whole.done)
    assert counted[-1] == (8, 8)


@pytest.mark.usefixtures("threads")
def test_a_short_text_has_fewer_ways() -> None:
    *_, five = recordings(head(5))
    assert {(each.way.ranks, each.way.kind) for each in five.done} == {
        (4, "contiguous"), (2, "contiguous"), (2, "zigzag"),
    }  # fmt: skip
    with pytest.raises(ValueError, match="1 positions are too few"):
        list(recordings(head(1)))


@pytest.mark.usefixtures("threads")
def test_ways_are_timed_in_turns() -> None:
    ways = (Way(2, "contiguous", True), Way(2, "zigzag", True))
    rounds = list(contest(head(9).repeated(64), ways=ways, rounds=3))
    assert [len(made[0].rounds) for made in rounds] == [1, 2, 3]
    contiguous, zigzag = rounds[-1]
    assert contiguous.way == ways[0]
    assert [len(steps) for steps in contiguous.flops] == [4, 4]
    assert contiguous.flops[0][1] == contiguous.flops[0][3] == 0  # rank 0 sees nothing of rank 1's block
    assert sum(zigzag.flops[0]) == sum(zigzag.flops[1])
    assert all(each.wall >= max(each.wait) for each in contiguous.rounds)
    assert holds(contiguous.worst)


def test_a_longer_text_repeats_the_rows() -> None:
    longer = head(5, window=3, cap=2.0).repeated(12)
    assert (longer.length, longer.window, longer.cap) == (12, None, None)
    assert torch.equal(longer.k[:, :, 5:10], longer.k[:, :, :5])


@pytest.mark.parametrize("causal", [True, False])
def test_one_process_is_torchs_attention(causal: bool) -> None:
    text = head(23)
    made = one_process(text, causal)
    out, lse = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        text.q, text.k, text.v, 0.0, causal, scale=0.25
    )
    assert (made.out - out).abs().max() < 1e-6
    assert made.lse is not None
    assert (made.lse - lse).abs().max() < 1e-5
    windowed = one_process(head(23, window=4), causal)
    seen = TileMask(causal, 4).visible(slice(0, 23), slice(0, 23), 0)
    assert (windowed.out - F.scaled_dot_product_attention(text.q, text.k, text.v, seen, scale=0.25)).abs().max() < 1e-6
