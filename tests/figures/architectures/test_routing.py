"""Routes, the router's decision, the load and the lanes: by hand, and on a tiny Mixtral of random weights."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import NotApplicableError
from explorer.figures.architectures import routing as figure
from explorer.figures.architectures import routing_lanes as lanes
from explorer.figures.architectures import routing_load as load
from explorer.panels.architectures.routing import PANEL
from explorer.panels.protocol import Focus, Scene
from explorer.stack.transformer.balancing import load_balancing
from explorer.tracing import AblateMLP, ForbidExpert, ForceExpert, Intervention, Trace, TraceKey, UseExperts, capture
from explorer.zoo import Model

TEXT = "one two three four five"
LAYERS = [0, 1, 2]
SHELF = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture(scope="module")
def moe(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A Mixtral of random weights, wide enough apart that its router prefers somebody."""
    from transformers import AutoTokenizer, MixtralConfig, MixtralForCausalLM

    from explorer.zoo.loading import open_folder

    torch.manual_seed(0)
    config = MixtralConfig(
        vocab_size=6144, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, num_local_experts=6, num_experts_per_tok=2, max_position_embeddings=512,
        initializer_range=0.2,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("mixtral")
    MixtralForCausalLM(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(SHELF / "six-kinds-moe")).save_pretrained(folder)
    return open_folder(str(folder), None, folder)


def trace_of(moe: Model, *interventions: Intervention) -> Trace:
    return capture(moe, TraceKey(moe.name, TEXT, interventions=tuple(interventions)))


def scene(moe: Model, *interventions: Intervention, **focus: int) -> Scene:
    base = trace_of(moe) if interventions else None
    return Scene(moe, trace_of(moe, *interventions), base, Focus(**focus))


# ---- by hand ---------------------------------------------------------------------------------------------------------


def test_a_decision_by_hand() -> None:
    """Probabilities 1/2, 1/4, 1/8, 1/8: two kept for 3/4, weights 2/3 and 1/3, margin ln 2, entropy 1.75 bits."""
    found = figure.decide(torch.tensor([0.5, 0.25, 0.125, 0.125]).log(), 2)
    assert found.weights.tolist() == pytest.approx([2 / 3, 1 / 3, 0, 0])
    assert found.kept == pytest.approx(0.75)
    assert found.margin == pytest.approx(math.log(2))
    assert found.runner_up == 2
    assert found.entropy == pytest.approx(1.75)


def test_a_decision_with_experts_shut_out() -> None:
    found = figure.decide(torch.tensor([-math.inf, 1.0, -math.inf]), 2)
    assert found.weights.tolist() == [0, 1, 0]
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
    assert lanes.conservation_error(weights) < 1e-6
    found = lanes.lanes(weights, ribbons=1)
    assert found.weight.shape[1] == min(lanes.LEAST, experts**2)
    total = found.weight.sum(-1) + found.rest
    assert total.tolist() == pytest.approx([tokens] * (layers - 1), rel=1e-5)
    assert figure.sum_error(weights) < 1e-6


def test_a_load_like_the_corpus_is_not_far_and_another_is() -> None:
    generator = torch.Generator().manual_seed(1)
    corpus = torch.rand(1, 2000, 4, generator=generator).topk(2, dim=-1).indices
    even, one = torch.full((1, 4), 0.25), torch.tensor([[0.5, 0.5, 0.0, 0.0]])
    near, far = (load.compare(share, 40, corpus, generator) for share in (even, one))
    assert float(near.distance) < float(near.chance) < float(near.seldom)
    assert float(far.distance) == pytest.approx(0.5, abs=0.03)
    assert float(far.distance) > float(far.seldom)


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
        assert figure.logits_error(trace, moe.decoder, layer) < 1e-5
        out = figure.outputs(trace, moe.decoder, layer, 3)
        assert out.error < 1e-4
        assert len(out.experts) == 2
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


def test_a_broken_rule_is_seen(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = trace_of(moe)
    assert trace.expert_weights is not None
    plain = figure.softmax_top_k
    monkeypatch.setattr(figure, "softmax_top_k", lambda logits, k: plain(logits, k, renormalise=False))
    assert figure.rule_error(trace, LAYERS) > 0.1


# ---- the panel -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["matrix", "decision", "lanes"])
@pytest.mark.parametrize("edits", [(), (ForbidExpert(None, None, 2),), (UseExperts(0, 1), AblateMLP(1))])
def test_views_hold_on_the_run(moe: Model, name: str, edits: tuple[Intervention, ...]) -> None:
    made = PANEL.render(name, scene(moe, *edits, position=2, layer=1))
    assert made.checks
    for check in made.checks:
        assert check.holds, check
    assert (made.data["base"] is not None) == bool(edits)


def test_what_moved_is_counted(moe: Model) -> None:
    made = PANEL.render("matrix", scene(moe, ForceExpert(2, 1, 0)))
    base = made.data["base"]
    assert base["tokens"] == len(trace_of(moe))
    assert base["elsewhere"] == 1  # one token in the last layer, and no layer behind it
    assert made.title is not None
    assert made.title.startswith("1 to 2 of 6 experts")


def test_the_load_against_the_passages(moe: Model) -> None:
    seen: list[tuple[int, int]] = []
    one = scene(moe)
    made = PANEL.render("load", Scene(moe, one.trace, None, progress=lambda _, a, b: seen.append((a, b))))
    assert seen
    assert all(check.holds for check in made.checks)
    assert made.data["corpus_tokens"] > 1000
    assert made.data["corpus"].shape == (3, 6)


def test_a_layer_without_router_says_so(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure, "routed_layers", lambda model: [1, 2])
    with pytest.raises(NotApplicableError, match="Layer 0 has no router"):
        PANEL.render("decision", scene(moe, layer=0))
    monkeypatch.setattr(figure, "routed_layers", lambda model: [])
    with pytest.raises(NotApplicableError):
        PANEL.render("matrix", scene(moe))
