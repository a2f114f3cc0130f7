"""An attribution graph of a few tokens: drawn first, then measured; and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.inside import attribution_graph as experiment
from explorer.figures.inside import attribution_graph as figure
from explorer.panels.inside import attribution_graph_views as views
from explorer.panels.protocol import Check, Rendered
from explorer.tracing import Trace, TraceKey, capture
from explorer.tracing.changes.interventions import parse_intervention
from explorer.zoo import transcoders
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
SUM, FORWARDS, INVERSE, OWN = (
    "add up to its pre-activation",
    "taken out of a run forwards",
    "powers of A",
    "taken apart",
)


@pytest.fixture(scope="module")
def short(small: Model) -> Trace:
    return capture(small, TraceKey(small.name, "Once upon a", max_new_tokens=1, seed=7))


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few windows of the corpus, and of the long ones half the nodes."""
    monkeypatch.setattr(experiment, "WINDOWS", 1)


def test_a_graph_is_drawn_and_then_measured(view: View, short: Trace) -> None:
    first, *_, last = view("attribution_graph.graph", trace=short, kept=0.7)
    data = last.data
    assert all(check.holds for check in last.checks), last.checks
    assert len(last.checks) == 4
    assert not bool(first.data.live.isfinite().any())
    taken_out = data.predicted.isfinite()
    assert bool(data.live[taken_out].isfinite().all())
    assert bool((data.kinds[taken_out] != figure.LOGIT).all())
    assert bool(data.edge_live.isfinite().all())
    assert data.by_frozen.r > 0.8
    assert data.by_live.low < data.by_live.r < data.by_live.high
    assert 0 < data.replacement < data.completeness < 1
    assert all(a > b for a, b in zip(data.explained, data.placebo, strict=True))
    assert [each.node for each in data.texts] == (data.kinds == figure.FEATURE).nonzero()[:, 0].tolist()


def test_one_token_and_a_model_without_transcoders_are_told(view: View, small: Model) -> None:
    with pytest.raises(NotApplicableError, match="one token"):
        view("attribution_graph.graph", trace=capture(small, TraceKey(small.name, "the", max_new_tokens=1)))
    with pytest.raises(NotApplicableError, match="No transcoders"):
        transcoders.opened("three-kinds", 4)


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured is what is predicted: these checks are of the graph."""

    def tried(made: Any, _tell: Any) -> Any:
        yield replace(made, live=made.predicted, frozen=made.predicted, edge_live=made.edge_predicted,
                      edge_frozen=made.edge_predicted)  # fmt: skip

    monkeypatch.setattr(experiment, "tried", tried)
    monkeypatch.setattr(experiment, "over_passages", lambda *_: ())


@pytest.mark.breaks("attribution_graph.graph", "^The edges into each feature and logit")
def test_a_sum_without_its_biases(check: Find, short: Trace, unmeasured: None, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.effects

    def bare(local: Any) -> Any:
        found = true(local)
        return replace(found, constant=torch.zeros_like(found.constant))

    monkeypatch.setattr(experiment, "effects", bare)
    assert not check("attribution_graph.graph", SUM, trace=short).holds


@pytest.mark.breaks("attribution_graph.graph", "^The influence by powers of A")
def test_an_influence_that_ends_too_soon(
    check: Find, short: Trace, unmeasured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.stack.frontier.attribution_graph.influence", lambda shares, w: w @ shares)
    assert not check("attribution_graph.graph", INVERSE, trace=short).holds


@pytest.mark.breaks("attribution_graph.graph", "^The run that is taken apart")
def test_a_run_of_other_tokens(check: Find, short: Trace, unmeasured: None, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.graph_of
    monkeypatch.setattr(experiment, "graph_of", lambda d, c, ids, kept: true(d, c, ids.flip(0), kept))
    assert not check("attribution_graph.graph", OWN, trace=short).holds


@pytest.mark.breaks("attribution_graph.graph", "^Every kept edge = its source taken out")
def test_norms_that_are_not_frozen(check: Find, short: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "frozen_hooks", lambda local: [])
    monkeypatch.setattr(experiment, "over_passages", lambda *_: ())
    assert not check("attribution_graph.graph", FORWARDS, trace=short, kept=0.5).holds


def test_a_steered_direction_takes_a_feature_out(small: Model, short: Trace) -> None:
    """The intervention that the page offers is the removal that was measured."""
    decoder, ids = small.decoder, short.ids[:3]
    local = experiment.replaced(decoder, transcoders.opened(small.name, 6), ids)
    node = next(at for at, (layer, pos, _) in enumerate(local.features) if (layer, pos) == (2, 2))
    layer, pos, feature = local.features[node]
    text = f"steer:mlp-{layer}-{feature}:{layer}:{pos}:{-float(local.acts[node])}"
    changed = capture(small, replace(short.key, interventions=(parse_intervention(text),)))
    streams = experiment.without(local, node, layer + 1)[None]
    ours = experiment.say(decoder, experiment.carry(decoder, streams, local.run.at, layer + 1))[0]
    torch.testing.assert_close(changed.logits[2], ours, atol=1e-3, rtol=1e-3)
    assert not torch.allclose(changed.logits[2], short.logits[2], atol=1e-3)


def test_heads_that_moved_are_taken_apart(view: View, short: Trace) -> None:
    (made,) = view("attribution_graph.looks", trace=short)
    assert all(check.holds for check in made.checks), made.checks
    looks = made.data.looks
    assert [abs(each.effect) for each in looks] == sorted((abs(each.effect) for each in looks), reverse=True)
    assert all(each.query > each.key for each in looks)
    assert {pair.query_layer < each.layer for each in looks for pair in each.pairs} == {True}


@pytest.mark.breaks("attribution_graph.looks", "^All pairs of a head’s score add up")
def test_a_score_without_the_stream_s_errors(check: Find, short: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    true = views.replaced
    monkeypatch.setattr(views, "replaced", lambda *of: replace(made := true(*of), errors=made.errors * 0))
    assert not check("attribution_graph.looks", "All pairs", trace=short).holds
