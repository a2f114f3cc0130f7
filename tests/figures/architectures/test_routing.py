"""Routes, the router's decision, the load and the lanes: by hand, and on a tiny Mixtral of random weights."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.experiments.architectures import routing_outputs as written
from explorer.figures.architectures import routing as figure
from explorer.figures.architectures import routing_lanes as lanes
from explorer.stack.transformer.balancing import load_balancing
from explorer.tracing import AblateMLP, ForbidExpert, ForceExpert, Intervention, Trace, TraceKey, UseExperts, capture
from explorer.zoo import Model

TEXT = "one two three four five"
LAYERS = [0, 1, 2]


def trace_of(moe: Model, *interventions: Intervention) -> Trace:
    return capture(moe, TraceKey(moe.name, TEXT, interventions=tuple(interventions)))


# ---- by hand ---------------------------------------------------------------------------------------------------------


def test_a_decision_by_hand() -> None:
    """Probabilities 1/2, 1/4, 1/8, 1/8: two kept for 3/4, weights 2/3 and 1/3, margin ln 2, entropy 1.75 bits."""
    found = figure.decide(torch.tensor([0.5, 0.25, 0.125, 0.125]).log(), 2)
    assert figure.chosen(found.routing.logits, torch.tensor([2]))[0].tolist() == pytest.approx([2 / 3, 1 / 3, 0, 0])
    alone = figure.chosen(found.routing.logits, torch.tensor([2]), renormalise=False)
    assert alone[0].tolist() == pytest.approx([1 / 2, 1 / 4, 0, 0])
    assert found.kept == pytest.approx(0.75)
    assert found.margin == pytest.approx(math.log(2))
    assert found.runner_up == 2
    assert found.entropy == pytest.approx(1.75)


def test_a_decision_with_experts_shut_out() -> None:
    found = figure.decide(torch.tensor([-math.inf, 1.0, -math.inf]), 2)
    assert figure.chosen(found.routing.logits, torch.tensor([2]))[0].tolist() == [0, 1, 0]
    assert (found.kept, found.margin, found.runner_up, found.entropy) == (1, None, None, 0)
    every = figure.decide(torch.zeros(4), 4)
    assert every.margin is None
    assert every.entropy == pytest.approx(2)


def test_a_load_by_hand() -> None:
    """Three tokens, two of three experts each: visits 3, 2, 1; n sum(f P) = 3 (1 * 1/2 + 2/3 * 1/4 + 1/3 * 1/4)."""
    used = torch.tensor([[[1, 1, 0], [1, 1, 0], [1, 0, 1]]]).bool()
    found = figure.load(torch.tensor([0.5, 0.25, 0.25]).log().expand(1, 3, 3), used)
    assert found.share[0].tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 6])
    assert float(found.balance[0]) == pytest.approx(2.25)
    assert float(found.even[0]) == pytest.approx(2 ** (1 / 2) * 3 ** (1 / 3) * 6 ** (1 / 6))


def test_lanes_by_hand() -> None:
    """The heaviest of each gap are listed; the others are counted and weighed."""
    weights = torch.tensor([[[0.75, 0.25], [1.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]], [[0.5, 0.5], [1.0, 0.0]]])
    assert lanes.flows(weights).tolist() == [[[1.0, 0.75], [0.0, 0.25]], [[1.0, 0.0], [0.5, 0.5]]]
    found = lanes.lanes(weights)
    first = zip(found.source[0], found.target[0], found.weight[0], found.tokens[0], strict=True)
    assert [tuple(map(float, each)) for each in first][:3] == [(0, 0, 1, 1), (0, 1, 0.75, 1), (1, 1, 0.25, 1)]
    assert found.others.tolist() == [0, 0]
    assert found.rest.tolist() == [0, 0]


@settings(max_examples=25)
@given(st.integers(2, 12), st.integers(1, 9), st.integers(2, 4), st.integers(0, 2**31))
def test_flows_conserve_weight(experts: int, tokens: int, layers: int, seed: int) -> None:
    logits = torch.randn(layers, tokens, experts, generator=torch.Generator().manual_seed(seed))
    weights = torch.stack([figure.chosen(each, torch.full((tokens,), min(2, experts))) for each in logits])
    found = lanes.lanes(weights, ribbons=1)
    assert lanes.recount_error(figure.routes(weights), experts, found) < 1e-6
    assert found.weight.shape[1] == min(lanes.LEAST, experts**2)
    total = found.weight.sum(-1) + found.rest
    assert total.tolist() == pytest.approx([tokens] * (layers - 1), rel=1e-5)
    assert figure.sum_error(weights) < 1e-6


# ---- on a run --------------------------------------------------------------------------------------------------------


def test_what_a_run_used_is_what_its_logits_say(moe: Model) -> None:
    trace = trace_of(moe)
    assert trace.expert_weights is not None
    assert trace.router_logits is not None
    assert figure.routed_layers(moe) == LAYERS
    assert figure.rule_error(trace, LAYERS) < 1e-6
    assert figure.count_exceptions(trace, LAYERS) == 0
    found = figure.routes(trace.expert_weights)
    again = torch.zeros_like(trace.expert_weights).scatter(-1, found.indices, found.weights)
    assert torch.equal(again, trace.expert_weights)
    for layer in LAYERS:
        assert written.logits_error(trace, moe.decoder, layer) < 1e-5
        out, error = written.outputs(trace, moe.decoder, layer, 3)
        assert error < 1e-4
        assert len(out.experts) == 2
        assert float(out.parts.sum()) == pytest.approx(1, abs=1e-5)
    made = load_balancing(trace.router_logits[1].softmax(-1), found.indices[1])
    assert float(figure.load_of(trace, LAYERS).balance[1]) == pytest.approx(float(made.loss), abs=1e-5)
    assert (figure.balance_error(trace, LAYERS) or 0) < 1e-5


@pytest.mark.parametrize(
    ("edit", "used"),
    [(ForbidExpert(1, None, 3), 2), (ForceExpert(1, None, 5), 1), (UseExperts(1, 4), 4), (UseExperts(None, 6), 6)],
)
def test_interventions_are_followed(moe: Model, edit: Intervention, used: int) -> None:
    trace = trace_of(moe, edit)
    assert trace.expert_weights is not None
    assert figure.rule_error(trace, LAYERS) < 1e-6
    assert figure.count_exceptions(trace, LAYERS) == 0
    assert figure.steered(trace).used[1].tolist() == [used] * len(trace)


@pytest.mark.parametrize("edits", [(), (UseExperts(None, 4), AblateMLP(1))], ids=["plain", "changed"])
def test_parts_of_all_tokens_are_those_of_each(moe: Model, edits: tuple[Intervention, ...]) -> None:
    trace, layers = trace_of(moe, *edits), [2, 0]
    found = written.contributions(trace, moe.decoder, layers)
    assert found is not None
    assert found.error < 1e-5
    assert trace.expert_weights is not None
    for row, layer in enumerate(layers):
        out, _ = written.outputs(trace, moe.decoder, layer, 3)
        assert found.part[row, 3, out.experts].tolist() == pytest.approx(out.parts.tolist(), abs=1e-5)
        assert found.part[row].sum(-1).tolist() == pytest.approx([1] * len(trace), abs=1e-5)
        assert not found.part[row][trace.expert_weights[layer] == 0].any()


def test_a_long_text_of_a_large_model_is_not_run_again(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MOST_FLOPS", 1e3)
    assert written.contributions(trace_of(moe), moe.decoder, LAYERS) is None
