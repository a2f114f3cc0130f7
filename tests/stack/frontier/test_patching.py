"""Patching against TransformerLens, edges against hooks by hand, estimates against real steps and in a linear model."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import torch
from torch import Tensor, nn

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.stack.frontier.attribution_patching import gradients
from explorer.stack.frontier.carried import Contrast, Recorded, Site, blocks_of, recorded
from explorer.stack.frontier.edges import (
    EdgeScores,
    Writer,
    check_adds,
    edge_scores,
    exact_edges,
    reader_gradients,
    written,
)
from explorer.stack.frontier.patching import Put, cells, heads, patched
from explorer.stack.frontier.shared_prefix import first_change
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model

CLEAN, CORRUPT = torch.tensor([1, 4, 7, 2, 9]), torch.tensor([1, 5, 7, 3, 9])
METRIC = Contrast(3, 6)


@pytest.fixture(scope="module")
def runs(tiny: Decoder) -> tuple[Recorded, Recorded]:
    return recorded(tiny, CLEAN), recorded(tiny, CORRUPT)


def effects(decoder: Decoder, base: Recorded, puts: list[Any]) -> Tensor:
    found = torch.empty(len(puts))
    for some, logits in patched(decoder, base, puts):
        found[some] = METRIC(logits) - METRIC(base.logits[None])
    return found


def bridge_of(model: Model) -> Any:
    return model.bridge


def test_patches_are_those_of_transformer_lens() -> None:
    """In a model of grouped queries: the stream, both outputs, and the heads."""
    from transformer_lens import patching

    model = zoo.load("six-kinds-dense")
    decoder, bridge = model.plain_decoder, bridge_of(model)
    base, source = (recorded(decoder, ids + 300) for ids in (CORRUPT, CLEAN))
    _, cache = bridge.run_with_cache((CLEAN + 300)[None])

    def metric(logits: Tensor) -> Tensor:
        return logits[0, -1, 3] - logits[0, -1, 6]

    def theirs(sweep: Any) -> Tensor:
        with torch.no_grad():
            return sweep(bridge, (CORRUPT + 300)[None], cache, metric) - METRIC(base.logits[None])

    sweeps: tuple[tuple[Site, Any], ...] = (
        ("resid", patching.get_act_patch_resid_pre),
        ("attn", patching.get_act_patch_attn_out),
        ("mlp", patching.get_act_patch_mlp_out),
    )
    for site, sweep in sweeps:
        ours = effects(decoder, base, cells(site, source)).view(len(source.resid), -1)
        torch.testing.assert_close(ours, theirs(sweep), atol=2e-4, rtol=0)
    ours = effects(decoder, base, heads(source)).view(source.z.shape[0], -1)
    torch.testing.assert_close(ours, theirs(patching.get_act_patch_attn_head_out_all_pos), atol=2e-4, rtol=0)


def test_what_lies_before_the_change_need_not_be_carried(tiny: Decoder) -> None:
    """Heads, an MLP with a head above it, and positions, each beside a run of all positions."""
    base, source = (recorded(tiny, torch.tensor(ids)) for ids in ([1, 2, 7, 5, 9], [1, 2, 7, 4, 9]))
    first = first_change(tiny, base, source)
    assert first == 3
    both = Put("mlp", 0, source.mlp[0], above=(Put("z", 2, source.z[2, :, 1], head=1),))
    puts = [*heads(source), both, *cells("resid", source, first)]
    shared = torch.cat([logits for _, logits in patched(tiny, base, puts, first=first)])
    torch.testing.assert_close(shared, torch.cat([logits for _, logits in patched(tiny, base, puts)]))
    with pytest.raises(ValueError, match="before the first position"):
        list(patched(tiny, base, cells("resid", source), first=first))


def test_a_gradient_is_the_slope_of_a_small_patch(tiny: Decoder, runs: tuple[Recorded, Recorded]) -> None:
    clean, corrupt = runs
    slopes = gradients(tiny, corrupt, clean, METRIC)
    assert slopes.score == pytest.approx(float(METRIC(corrupt.logits[None])), abs=1e-6)
    sites: tuple[Site, ...] = ("resid", "attn", "mlp")
    for site in sites:
        puts = cells(site, clean)
        small = 1e-2
        for put in puts:
            now = corrupt.of(put.site)[put.layer, put.position]
            object.__setattr__(put, "value", now + small * (put.value - now))
        measured = effects(tiny, corrupt, puts).view(3, -1) / small
        torch.testing.assert_close(slopes.estimate(site, corrupt, clean), measured, atol=0.02, rtol=0.02)
    per_position = slopes.estimate("z", corrupt, clean).sum(-1)
    torch.testing.assert_close(slopes.heads(corrupt, clean).sum(-1), per_position, atol=1e-4, rtol=0)


def test_an_exact_edge_is_a_reader_that_reads_otherwise(tiny: Decoder, runs: tuple[Recorded, Recorded]) -> None:
    """By hooks of the decoder's own queries and values, in a whole run."""
    clean, corrupt = runs
    writer = Writer(0, 1)
    found = exact_edges(tiny, corrupt, clean, writer, METRIC)
    change = written(tiny, corrupt, clean, writer)
    block = blocks_of(tiny)[2]
    q = block.attn.W_Q(block.ln1(corrupt.resid[2] + change)).unflatten(-1, (2, 8))

    def other(tensor: Tensor, **_: object) -> Tensor:
        out = tensor.clone()
        out[0, :, 1] = q[:, 1]
        return out

    with torch.no_grad():
        said = tiny.run_with_hooks(CORRUPT[None], fwd_hooks=[("blocks.2.attn.hook_q", other)])[:, -1]
    moved = float(METRIC(said) - METRIC(corrupt.logits[None]))
    assert float(found.heads[0, 2, 1]) == pytest.approx(moved, abs=1e-4)
    assert abs(moved) > 1e-3
    assert bool((found.heads[:, 0] == 0).all())
    assert float(found.mlp[0]) != 0  # the MLP of its own block reads a head
    assert float(exact_edges(tiny, corrupt, clean, Writer(0), METRIC).mlp[0]) == 0


@pytest.mark.parametrize("read", ["q", "k", "v"])
def test_edges_are_those_of_transformer_lens(folder_of: Any, read: Literal["q", "k", "v"]) -> None:
    """Where it does not refuse: as many keys as queries."""
    from transformer_lens import patching
    from transformers import LlamaConfig

    from explorer.zoo.loading import open_folder

    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2}
    folder = folder_of(LlamaConfig(**sizes, vocab_size=6144))
    model = open_folder(str(folder), None, folder)
    decoder, bridge = model.plain_decoder, bridge_of(model)
    base, source = recorded(decoder, CORRUPT), recorded(decoder, CLEAN)
    (_, clean), (_, corrupt) = (bridge.run_with_cache(ids[None]) for ids in (CLEAN, CORRUPT))
    ours = exact_edges(decoder, base, source, Writer(0, 1), METRIC).heads[("q", "k", "v").index(read)]
    with torch.no_grad():
        theirs = patching.get_act_patch_direct_path(
            bridge, CORRUPT[None], clean, corrupt, lambda said: METRIC(said[:, -1])[0], 0, 1, read, verbose=False
        )  # fmt: skip
    expected = theirs - METRIC(base.logits[None])
    torch.testing.assert_close(ours[1:], expected[1:], atol=1e-5, rtol=1e-3)


def test_edges_out_of_a_writer_add_up_to_its_node(tiny: Decoder, runs: tuple[Recorded, Recorded]) -> None:
    clean, corrupt = runs
    readers, nodes = reader_gradients(tiny, corrupt, METRIC), gradients(tiny, corrupt, clean, METRIC)
    for writer in (Writer(0, 0), Writer(0, 1), Writer(1, 1), Writer(0), Writer(2)):
        scores = edge_scores(readers, writer, written(tiny, corrupt, clean, writer))
        if writer.head is None:
            node = nodes.estimate("mlp", corrupt, clean)[writer.layer].sum()
        else:
            node = nodes.heads(corrupt, clean)[writer.layer, writer.head]
        assert scores.total == pytest.approx(float(node), abs=1e-4)


class Linear(nn.Module):
    """Stands in for an MLP: its output follows its input in a straight line."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.only = nn.Linear(width, width, bias=False)
        nn.init.normal_(self.only.weight, std=0.3)

    def forward(self, x: Tensor) -> Tensor:
        return self.only(x)


@pytest.fixture(scope="module")
def straight() -> Decoder:
    """A decoder without norms, whose heads look at all tokens alike: every output is linear in the embeddings."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        made = Decoder(DecoderConfig(3, 16, 2, 1, 8, 24, 11, 128)).eval().requires_grad_(False)
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.3)
        for block in blocks_of(made):
            block.register_module("ln1", nn.Identity())
            block.register_module("ln2", nn.Identity())
            block.register_module("mlp", Linear(16).requires_grad_(False))
            block.attn.W_Q.weight.zero_()
        made.register_module("ln_final", nn.Identity())
    return made


def all_of(scores: EdgeScores) -> Tensor:
    return torch.cat([scores.heads.flatten(), scores.mlp, scores.logits[None]])


def test_edge_attribution_is_exact_where_all_is_linear(straight: Decoder) -> None:
    clean, corrupt = recorded(straight, CLEAN), recorded(straight, CORRUPT)
    readers = reader_gradients(straight, corrupt, METRIC)
    for writer in (Writer(0, 1), Writer(1)):
        exact = exact_edges(straight, corrupt, clean, writer, METRIC)
        estimate = edge_scores(readers, writer, written(straight, corrupt, clean, writer))
        torch.testing.assert_close(all_of(estimate), all_of(exact), atol=1e-4, rtol=0)
        assert float(all_of(exact).abs().max()) > 0.01


def test_a_norm_after_a_sublayer_is_refused() -> None:
    config = DecoderConfig(1, 8, 2, 1, 4, 8, 9, 16, placement="sandwich")
    with pytest.raises(NotApplicableError, match="norm between what a head writes and the stream"):
        check_adds(Decoder(config))
