from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from explorer import zoo
from explorer.figures.overview import heads_and_causes as figure
from explorer.panels.overview import heads_and_causes_views as panel
from explorer.panels.protocol import whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import TraceKey, capture, parse_intervention
from explorer.zoo.model import Model


def test_shares_error_counts_the_bias() -> None:
    heads, bias, attn = torch.ones(2, 3), torch.tensor([0.0, 1.0]), torch.tensor([3.0, 4.0])
    assert figure.shares_error(heads, bias, attn) == 0
    assert figure.shares_error(heads, torch.zeros(2), attn) == 1


@pytest.mark.thorough
def test_the_measured_effect_is_that_of_a_run_without_the_head(model: Model) -> None:
    key = TraceKey(model.name, "The capital of France is")
    trace = capture(model, key)
    told: list[tuple[int, int]] = []
    made = whole(
        panel.scatter(Scene(model, trace, None, Focus(position=4), progress=lambda _, a, b: told.append((a, b))))
    )
    assert all(check.holds for check in made.checks)
    assert told[-1] == (model.dims.n_layers * model.dims.n_heads,) * 2
    target = made.data.target
    layer, head = divmod(int(made.data.kl.argmax()), model.dims.n_heads)
    removed = parse_intervention(f"ablate:{layer}.{head}")
    without = capture(model, TraceKey(model.name, key.text, interventions=(removed,)))
    before, after = (float(each.logits[4].double().softmax(-1)[target]) for each in (trace, without))
    change = math.log(after / (1 - after)) - math.log(before / (1 - before))  # of its log odds, unless asked otherwise
    assert float(made.data.effect[layer, head]) == pytest.approx(change, abs=2e-3)
    assert float(made.data.p_ablated[layer, head]) == pytest.approx(after, abs=1e-4)


def test_most_moved_leaves_out_what_stayed() -> None:
    now, before = torch.zeros(2, 3), torch.tensor([[0.0, 0.5, 0.0], [-2.0, 0.0, 1.0]])
    assert figure.most_moved(now, before, 5) == [3, 5, 1]
    assert figure.most_moved(now, before, 1) == [3]
    assert figure.most_moved(now, now, 5) == []


@pytest.mark.thorough
def test_the_unmodified_runs_direct_shares_stand_beside(model: Model) -> None:
    key = TraceKey(model.name, "The capital of France is", interventions=(parse_intervention("ablate:23.1"),))
    trace, base = capture(model, key), capture(model, key.without_interventions())
    scene = Scene(model, trace, base, Focus(position=4))
    made = next(iter(panel.scatter(scene))).data.base  # known before anything is removed
    expected = base.attribution(4, scene.target).heads
    assert torch.equal(made.direct, expected)
    off = 23 * model.dims.n_heads + 1
    assert off in made.moved  # what was switched off writes nothing now
    assert made.p == pytest.approx(float(base.logits[4].double().softmax(-1)[scene.target]))


@pytest.mark.breaks("heads_and_causes.scatter", r"head shares add up to the \d+ attention shares")
def test_shares_of_another_z_do_not_add_up() -> None:
    moe = zoo.load("six-kinds-moe")
    trace = capture(moe, TraceKey(moe.name, "The capital of France is"))
    other = replace(trace, z=trace.z.flip(2), _kept=type(trace._kept)())
    for run, holds in ((trace, True), (other, False)):
        made = whole(panel.scatter(Scene(moe, run, None, Focus(position=4))))
        assert made.checks[0].holds is holds
