"""The ring's views on a small model, with ranks that are threads, whole and broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.systems import ring_attention as experiment
from explorer.experiments.systems import ring_sending as sending
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.protocol import Check, Rendered, whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.systems import ring_attention as mechanism
from explorer.stack.systems.online_softmax import Partial, merge
from explorer.stack.systems.ring_channel import Finish, Name, ThreadRing
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo.model import Model
from tests.experiments.systems.ring_threads import RingThreads
from tests.panels.both_runs import drawn

TEXT = "Then Mary and John went to the store, and John gave a drink to"
View = Callable[..., Rendered]
Find = Callable[..., Check]


@pytest.fixture(scope="module")
def small() -> Model:
    from explorer import zoo

    return zoo.load("six-kinds-dense")


@pytest.fixture(scope="module")
def run(small: Model) -> Trace:
    return capture(small, TraceKey(small.name, TEXT, max_new_tokens=8, seed=7))


@pytest.fixture
def view(small: Model, run: Trace, monkeypatch: pytest.MonkeyPatch) -> View:
    monkeypatch.setattr(experiment, "RingProcesses", RingThreads)
    monkeypatch.setattr(experiment, "ROUNDS", 1)

    def render(name: str, trace: Trace = run, **controls: Any) -> Rendered:
        scene = Scene(small, trace, focus=Focus(layer=3, head=1), controls={"length": "1024", **controls})
        made = whole(panels()["ring_attention"].rendering(name)(scene))
        pack(made.data)
        return made

    return render


@pytest.fixture
def check(view: View) -> Find:
    def find(name: str, statement: str) -> Check:
        found = [each for each in view(name).checks if statement in each.statement]
        assert len(found) == 1, found
        return found[0]

    return find


def test_every_way_of_the_runs_head(view: View, run: Trace) -> None:
    made = view("steps")
    assert all(each.holds for each in made.checks), made.checks
    assert len(made.data.recordings) == 8
    assert made.data.length == len(run.tokens)
    contiguous = next(each for each in made.data.recordings if (each.ranks, each.kind) == (4, "contiguous"))
    assert contiguous.causal
    assert [(each.computed, each.skipped) for each in contiguous.totals] == [(1, 3), (2, 2), (3, 1), (4, 0)]
    assert [each.sent for each in contiguous.totals] == [each.formula for each in contiguous.totals]
    zigzag = next(each for each in made.data.recordings if (each.ranks, each.kind, each.causal) == (4, "zigzag", True))
    assert [each.computed for each in zigzag.totals] == [9, 9, 9, 9]


def test_a_shorter_text_sends_fewer_bytes(small: Model, run: Trace, view: View) -> None:
    """Forward 2 b (N - n), backward as many and dK, dV of the whole round: b bytes of a row, n rows of a rank."""
    made = view("steps", capture(small, TraceKey(small.name, "In the beginning God", max_new_tokens=0)))
    assert all(each.holds for each in made.checks), made.checks
    data, row = made.data, 4 * made.data.d_head
    assert (data.length, data.layer, data.head) == (4, 3, 1)
    ways = data.recordings
    assert {each.kind for each in ways if each.ranks == 4} == {"contiguous"}  # eight chunks need more tokens
    assert len(ways) == 6
    ring = next(each for each in ways if each.ranks == 4)
    assert [each.sent for each in ring.totals] == [2 * row * 3 + 2 * row * 3 + 2 * row * 4] * 4


@pytest.mark.breaks("ring_attention.steps", r"^Bytes that each rank sent = the formula")
def test_other_bytes_of_the_other_run_are_seen(
    small: Model, run: Trace, view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = capture(small, TraceKey(small.name, "In the beginning God", max_new_tokens=0))
    right = experiment.bytes_sent

    def none_of_a_short_text(layout: Any, *more: Any, **options: Any) -> int:
        return right(layout, *more, **options) if layout.length > 4 else 0

    monkeypatch.setattr(experiment, "bytes_sent", none_of_a_short_text)
    both = Compared(Run(small, run), Run(small, other))
    made, _, there = drawn("ring_attention", "steps", Scene(small, run, focus=Focus(layer=3, head=1), other=both))
    assert there is not None
    assert (there.made.data.length, made.data.length) == (4, len(run.tokens))
    assert not next(each for each in made.checks if each.statement.endswith("formula, in both runs")).holds


@pytest.mark.thorough
def test_zigzag_keeps_all_ranks_busy(view: View) -> None:
    made = view("balance")
    assert all(each.holds for each in made.checks), made.checks
    busy = {(each.ranks, each.kind, each.causal): each.busy for each in made.data.ways}
    assert busy[4, "contiguous", True] < 0.65 < 0.95 < busy[4, "zigzag", True]
    assert busy[4, "contiguous", False] == pytest.approx(1.0)


def test_a_text_of_one_token_says_what_to_do(small: Model, view: View) -> None:
    with pytest.raises(NotApplicableError, match="Write a longer prompt"):
        view("steps", capture(small, TraceKey(small.name, "a", max_new_tokens=0)))


def averaged(a: Partial, b: Partial) -> Partial:
    return Partial((a.out + b.out) / 2, torch.logaddexp(a.lse, b.lse))


def largest(a: Partial, b: Partial) -> Partial:
    return Partial(merge(a, b).out, torch.maximum(a.lse, b.lse))


def doubled(right: Callable[..., Any]) -> Callable[..., Any]:
    def wrong(*given: Any, **options: Any) -> Any:
        made = right(*given, **options)
        return replace(made, dk=2 * made.dk)

    return wrong


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param(
            "steps", "in one process",
            marks=pytest.mark.breaks("ring_attention.steps", r"^Output of \d rings = attention in one process"),
        ),
        pytest.param(
            "balance", "in one process",
            marks=pytest.mark.breaks("ring_attention.balance", r"^Output of both layouts = attention in one process"),
        ),
    ],
)  # fmt: skip
@pytest.mark.thorough
def test_parts_that_are_averaged_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    monkeypatch.setattr(mechanism, "merge", averaged)
    assert not check(name, said).holds


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            "steps", marks=pytest.mark.breaks("ring_attention.steps", r"^Gradients after the last step = torch")
        ),
        pytest.param(
            "balance", marks=pytest.mark.breaks("ring_attention.balance", r"^Gradients in both layouts = torch")
        ),
    ],
)
@pytest.mark.thorough
def test_a_gradient_that_is_added_twice_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(mechanism, "flash_backward", doubled(mechanism.flash_backward))
    assert not check(name, "Gradients").holds


@pytest.mark.breaks("ring_attention.steps", r"^Merged log-sum-exp = torch")
def test_a_log_sum_exp_that_is_a_maximum_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mechanism, "merge", largest)
    assert not check("steps", "log-sum-exp").holds


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            "steps",
            marks=pytest.mark.breaks("ring_attention.steps", r"^Bytes that each rank sent = the formula"),
        ),
        pytest.param(
            "balance",
            marks=pytest.mark.breaks("ring_attention.balance", r"^Bytes that each rank sent = the formula"),
        ),
    ],
)
def test_gradients_that_travel_twice_as_wide_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(mechanism, "accumulator", lambda dtype: torch.float64)
    assert not check(name, "Bytes").holds


@pytest.mark.breaks("ring_attention.sending", r"^Bytes that threads sent = both formulas")
@pytest.mark.parametrize("broken", ["ring", "exchange"])
def test_what_is_sent_for_nothing_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """Key heads that travel once for each query head; a rank that also sends what it keeps."""
    if broken == "ring":
        right = mechanism.ring_attention
        wide: Callable[..., Partial] = lambda ring, layout, q, k, v, *more: right(  # noqa: E731
            ring, layout, q, *(each.repeat_interleave(q.shape[1] // k.shape[1], 1) for each in (k, v)), *more
        )
        monkeypatch.setattr(sending, "ring_attention", wide)
    else:
        send = ThreadRing.send
        monkeypatch.setattr(
            ThreadRing, "send", lambda self, x, to, name, owner: send(self, x, to, name, owner) + twice(self, x, name)
        )
    assert not check("sending", "threads").holds


def twice(ring: ThreadRing, tensors: list[torch.Tensor], name: Name) -> list[Finish]:
    with ring.noting("send", name=name) as note:
        note["bytes"] = sum(each.nbytes for each in tensors)
    return []


@pytest.mark.parametrize("heads", ["own", "LLaMA-7B", "Llama-3-70B"])
def test_ranks_that_cannot_share_the_heads_are_said(small: Model, heads: str) -> None:
    made = panels()["ring_attention"].render("sending", Scene(small, controls={"heads": heads}))
    data = made.data
    assert all(each.holds for each in made.checks)
    assert data.model == heads
    assert not data.instead
    assert {each.ranks for each in data.ranks} == {2, 4, 8, 16, 32, 64, *data.possible}
    of = (data.n_heads, data.n_kv_heads)
    assert all((each.ulysses is not None) == all(n % each.ranks == 0 for n in of) for each in data.ranks)


def test_sending_opens_on_heads_with_which_ulysses_sends_less(small: Model) -> None:
    """Whatever the model is: some row must show what the sentence above it says."""
    view = panels()["ring_attention"]
    opened = view.render("sending", Scene(small)).data
    assert any(each.ulysses is not None and each.ulysses < each.ring for each in opened.ranks)
    own = view.render("sending", Scene(small, controls={"heads": "own"})).data
    pays = any(each.ulysses is not None and each.ulysses < each.ring for each in own.ranks)
    assert opened.instead == (not pays)
    assert (own.n_heads, own.n_kv_heads) == (small.dims.n_heads, small.dims.n_kv_heads)


@pytest.mark.breaks("ring_attention.steps", r"^The ranks computed the tiles in which a query sees a key")
def test_tiles_that_are_computed_for_nothing_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output is right all the same: the mask hides what they give."""
    right = mechanism.pairs
    monkeypatch.setattr(mechanism, "pairs", lambda *given: [replace(pair, seen="some") for pair in right(*given)])
    assert not check("steps", "The ranks computed").holds
    assert check("steps", "in one process").holds
