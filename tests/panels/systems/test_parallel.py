"""Views of ranks that are real processes, whole and broken: one process that has torch loaded starts them all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from explorer.errors import NotApplicableError
from explorer.experiments.systems import (
    broken_parallel,
    bucket_overlap,
    collectives,
    data_parallel,
    expert_parallel,
    tensor_parallel,
)
from explorer.experiments.systems.nursery import Nursery
from explorer.experiments.systems.ranks import TRAINS, Ranks
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo.model import Model
from tests.panels.brief import brief

BROKEN = "tests.panels.systems.broken_ranks:"


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(TRAINS) as made:
        yield made


@pytest.fixture(autouse=True)
def shared(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (broken_parallel, bucket_overlap, collectives, data_parallel, expert_parallel, tensor_parallel):
        monkeypatch.setattr(module, "Ranks", partial(Ranks, nursery=nursery))
    monkeypatch.setattr(collectives, "SIZES", (1 << 20,))
    monkeypatch.setattr(collectives, "ROUNDS", 1)
    monkeypatch.setattr(bucket_overlap, "ROUNDS", 1)
    monkeypatch.setattr(expert_parallel, "ROUNDS", 1)


def drawn(view: str, **controls: str | int) -> Rendered:
    panel, name = view.split(".")
    made = panels()[panel].render(name, Scene(None, controls={**brief(panel).controls, **controls}))
    pack(made.data)
    return made


def test_every_stage_of_a_small_model() -> None:
    made = drawn("data_parallel.step")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert [each.stage for each in data.stages] == [0, 1, 2, 3]
    assert [each.volume for each in data.stages] == [2, 2, 2, 3]
    assert all({len(moment.held) for moment in each.moments} == {2} for each in data.stages)
    held = [sum(vars(each.formula_held).values()) for each in data.stages]
    assert held == sorted(held, reverse=True)


@pytest.mark.thorough
@pytest.mark.parametrize(("ranks", "model", "precision"), [(4, "dense", "float32"), (3, "mixture", "mixed")])
def test_every_stage_of_the_shelfs(ranks: int, model: str, precision: str) -> None:
    made = drawn("data_parallel.step", model=model, ranks=ranks, rows=4, precision=precision)
    assert all(each.holds for each in made.checks), made.checks


def test_sums_begin_under_the_backward_pass() -> None:
    made = drawn("data_parallel.overlap", bucket=16)
    assert all(each.holds for each in made.checks), made.checks
    assert len(made.data.overlapped[0].sums) > 3
    assert all(one.start <= each.ended for each in made.data.overlapped for one in each.sums)
    assert all(one.start >= each.ended for each in made.data.after for one in each.sums)
    assert {(each.ranks, each.rows) for each in made.data.scaling} == {(1, 2), (2, 2)}
    with pytest.raises(NotApplicableError, match="A mixture’s routers"):
        drawn("data_parallel.overlap", model="mixture")


@pytest.mark.breaks("data_parallel.overlap", r"^Gradients of \d processes, bucket")
@pytest.mark.breaks("data_parallel.overlap", r"^The loss of \d processes, each by")
@pytest.mark.breaks("data_parallel.overlap", r"^No sum begins before its last")
def test_buckets_that_are_summed_too_soon_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(monkeypatch, "data_parallel.overlap", bucket_overlap, "OVERLAP", "too_soon") == {
        "Gradients", "The", "No",
    }  # fmt: skip


def test_rows_that_leave_a_rank_nothing() -> None:
    with pytest.raises(NotApplicableError, match="2 rows leave nothing for some of 4 ranks"):
        drawn("data_parallel.step", ranks=4)


def test_collectives_step_by_step() -> None:
    made = drawn("collectives.steps")
    assert all(each.holds for each in made.checks), made.checks
    ring = made.data.walks[0]
    assert ring.states == (((1, 2), (10, 20)), ((11, 2), (10, 22)), ((11, 22), (11, 22)))
    assert [each.algorithm for each in made.data.walks] == list(collectives.get_args(collectives.Algorithm))


def test_collectives_by_size() -> None:
    made = drawn("collectives.bytes")
    assert all(each.holds for each in made.checks), made.checks
    assert {each.name for each in made.data.sizes[0].times if not each.ours} == {
        "torch all-reduce", "torch all-gather", "torch all-to-all",
    }  # fmt: skip


@pytest.mark.parametrize("ranks", [2, pytest.param(3, marks=pytest.mark.thorough)])
def test_every_mistake(ranks: int) -> None:
    made = drawn("broken_parallel.gradients", ranks=ranks)
    assert all(each.holds for each in made.checks), made.checks
    by = {each.mistake: each for each in made.data.mistakes}
    assert by["sum"].length == pytest.approx(ranks, rel=1e-5)
    assert by["sum"].cosine == pytest.approx(1, abs=1e-5)
    assert by["right"].between == by["sum"].between == 0 < by["unsent"].between
    wrong = {each.kind for each in by["order"].weights if each.first > 1e-6}
    assert wrong == {"W_in", "W_out"}  # neighbours of one size, and large ones


@pytest.mark.breaks("data_parallel.step", r"^Gradients of \d processes = one")
@pytest.mark.breaks("data_parallel.step", r"^Loss of \d processes = one process")
def test_what_is_added_up_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"Gradients", "Loss"} <= failing(monkeypatch, "data_parallel.step", data_parallel, "STEP", "summed")


@pytest.mark.breaks("data_parallel.step", r"^Weights, gradients and optimizer of each")
@pytest.mark.breaks("data_parallel.step", r"^All living tensors of each process")
@pytest.mark.breaks("data_parallel.step", r"^Bytes that each rank sends, collective")
@pytest.mark.breaks("data_parallel.step", r"^Bytes on the socket = the collectives")
def test_what_is_kept_and_sent_for_nothing_is_seen(monkeypatch: pytest.MonkeyPatch, nursery: Nursery) -> None:
    counted(nursery)
    failed = failing(monkeypatch, "data_parallel.step", data_parallel, "STEP", "wasteful")
    assert failed == {"Weights,", "All", "Bytes"}


@pytest.mark.breaks("collectives.steps", r"^Every rank ends with the sum")
@pytest.mark.breaks("collectives.steps", r"^Bytes that each rank handed over")
def test_a_ring_that_forgets_and_is_wide_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(monkeypatch, "collectives.steps", collectives, "WALKED", "wrong") == {"Every", "Bytes"}


@pytest.mark.breaks("collectives.bytes", r"^Bytes that our collectives handed")
@pytest.mark.breaks("collectives.bytes", r"^Bytes on the socket")
def test_collectives_that_send_too_much_are_seen(monkeypatch: pytest.MonkeyPatch, nursery: Nursery) -> None:
    counted(nursery)
    assert failing(monkeypatch, "collectives.bytes", collectives, "TIMED", "wide_timed") == {"Bytes"}


@pytest.mark.breaks("broken_parallel.gradients", r"^Without a mistake every")
def test_a_way_that_forgets_to_divide_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(monkeypatch, "broken_parallel.gradients", broken_parallel, "BROKEN", "always_summed")


def failing(monkeypatch: pytest.MonkeyPatch, view: str, module: object, name: str, function: str) -> set[str]:
    """The first words of the checks that fail where the ranks run a broken function."""
    monkeypatch.setattr(module, name, BROKEN + function)
    return {each.statement.split()[0] for each in drawn(view).checks if not each.holds}


def counted(nursery: Nursery) -> None:
    if not nursery.own_network:
        pytest.skip("this machine gives processes no network of their own")


@pytest.mark.breaks("broken_parallel.gradients", r"^Every wrong gradient = what one process makes")
def test_a_mistake_of_another_kind_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broken_parallel, "swapped", lambda _: [])
    assert not all(each.holds for each in drawn("broken_parallel.gradients").checks)


@pytest.mark.parametrize("ranks", [2, pytest.param(4, marks=pytest.mark.thorough)])
def test_a_block_over_ranks(small: Model, run: Trace, ranks: int) -> None:
    made = panels()["tensor_parallel"].render("block", Scene(small, run, controls={"ranks": ranks}))
    pack(made.data)
    assert all(each.holds for each in made.checks), made.checks
    wrong = {each.name for each in made.data.gradients if each.without_f > 1e-5}
    assert "entering" in wrong
    assert not wrong & {"mlp.W_gate.weight", "mlp.W_in.weight", "mlp.W_out.weight"}
    assert [each.backward for each in made.data.collectives] == [False, False, True, True]
    with pytest.raises(NotApplicableError, match="3 ranks cannot share its 4 query heads"):
        panels()["tensor_parallel"].render("block", Scene(small, run, controls={"ranks": 3}))


@pytest.mark.breaks("tensor_parallel.block", r"^The sum on every rank = what one")
@pytest.mark.breaks("tensor_parallel.block", r"^Gradients of the ranks put together")
@pytest.mark.breaks("tensor_parallel.block", r"^Bytes that each rank sends, sum by sum")
@pytest.mark.breaks("tensor_parallel.block", r"^Bytes on the socket = the formula, for")
def test_a_block_split_wrongly_is_seen(
    small: Model, run: Trace, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted(nursery)
    failed = list[str]()
    for function in ("split_wrongly", "split_talking"):
        monkeypatch.setattr(tensor_parallel, "BLOCK", BROKEN + function)
        made = panels()["tensor_parallel"].render("block", Scene(small, run, controls={"ranks": 2}))
        failed += [each.statement.split(" =")[0].split(",")[0] for each in made.checks if not each.holds]
    assert failed == [
        "The sum on every rank", "Gradients of the ranks put together", "Bytes that each rank sends",
        "Bytes on the socket",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def mixture() -> Model:
    from explorer import zoo

    return zoo.load("six-kinds-moe")


@pytest.fixture(scope="module")
def mixed(mixture: Model) -> Trace:
    return capture(mixture, TraceKey(mixture.name, "The cat sat on the mat and the dog ran to the", max_new_tokens=2))


@pytest.mark.parametrize(("ranks", "capacity"), [(4, "1"), pytest.param(2, "none", marks=pytest.mark.thorough)])
def test_experts_over_ranks(mixture: Model, mixed: Trace, ranks: int, capacity: str) -> None:
    controls = {"ranks": ranks, "capacity": capacity}
    made = panels()["expert_parallel"].render("travel", Scene(mixture, mixed, controls=controls))
    pack(made.data)
    assert all(each.holds for each in made.checks), made.checks
    assert (sum(each.dropped for each in made.data.ranks) > 0) == (capacity == "1")
    assert {each.what for each in made.data.collectives} == {
        "counts", "dispatch", "combine", "dispatch, backward", "combine, backward",
    }  # fmt: skip


@pytest.mark.breaks("expert_parallel.travel", r"^Outputs of the ranks = one")
@pytest.mark.breaks("expert_parallel.travel", r"^Gradients of experts, router and")
@pytest.mark.breaks("expert_parallel.travel", r"^Rows that each rank sends to each")
@pytest.mark.breaks("expert_parallel.travel", r"^Bytes of the dispatch = rows that")
def test_rows_that_go_astray_are_seen(mixture: Model, mixed: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expert_parallel, "LAYER", BROKEN + "sent_astray")
    made = panels()["expert_parallel"].render("travel", Scene(mixture, mixed, controls={"ranks": 2}))
    assert not any(each.holds for each in made.checks), made.checks
