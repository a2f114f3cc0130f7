"""The direction, its selection and its edits: by hand, against torch's own KL, weights against writers."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import NotApplicableError
from explorer.stack.safety.direction_affine import held, writer_means
from explorer.stack.safety.direction_edits import Edit, added, edited, orthogonalised, unit
from explorer.stack.safety.direction_placebos import random, shuffled, subspace, taken_out
from explorer.stack.safety.direction_span import Span, orthonormal, placebo
from explorer.stack.safety.red_team import likely_words, score_gradient
from explorer.stack.safety.refusal_direction import (
    Candidate,
    differences,
    exact_kl,
    refusal_score,
    selected,
    smoothed_kl,
)
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

TINY = DecoderConfig(
    n_layers=3, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=32, d_vocab=50, n_ctx=16, tied=True
)
BIASED = replace(TINY, attention_bias=True, output_bias=True, mlp_bias=True, tied=False)


def _decoder(config: DecoderConfig = TINY) -> Decoder:
    generator = torch.Generator().manual_seed(0)
    made = Decoder(config).initialise(generator).requires_grad_(False)
    for each in made.parameters():  # weights of some size, gains and biases that are not 1 and 0
        each.add_(0.2 * torch.randn(each.shape, generator=generator))
    return made


def _vector(seed: int = 1, d: int = 16) -> torch.Tensor:
    return torch.randn(d, generator=torch.Generator().manual_seed(seed))


IDS = torch.arange(9)[None] % 50


def test_means_are_summed_in_float64() -> None:
    # In float32 a thousand and one ten-thousandth are a thousand.
    forbidden = torch.tensor([16777216.0, 1.0, 1.0]).view(3, 1, 1, 1)
    found = differences(forbidden, torch.zeros(1, 1, 1, 1))
    assert found.dtype == torch.float64
    assert found.item() == 16777218 / 3
    with pytest.raises(ValueError, match="each kind"):
        differences(forbidden, torch.zeros(0, 1, 1, 1))


def test_the_kl_is_torchs_and_the_published_one_is_not() -> None:
    p, q = (torch.randn(4, 300, generator=torch.Generator().manual_seed(seed)) * 4 for seed in (0, 1))
    theirs = F.kl_div(F.log_softmax(q.double(), -1), F.log_softmax(p.double(), -1), reduction="none", log_target=True)
    assert torch.allclose(exact_kl(p, q), theirs.sum(-1), atol=1e-12)
    assert (smoothed_kl(p, q) - exact_kl(p, q)).abs().max() > 1e-4
    assert torch.allclose(exact_kl(p, p), torch.zeros(4, dtype=torch.float64), atol=1e-12)


@given(st.integers(0, 1000), st.floats(0.1, 20))
def test_a_kl_is_never_negative(seed: int, size: float) -> None:
    p, q = size * torch.randn(2, 1, 40, generator=torch.Generator().manual_seed(seed))
    assert exact_kl(p, q).item() >= -1e-12


def test_the_score_is_the_log_odds_of_all_first_tokens_together() -> None:
    p = torch.tensor([[0.2, 0.3, 0.5], [0.0, 0.0, 1.0]])
    found = refusal_score(p.log(), [0, 1])
    assert found[0].item() == pytest.approx(0.0, abs=1e-6)
    assert found[1].item() == pytest.approx(-18.42, abs=0.01)  # ln 1e-8: no probability is no infinity


def test_selection_by_hand() -> None:
    grid = [
        Candidate(27, -1, ablated=-12.0, induced=9.0, kl=0.01),  # of the last fifth
        Candidate(10, -1, ablated=-11.0, induced=9.0, kl=0.2),
        Candidate(11, -1, ablated=-10.0, induced=-0.1, kl=0.01),
        Candidate(12, -3, ablated=-9.0, induced=0.5, kl=0.1),
        Candidate(13, -1, ablated=-8.0, induced=5.0, kl=0.01),
    ]
    assert selected(grid, 30) == grid[3]
    assert selected(grid[:3], 30) is None
    assert Candidate(1, -1, ablated=0, induced=1, kl=float("nan")).discarded(30) == "KL above 0.1"


@pytest.mark.parametrize("config", [TINY, BIASED], ids=["tied", "biases"])
def test_orthogonalised_weights_are_the_ablation_at_every_writer(config: DecoderConfig) -> None:
    decoder, r = _decoder(config), _vector()
    for strength in (1.0, 0.4):
        at_writers = edited(decoder, Edit(r, r, strength))(IDS)
        assert (at_writers - orthogonalised(decoder, r, strength)(IDS)).abs().max() < 1e-4
    assert (edited(decoder, Edit(r, r))(IDS) - decoder(IDS)).abs().max() > 0.1


def test_one_tied_table_for_both_ends_is_another_function() -> None:
    decoder, r = _decoder(), _vector()
    two, one = orthogonalised(decoder, r), orthogonalised(decoder, r, keep_unembedding=False)
    assert two.unembed.weight is decoder.unembed.weight
    assert (two(IDS) - one(IDS)).abs().max() > 1e-2


@given(st.integers(0, 200))
def test_nothing_of_the_direction_is_left_in_the_stream(seed: int) -> None:
    decoder, r = _decoder(), _vector(seed)
    left = edited(decoder, Edit(r, r)).stream(IDS) @ unit(r)
    assert left.abs().max() < 1e-4
    assert (decoder.stream(IDS) @ unit(r)).abs().max() > 1e-2


def test_what_is_added_is_in_the_stream_of_its_block_and_the_decoder_stays_as_it_is() -> None:
    decoder, d = _decoder(), _vector()
    before = decoder(IDS)
    made = added(decoder, 1, 2 * d)
    x, at = made.entered(IDS)
    x = made.blocks[0](x, at)
    assert torch.equal(made.blocks.get_submodule("1.hook_resid_pre")(x), x + 2 * d)
    assert torch.equal(added(decoder, 1, 0 * d)(IDS), before)
    assert torch.equal(decoder(IDS), before)
    with pytest.raises(ValueError, match="no block 3"):
        added(decoder, 3, d)


@given(st.integers(0, 200))
def test_what_is_held_has_the_level_of_the_mean_at_every_token(seed: int) -> None:
    decoder, r = _decoder(), unit(_vector(seed))
    harmless = torch.randint(50, (4, 7), generator=torch.Generator().manual_seed(seed))
    about = writer_means(
        decoder, [(harmless[:3], torch.arange(7).expand(3, -1)), (harmless[3:], torch.arange(7)[None])]
    )
    level = decoder.stream(harmless)[:, -1].mean(0) @ r
    assert (held(decoder, Edit(r, r), about).stream(IDS) @ r - level).abs().max() < 1e-4
    # About zero it is the ablation; with no strength it changes nothing.
    at_zero = held(decoder, Edit(r, r), torch.zeros_like(about))
    assert (at_zero(IDS) - edited(decoder, Edit(r, r))(IDS)).abs().max() < 1e-5
    assert (held(decoder, Edit(r, r, 0.0), about)(IDS) - decoder(IDS)).abs().max() < 1e-4
    with pytest.raises(ValueError, match="needs a text"):
        writer_means(decoder, [])


def test_where_weights_cannot_hold_it() -> None:
    learned = replace(TINY, positions="learned", rope=None)
    with pytest.raises(NotApplicableError, match="table of positions"):
        orthogonalised(_decoder(learned), _vector())
    made = edited(_decoder(learned), Edit(_vector(), _vector()))
    assert (made.stream(IDS) @ unit(_vector())).abs().max() < 1e-4
    with pytest.raises(ValueError, match="points nowhere"):
        unit(torch.zeros(3))


def test_placebos_are_as_long_and_the_strict_one_takes_out_as_much() -> None:
    direction, streams = _vector() * 3, torch.randn(20, 16, generator=torch.Generator().manual_seed(5))
    generator, labels = torch.Generator().manual_seed(0), torch.arange(20) < 10
    made = {
        "random": random(direction, generator),
        "shuffled": shuffled(direction, streams, labels, generator),
        "subspace": subspace(direction, streams, generator),
    }
    for each in made.values():
        assert each.norm().item() == pytest.approx(direction.norm().item(), rel=1e-5)
        assert abs(F.cosine_similarity(each, direction, dim=0)) < 0.9
    # Texts that differ along the direction above all: a combination of them is the direction nearly, the placebo not.
    along = streams + 20 * torch.randn(20, 1, generator=generator) * unit(direction)
    apart = subspace(direction, along, generator)
    assert abs(F.cosine_similarity(apart, direction, dim=0)) < 1e-5
    y = torch.randn(7, 16, generator=generator)
    real, strict = Edit(direction, direction), taken_out("subspace", made["subspace"], direction)
    assert torch.allclose((y - real.of(y)).norm(dim=-1), (y - strict.of(y)).norm(dim=-1), atol=1e-5)
    own = taken_out("random", made["random"], direction)
    assert (own.of(y) @ unit(made["random"])).abs().max() < 1e-5


def test_a_span_taken_out_leaves_nothing_along_any_of_its_directions() -> None:
    basis = orthonormal([_vector(1), _vector(2), _vector(3)])
    assert torch.allclose(basis @ basis.T, torch.eye(3), atol=1e-6)
    y = torch.randn(5, 16, generator=torch.Generator().manual_seed(4))
    # Least squares on the directions as they came: what they explain is what is taken out.
    own = torch.stack([_vector(seed) for seed in (1, 2, 3)], 1)
    explained = (own @ torch.linalg.lstsq(own, y.T).solution).T
    assert torch.allclose(Span(basis, basis).of(y), y - explained, atol=1e-5)
    one = edited(_decoder(), Span(basis[:1], basis[:1]))(IDS)
    assert torch.allclose(one, edited(_decoder(), Edit(basis[0], basis[0]))(IDS), atol=1e-5)
    with pytest.raises(ValueError, match="span of those before"):
        orthonormal([_vector(1), 2 * _vector(1)])


@pytest.mark.parametrize("name", ["random", "shuffled", "subspace"])
def test_placebos_of_a_span_are_as_many(name: str) -> None:
    basis, generator = orthonormal([_vector(1), _vector(2)]), torch.Generator().manual_seed(0)
    x, labels = torch.randn(12, 16, generator=generator), torch.arange(12) < 6
    made = placebo(name, basis, [x, x + 1], labels, generator)
    assert torch.allclose(made.write @ made.write.T, torch.eye(2), atol=1e-5)
    assert torch.equal(made.read, basis if name == "subspace" else made.write)
    assert float((made.write @ basis.T).abs().max()) < (1e-5 if name == "subspace" else 0.95)


def test_the_gradient_foretells_how_a_word_moves_the_score() -> None:
    decoder, ids, first = _decoder(), torch.arange(2, 9), [3, 4]
    slope = score_gradient(decoder, ids, first)
    x, at = decoder.entered(ids[None])
    nudged = x.clone()
    nudged[0, 2] -= 1e-3 * slope[2] / slope[2].norm()
    for block in decoder.blocks:
        nudged, x = block(nudged, at), block(x, at)
    before, after = (float(refusal_score(decoder.unembedded(each)[:, -1], first)) for each in (x, nudged))
    assert (before - after) / 1e-3 == pytest.approx(float(slope[2].norm()), rel=0.05)
    found = likely_words(decoder, slope[2], torch.arange(50), 3)
    falls = decoder.embed.weight @ slope[2]
    assert falls[found].tolist() == sorted(falls.tolist())[:3]
