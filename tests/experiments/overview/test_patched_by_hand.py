"""Patches by hand: what they can reach, and the same run without a hook."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer import zoo
from explorer.experiments.overview import patched_by_hand as by_hand
from explorer.experiments.overview.patched_by_hand import Patch
from explorer.panels.overview import residual_stream_views as panel
from explorer.panels.protocol import Check
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import TraceKey, capture
from explorer.tracing.changes.interventions import AblateHead, PatchPosition
from explorer.tracing.trace import Trace
from explorer.zoo.model import Model

TEXT, OTHER = "The king saw a red bird in the garden", "The queen saw a blue fish in the garden"
PATCH = PatchPosition(1, 4, OTHER, 3)


@pytest.fixture(scope="module")
def small() -> Model:
    return zoo.load("six-kinds-dense")


@pytest.fixture(scope="module")
def runs(small: Model) -> tuple[Trace, Trace]:
    key = TraceKey(small.name, TEXT, max_new_tokens=2, interventions=(PATCH,))
    return capture(small, key), capture(small, key.without_interventions())


def scene(model: Model, trace: Trace, base: Trace) -> Scene:
    return Scene(model, trace, base, Focus(position=6))


def checks(model: Model, trace: Trace, base: Trace) -> dict[str, Check]:
    made = panel.lens(scene(model, trace, base)).checks
    return {check.statement.split()[0]: check for check in made}


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=3))
def test_a_cone_is_what_causal_attention_lets_through(places: list[tuple[int, int]]) -> None:
    reached = torch.zeros(6, 7, dtype=torch.bool)  # block by block: a position is reached where it or one before it is
    for depth in range(1, 6):
        reached[depth] = reached[depth - 1].cumsum(0) > 0
        for layer, position in places:
            reached[depth, position] |= layer == depth - 1
    assert torch.equal(by_hand.cone(7, 5, [Patch(*place) for place in places]), reached)


def test_the_patch_moves_its_cone_and_nothing_else(runs: tuple[Trace, Trace]) -> None:
    trace, base = runs
    n = trace.n_prompt
    moved = by_hand.moved(trace, base, n)
    cone = by_hand.cone(n, trace.dims.n_layers, [PATCH])
    assert torch.equal(moved > 0, cone)
    assert by_hand.outside(trace, base, n) == 0


def test_the_patched_cell_is_the_sources_stream(small: Model, runs: tuple[Trace, Trace]) -> None:
    source = capture(small, TraceKey(small.name, OTHER))
    torch.testing.assert_close(runs[0].resid_post[1, 4], source.resid_post[1, 3], rtol=1e-4, atol=1e-4)


@pytest.mark.breaks("residual_stream.lens", "^Outside the cone no stream has moved")
def test_a_stream_that_moved_outside_the_cone_is_seen(small: Model, runs: tuple[Trace, Trace]) -> None:
    trace, base = runs
    assert checks(small, trace, base)["Outside"].holds
    moved = trace.resid_post.clone()
    moved[0, 4] += 0.01  # the block before the patched one
    assert not checks(small, replace(trace, resid_post=moved, _kept=type(trace._kept)()), base)["Outside"].holds


@pytest.mark.breaks("residual_stream.lens", "^Each patched cell = the source's stream")
@pytest.mark.breaks("residual_stream.lens", "^The own decoder with the same patch, without a hook")
def test_a_hook_that_takes_another_vector_is_seen(
    small: Model, runs: tuple[Trace, Trace], monkeypatch: pytest.MonkeyPatch
) -> None:
    trace, base = runs
    found = checks(small, trace, base)
    assert found["Each"].holds
    assert found["The"].holds  # of the two that begin so, the decoder's comes last

    def elsewhere(self: PatchPosition, stream: Tensor, run: object) -> Tensor:
        return stream + 0.01 * (torch.arange(stream.shape[1]) == self.position)[:, None]

    monkeypatch.setattr(PatchPosition, "edit", elsewhere)
    wrong = checks(small, capture(small, trace.key), base)
    assert not wrong["Each"].holds
    assert not wrong["The"].holds


def test_with_something_else_on_the_stack_the_cone_is_not_claimed(small: Model, runs: tuple[Trace, Trace]) -> None:
    key = replace(runs[0].key, interventions=(PATCH, AblateHead(0, 0)))
    assert len(checks(small, capture(small, key), runs[1])) == 1


def test_the_lens_says_what_the_patch_did(small: Model, runs: tuple[Trace, Trace]) -> None:
    trace, base = runs
    here = scene(small, trace, base)
    data = panel.lens(here).data
    assert [(each.layer, each.position) for each in data.patches] == [(1, 4)]
    assert data.target is not None
    p, q = (run.logits[6].double().softmax(-1)[here.target] for run in (base, trace))
    assert data.target.moved.before == pytest.approx(float((p / (1 - p)).log()), abs=1e-6)
    assert data.target.moved.after == pytest.approx(float((q / (1 - q)).log()), abs=1e-6)
    assert data.base is not None
    length = (trace.resid_post[-1, 5] - base.resid_post[-1, 5]).norm() / base.resid_post[-1, 5].norm()
    assert float(data.base.moved[-1, 5]) == pytest.approx(float(length), rel=1e-4)
    assert data.pair == "The king saw a blue bird in the garden"


def test_the_second_prompts_lens_is_that_of_its_own_run(small: Model, runs: tuple[Trace, Trace]) -> None:
    second = capture(small, TraceKey(small.name, OTHER))
    made = panel.lens(replace(scene(small, *runs), second=lambda: (small, second))).data.second
    assert made is not None
    assert made.tokens == second.ids.tolist()
    assert torch.equal(made.ids[-1, :, 0].long(), second.logits.argmax(-1))
    chat = replace(second, key=replace(second.key, chat=True))
    refused = panel.lens(replace(scene(small, *runs), second=lambda: (small, chat))).data
    assert refused.second is None
    assert "do not fit" in refused.unfit
