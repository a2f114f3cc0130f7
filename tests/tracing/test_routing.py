"""A mixture of experts traced: what its router said, which experts ran, and what happens when they are not let."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing import (
    ForbidExpert,
    ForceExpert,
    Intervention,
    Trace,
    TraceKey,
    UseExperts,
    capture,
    parse_intervention,
)
from explorer.tracing.changes.routing_edits import route
from explorer.zoo import Model

TEXT = "one two three four five"
GREEDY = Sampler(temperature=0)
places = st.none() | st.integers(0, 999)


@pytest.fixture(scope="module")
def moe(tiny: Callable[[Any], Model]) -> Model:
    from transformers import MixtralConfig

    return tiny(
        MixtralConfig(
            vocab_size=49152, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, num_local_experts=6, num_experts_per_tok=2, max_position_embeddings=128,
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def plain(moe: Model) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(
        str(moe.hf.name_or_path), dtype=torch.float32, local_files_only=True
    ).eval()


def expected(plain: Any, ids: Tensor, change: Callable[[int, Tensor], tuple[Tensor, int]] | None = None) -> Any:
    """Logits of transformers alone, its router replaced by one written out here: (layer, logits) -> (logits, k)."""
    seen = []

    def patched(layer: int, gate: Any) -> Callable[..., Any]:
        def router(_module: object, inputs: tuple[Tensor], _output: object) -> tuple[Tensor, Tensor, Tensor]:
            logits = F.linear(inputs[0].reshape(-1, gate.weight.shape[1]), gate.weight)
            seen.append(logits)
            logits, k = change(layer, logits.clone()) if change else (logits, 2)
            values, indices = logits.softmax(-1).topk(k, -1)
            return logits, values / values.sum(-1, keepdim=True), indices

        return router

    handles = [
        block.mlp.gate.register_forward_hook(patched(layer, block.mlp.gate))
        for layer, block in enumerate(plain.model.layers)
    ]
    try:
        with torch.no_grad():
            return plain(ids[None]).logits[0], torch.stack(seen)
    finally:
        for handle in handles:
            handle.remove()


def trace_of(moe: Model, *interventions: Intervention, new: int = 0) -> Trace:
    return capture(
        moe, TraceKey(moe.name, TEXT, max_new_tokens=new, sampler=GREEDY, interventions=tuple(interventions))
    )


def test_routing_is_kept_with_and_without_the_cache(moe: Model, plain: Any) -> None:
    trace = trace_of(moe, new=4)
    logits, routers = expected(plain, trace.ids)
    assert trace.router_logits is not None
    assert trace.expert_weights is not None
    assert trace.router_logits.shape == (3, len(trace), 6)
    assert (trace.logits - logits).abs().max() < 1e-4
    assert (trace.router_logits - routers).abs().max() < 1e-4
    for layer in range(3):
        k = torch.full((len(trace),), 2)
        assert (trace.expert_weights[layer] - route(trace.router_logits[layer], k)).abs().max() < 1e-5
    assert (moe.dims.n_experts, moe.dims.experts_per_token) == (6, 2)


def test_a_dense_model_has_no_routing(model: Model) -> None:
    trace = capture(model, TraceKey(model.name, "one"))
    assert trace.router_logits is None
    assert trace.expert_weights is None
    assert trace.mlp_pre is not None
    with pytest.raises(BadRequestError, match="no experts"):
        capture(model, TraceKey(model.name, "one", interventions=(ForbidExpert(None, None, 0),)))


def test_attribution_still_adds_up(moe: Model) -> None:
    trace = trace_of(moe)
    assert trace.mlp_pre is None
    assert trace.attribution(4, 7).error < 1e-4


@pytest.mark.parametrize("layer", [None, 1])
def test_forbidding_sends_tokens_elsewhere(moe: Model, plain: Any, layer: int | None) -> None:
    trace = trace_of(moe, ForbidExpert(layer, None, 3), new=3)

    def change(at: int, logits: Tensor) -> tuple[Tensor, int]:
        if layer in (None, at):
            logits[:, 3] = -torch.inf
        return logits, 2

    logits, _ = expected(plain, trace.ids, change)
    assert (trace.logits - logits).abs().max() < 1e-4
    assert trace.expert_weights is not None
    touched = trace.expert_weights if layer is None else trace.expert_weights[layer]
    assert float(touched[..., 3].abs().max()) == 0
    assert ((trace.expert_weights > 0).sum(-1) == 2).all()


def test_forcing_at_one_position(moe: Model, plain: Any) -> None:
    at = len(trace_of(moe)) + 1  # a generated one: it comes alone, over the cache
    trace = trace_of(moe, ForceExpert(2, at, 5), new=4)

    def change(layer: int, logits: Tensor) -> tuple[Tensor, int]:
        if layer == 2:
            only = logits[at, 5].clone()
            logits[at] = -torch.inf
            logits[at, 5] = only
        return logits, 2

    logits, _ = expected(plain, trace.ids, change)
    assert (trace.logits - logits).abs().max() < 1e-4
    assert trace.expert_weights is not None
    assert trace.expert_weights[2, at].tolist() == [0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("k", [1, 2, 6])
def test_any_number_of_experts(moe: Model, plain: Any, k: int) -> None:
    trace = trace_of(moe, UseExperts(None, k), new=2)
    logits, _ = expected(plain, trace.ids, lambda _layer, logits: (logits, k))
    assert (trace.logits - logits).abs().max() < 1e-4
    assert trace.expert_weights is not None
    assert ((trace.expert_weights > 0).sum(-1) == k).all()


@given(
    st.one_of(
        st.builds(ForbidExpert, places, places, st.integers(0, 99)),
        st.builds(ForceExpert, places, places, st.integers(0, 99)),
        st.builds(UseExperts, places, st.integers(1, 99)),
    )
)
def test_text_form_gives_it_back(intervention: Intervention) -> None:
    assert parse_intervention(intervention.text) == intervention
    assert intervention.label


@pytest.mark.parametrize(
    "edit",
    [ForbidExpert(9, None, 0), ForbidExpert(0, None, 6), ForceExpert(0, 99, 0), UseExperts(0, 0), UseExperts(0, 7)],
)
def test_what_the_model_has_not_is_refused(moe: Model, edit: Intervention) -> None:
    with pytest.raises(BadRequestError):
        trace_of(moe, edit)
