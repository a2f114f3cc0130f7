"""One row in blocks, in any order, on real heads; each check finds its mistake."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor

from explorer.experiments.systems import rescaled_head
from explorer.experiments.systems.rescaled_head import SEEN
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.payload import pack
from explorer.figures.systems import online_softmax as figure
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.systems import online_softmax_views as panel
from explorer.stack.systems import online_softmax
from explorer.tracing import TraceKey, capture, parse_intervention
from explorer.tracing.probes.telling_head import telling_head

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model
from tests.panels.both_runs import drawn

TEXT = "Then Mary and John went to the store, and John gave a drink to Mary, who was thirsty after the long walk."
LAYER, HEAD, HERE = 2, 1, 20


@pytest.fixture(scope="module")
def small() -> Model:
    from explorer import zoo

    return zoo.load("six-kinds-dense")


@pytest.fixture(scope="module")
def trace(small: Model) -> Trace:
    return capture(small, TraceKey(small.name, TEXT))


def rendered(model: Model, trace: Trace, position: int = HERE, **controls: Any) -> Rendered:
    controls = {"head": "selected", **controls}
    made = panel.row(Scene(model, trace, None, Focus(position=position, layer=LAYER, head=HEAD), controls))
    pack(made.data)
    return made


def held(made: Rendered) -> list[bool]:
    return [check.holds for check in made.checks]


def test_a_second_run_is_seen_in_the_same_order(small: Model, trace: Trace) -> None:
    other = capture(small, TraceKey(small.name, TEXT.replace("went", "came")))
    both = Compared(Run(small, trace), Run(small, other))
    focus = Focus(position=HERE, layer=LAYER, head=HEAD)
    controls = {"head": "selected", "block": 8, "order": "last"}
    made, _, there = drawn("online_softmax", "row", Scene(small, trace, focus=focus, controls=controls, other=both))
    assert there is not None
    assert held(made) == [True] * 4
    order = ".".join(map(str, made.data.order.tolist()))
    alone, base = rendered(small, other, block=8, order=order).data, there.made.data
    torch.testing.assert_close(base.softmax, other.pattern[LAYER, HEAD, HERE, : HERE + 1], atol=1e-5, rtol=0)
    torch.testing.assert_close((base.m, base.l, base.scores), (alone.m, alone.l, alone.scores))
    assert base.lse == alone.lse != made.data.lse


def test_the_end_is_the_same_in_every_order(small: Model, trace: Trace) -> None:
    ends = []
    for order in permutations(range(3)):
        made = rendered(small, trace, block=8, order=".".join(map(str, order)))
        assert held(made) == [True] * 4
        assert made.data.order.tolist() == list(order)
        torch.testing.assert_close(made.data.l, made.data.direct)  # the rescaled sum is the sum made anew
        ends.append(made.data.softmax)
    for end in ends:
        torch.testing.assert_close(end, trace.pattern[LAYER, HEAD, HERE, : HERE + 1], rtol=1e-4, atol=1e-6)


def test_the_largest_first_needs_no_rescale(small: Model, trace: Trace) -> None:
    made = rendered(small, trace, block=4, order="first").data
    assert made.preset == "first"
    assert made.factor[1:].tolist() == [1.0] * (len(made.factor) - 1)
    assert made.unscaled[-1] == pytest.approx(float(made.l[-1]))
    rising = rendered(small, trace, block=4, order="last").data
    assert rising.unscaled[-1] > rising.l[-1]


@pytest.mark.parametrize("position", [0, 1, 5, HERE])
def test_any_row_has_blocks(small: Model, trace: Trace, position: int) -> None:
    made = rendered(small, trace, position=position, block=1000, order="9.9")
    assert held(made) == [True] * 4
    assert len(made.data.scores) == position + 1
    assert made.data.preset == "text"


def test_a_window_cuts_the_row(small: Model, trace: Trace) -> None:
    from explorer.experiments.systems.traced_head import TracedHead

    first, scores = figure.row_scores(TracedHead.of(trace, LAYER, HEAD, 6), HERE)
    assert (first, len(scores)) == (HERE - 5, 6)
    torch.testing.assert_close(scores, trace.scores(LAYER)[HEAD, HERE, HERE - 5 : HERE + 1])


def test_it_opens_on_a_head_whose_sum_is_rescaled(small: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each selected head: it stays where a factor of its row is not 1, else a head with such a factor is shown."""
    changed = 0
    for layer, head in product(range(small.dims.n_layers), range(small.dims.n_heads)):
        monkeypatch.setattr(rescaled_head, "telling_head", lambda *_: (layer, head))  # noqa: B023
        focus = Focus(position=HERE, layer=layer, head=head)
        own, opened = (panel.row(Scene(small, trace, None, focus, each)).data for each in ({"head": "selected"}, {}))
        assert (own.layer, own.head, own.selected) == (layer, head, None)
        assert float(opened.factor[1:].min()) < SEEN, "every factor is 1: there is nothing to see"
        if float(own.factor[1:].min()) < SEEN:
            assert (opened.layer, opened.head, opened.selected) == (layer, head, None)
        else:
            changed += 1
            assert opened.selected == (layer, head) != (opened.layer, opened.head)
    assert changed, "no head of this run is without a rescale"


def test_a_head_that_a_link_or_a_person_has_chosen_stays(small: Model, trace: Trace) -> None:
    """A link of before names its head: it shows that head, rescaled or not."""
    opened = telling_head(trace, trace.n_prompt - 1, trace.answer(trace.n_prompt - 1))
    for layer, head in product(range(small.dims.n_layers), range(small.dims.n_heads)):
        if (layer, head) != opened:
            made = panel.row(Scene(small, trace, None, Focus(position=len(trace) - 1, layer=layer, head=head))).data
            assert (made.layer, made.head, made.selected) == (layer, head, None)


def test_a_head_that_is_shown_instead_is_that_of_both_runs(small: Model, trace: Trace) -> None:
    other = capture(small, TraceKey(small.name, TEXT.replace("went", "came")))
    for layer, head in product(range(small.dims.n_layers), range(small.dims.n_heads)):
        focus, both = Focus(position=HERE, layer=layer, head=head), Compared(Run(small, trace), Run(small, other))
        scene = Scene(small, trace, focus=focus, controls={"head": "rescaled"}, other=both)
        made, _, there = drawn("online_softmax", "row", scene)
        assert there is not None
        data = there.made.data
        assert (data.layer, data.head, data.block) == (made.data.layer, made.data.head, made.data.block)
        want = other.pattern[data.layer, data.head, HERE, : HERE + 1]
        torch.testing.assert_close(data.softmax, want, atol=1e-5, rtol=0)


# ---- each check finds its mistake ------------------------------------------------------------------------------------


@pytest.mark.breaks("online_softmax.row", "^Softmax in blocks = torch’s softmax")
@pytest.mark.breaks("online_softmax.row", r"^m \+ ln l at the end = torch’s logsumexp")
def test_a_sum_that_is_not_rescaled(small: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = online_softmax.share

    def never(part: Tensor, whole: Tensor) -> Tensor:
        return real(part, whole) if part.ndim else torch.ones_like(part) * (part > -torch.inf)

    monkeypatch.setattr(online_softmax, "share", never)
    assert held(rendered(small, trace, block=4, order="last")) == [False, False, False, True]


@pytest.mark.breaks("online_softmax.row", "^Softmax in blocks = the weights that the model itself used")
def test_the_weights_of_another_row(small: Model, trace: Trace) -> None:
    pattern = trace.pattern.clone()
    pattern[LAYER] = pattern[LAYER].roll(1, 1)
    assert held(rendered(small, replace(trace, pattern=pattern, _kept=type(trace._kept)()))) == [
        True,
        True,
        False,
        True,
    ]


@pytest.mark.breaks("online_softmax.row", "^Blocks so far merged with the others = the model’s own z")
def test_parts_that_are_merged_evenly(small: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = online_softmax.share

    def evenly(part: Tensor, whole: Tensor) -> Tensor:
        return real(part, whole) if whole.ndim == 0 else torch.full_like(part, 0.5)

    monkeypatch.setattr(online_softmax, "share", evenly)
    assert held(rendered(small, trace, block=4)) == [True, True, True, False]


def test_an_ablated_head_is_not_held_against_its_z(small: Model) -> None:
    cut = parse_intervention(f"ablate:{LAYER}.{HEAD}")
    made = rendered(small, capture(small, TraceKey(small.name, TEXT, interventions=(cut,))))
    assert held(made) == [True] * 3
    assert made.note
