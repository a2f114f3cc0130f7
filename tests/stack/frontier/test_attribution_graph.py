"""Attribution graphs: scores at their ends, parity with a dense inverse and with circuit-tracer's rules by hand, edges
against autograd through the frozen decoder."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.frontier.attribution_graph import Graph, influence, normalised, pruned, total_effects
from explorer.stack.frontier.carried import blocks_of
from explorer.stack.frontier.local_replacement import Effects, check_linear, effects, replaced, worst_sum
from explorer.stack.frontier.query_key_attribution import Place, brought, pairs, parts
from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

CONFIG = DecoderConfig(n_layers=3, d_model=12, n_heads=4, n_kv_heads=2, d_head=4, d_mlp=16, d_vocab=23, n_ctx=16)


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    made = Decoder(CONFIG).initialise(torch.Generator().manual_seed(0)).eval().requires_grad_(False)
    for each in made.parameters():
        each.mul_(6) if each.dim() > 1 else each  # so that MLPs and attention matter
    return made


@pytest.fixture(scope="module")
def coders() -> tuple[Transcoder, ...]:
    g = torch.Generator().manual_seed(1)
    made = []
    for _ in range(CONFIG.n_layers):
        coder = Transcoder(12, 24, "topk", k=4).requires_grad_(False)
        coder.initialise(torch.randn(12, generator=g) * 0.1, g)
        coder.W_skip.copy_(torch.randn(12, 12, generator=g) * 0.2)
        coder.b_enc.copy_(torch.randn(24, generator=g) * 0.1)
        made.append(coder)
    return tuple(made)


@pytest.fixture(scope="module")
def found(decoder: Decoder, coders: tuple[Transcoder, ...]) -> Effects:
    return effects(replaced(decoder, coders, torch.tensor([1, 7, 3, 9, 2])), logits=3)


def test_a_graph_of_the_last_blocks_is_a_part_of_the_whole(
    decoder: Decoder, coders: tuple[Transcoder, ...], found: Effects
) -> None:
    whole, tail = found.local, replaced(decoder, coders[1:], found.local.run.ids)
    made = effects(tail, logits=3)
    torch.testing.assert_close(tail.run.logits, whole.run.logits)
    assert (tail.first, tail.n_layers) == (1, 2)
    later = whole.places[:, 0] >= 1
    assert [(layer + 1, pos, feature) for layer, pos, feature in tail.features] == [
        each for each, late in zip(whole.features, later.tolist(), strict=True) if late
    ]
    rows, n = later.nonzero()[:, 0], len(tail.features)
    torch.testing.assert_close(made.graph.edges[:n, :n], found.graph.edges[rows][:, rows], atol=1e-5, rtol=1e-4)
    assert worst_sum(made, [*range(n), *range(made.graph.first_logit, len(made.graph.edges))]) < 1e-5


def random_graph(seed: int, errors: int = 3, layers: int = 3) -> Graph:
    g = torch.Generator().manual_seed(seed)
    n, tokens = 4 * layers, 3
    total = n + errors + tokens + 2
    edges = torch.randn(total, total, generator=g)
    edges[n : n + errors + tokens] = 0  # leaves
    edges[:, -2:] = 0
    block = torch.arange(n) // 4
    edges[:n, :n] *= block[:, None] > block
    return Graph(edges, n, errors, tokens, torch.tensor([0.6, 0.3]))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_influence_is_that_of_a_dense_inverse(seed: int) -> None:
    graph = random_graph(seed)
    shares = normalised(graph.edges).double()
    dense = graph.w.double() @ (torch.eye(len(shares)).double() - shares).inverse() - graph.w
    torch.testing.assert_close(graph.influence.double(), dense, atol=1e-5, rtol=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_pruning_is_a_fixpoint_and_whole_at_one(seed: int) -> None:
    graph = random_graph(seed)
    left, whole = pruned(graph), pruned(graph, 1.0, 1.0)
    assert bool((whole.edges >= left.edges).all() and (whole.nodes >= left.nodes).all())
    inner = graph.features + graph.errors
    assert bool(left.edges[:, :inner].any(0)[left.nodes[:inner]].all())
    assert bool(left.edges[: graph.features].any(1)[left.nodes[: graph.features]].all())
    assert not bool(left.edges[~left.nodes].any() or left.edges[:, ~left.nodes].any())


def test_without_errors_both_scores_are_1() -> None:
    graph = random_graph(3, errors=0)
    assert graph.scores.replacement == pytest.approx(1)
    assert graph.scores.completeness == pytest.approx(1)
    assert graph.scores.of_inputs == pytest.approx(1)


def test_where_errors_carry_everything_nothing_is_explained() -> None:
    graph = random_graph(3)
    edges = graph.edges.clone()
    edges[:, graph.token_nodes] = 0
    edges[:, : graph.features] = 0
    scores = Graph(edges, graph.features, graph.errors, graph.tokens, graph.weights).scores
    assert scores.replacement == pytest.approx(0)
    assert scores.of_inputs == pytest.approx(0, abs=1e-6)
    assert scores.completeness == pytest.approx(0.5)  # circuit-tracer counts the errors themselves as complete


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        influence(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([1.0, 0.0]))
    with pytest.raises(ValueError, match="nodes"):
        Graph(torch.zeros(3, 3), 1, 1, 1, torch.tensor([1.0]))


def test_edges_and_biases_add_up_to_every_target(found: Effects) -> None:
    graph = found.graph
    assert worst_sum(found, [*range(graph.features), *range(graph.first_logit, len(graph.edges))]) < 2e-4
    broken = Effects(found.local, found.graph, torch.zeros_like(found.constant), found.value, found.logits)
    assert worst_sum(broken, range(graph.features)) > 1e-3


def frozen_run(found: Effects, added: list[Tensor]) -> tuple[list[Tensor], Tensor]:
    """What each MLP reads and the logits, of the frozen run written out with plain products: the stream of tokens is
    `added[0]`, what each block's features and errors write is the rest."""
    local, decoder = found.local, found.local.decoder
    x, read = added[0], []
    for layer, block in enumerate(blocks_of(decoder)):
        normal = x / local.scales[0][layer] * block.ln1.weight
        v = (normal @ block.attn.W_V.weight.T).unflatten(-1, (2, 4)).repeat_interleave(2, 1)
        z = torch.einsum("hqk,khd->qhd", local.patterns[layer], v)
        x = x + z.flatten(1) @ block.attn.W_O.weight.T
        read.append(x / local.scales[1][layer] * block.ln2.weight)
        passed = (read[-1] @ local.coders[layer].W_skip.T + local.coders[layer].b_dec) * local.trained[:, None]
        x = x + passed + added[1 + layer]
    return read, (x[-1] / local.scales[2][-1] * decoder.ln_final.weight) @ decoder.unembed.weight.T


def test_edges_are_autograd_s_through_the_frozen_run(found: Effects) -> None:
    local, graph = found.local, found.graph
    written = [local.run.resid[0].clone()]
    written += [local.errors[layer].clone() for layer in range(local.n_layers)]
    for layer, pos, feature in local.features:
        written[1 + layer][pos] += local.contribution(layer, pos, feature)
    written = [each.requires_grad_() for each in written]
    read, logits = frozen_run(found, written)
    torch.testing.assert_close(logits.detach(), local.run.logits, atol=1e-4, rtol=1e-4)
    rows = {graph.first_logit: logits[found.logits[0]] - logits.mean()}
    for node in (len(local.features) - 1, len(local.features) // 2):
        layer, pos, feature = local.features[node]
        rows[node] = local.coders[layer].W_enc[feature] @ read[layer][pos]
    for target, value in rows.items():
        slopes = torch.autograd.grad(value, written, retain_graph=True, allow_unused=True)
        slopes = [torch.zeros_like(w) if s is None else s for s, w in zip(slopes, written, strict=True)]
        expected = [
            float(slopes[1 + layer][pos] @ local.contribution(layer, pos, feature))
            for layer, pos, feature in local.features
        ]
        torch.testing.assert_close(graph.edges[target, : graph.features], torch.tensor(expected), atol=1e-5, rtol=1e-3)
        errors = torch.stack([(s * e).sum(-1) for s, e in zip(slopes[1:], local.errors, strict=True)]).flatten()
        torch.testing.assert_close(graph.edges[target, graph.error_nodes], errors, atol=1e-5, rtol=1e-3)
        tokens = (slopes[0] * local.run.resid[0]).sum(-1)
        torch.testing.assert_close(graph.edges[target, graph.token_nodes], tokens, atol=1e-5, rtol=1e-3)


def test_total_effects_are_those_of_features_that_answer(found: Effects) -> None:
    """A feature passes on the share of its activation that it loses: by a dense inverse."""
    graph, acts = found.graph, found.local.acts
    relative = torch.zeros_like(graph.edges)
    relative[: graph.features] = graph.edges[: graph.features] / acts[:, None]
    dense = torch.linalg.solve((torch.eye(len(relative)) - relative).T, graph.edges[graph.first_logit])
    torch.testing.assert_close(total_effects(graph, acts), dense, atol=1e-4, rtol=1e-3)


def test_what_is_not_linear_when_frozen_is_refused() -> None:
    other = Decoder(DecoderConfig(**{**CONFIG.__dict__, "norm": "layer"}))
    with pytest.raises(NotApplicableError, match="RMSNorm"):
        check_linear(other)


def test_what_heads_bring_is_all_that_their_attention_writes(found: Effects) -> None:
    """Over heads, queries and keys it is the attention's output along the gradient."""
    local = found.local
    g = torch.randn(local.n_pos, CONFIG.d_model, generator=torch.Generator().manual_seed(2))
    whole = float((g * local.run.attn[1]).sum())
    assert float(brought(local, g, 1).sum()) == pytest.approx(whole, rel=1e-4)


def test_parts_are_the_stream_and_pairs_the_score(found: Effects) -> None:
    local = found.local
    for pos in (0, 3):
        torch.testing.assert_close(parts(local, 2, pos)[1].sum(0), local.run.resid[2, pos], atol=1e-4, rtol=1e-4)
    name = "blocks.2.attn.hook_attn_scores"
    _, seen = local.decoder.run_with_cache(local.run.ids[None], names_filter={name})
    for head in range(CONFIG.n_heads):
        score = pairs(local, Place(2, head, 4, 1)).scores.sum()
        torch.testing.assert_close(score, seen[name][0, head, 4, 1], atol=1e-3, rtol=1e-3)
