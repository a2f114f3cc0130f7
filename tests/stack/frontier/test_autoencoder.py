"""The five kinds of sparse autoencoder: by plain loops, by closed forms, and what all of them must hold."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.frontier.sparse_autoencoders.autoencoder import KINDS, Kind, SparseAutoencoder
from explorer.stack.frontier.sparse_autoencoders.jump import jump, step
from explorer.stack.frontier.sparse_autoencoders.losses import Weights, auxk, loss_terms

D, WIDTH, K = 6, 10, 3


def made(kind: Kind, seed: int = 0) -> SparseAutoencoder:
    """With every parameter off its first value."""
    generator = torch.Generator().manual_seed(seed)
    sae = SparseAutoencoder(D, WIDTH, kind, K).initialise(torch.randn(D, generator=generator), generator)
    with torch.no_grad():
        for name, each in sae.named_parameters():
            if name != "W_dec":
                each.add_(0.3 * torch.randn(each.shape, generator=generator))
    return sae.eval()


def some(n: int = 16, seed: int = 1) -> Tensor:
    return 2 * torch.randn(n, D, generator=torch.Generator().manual_seed(seed))


def kept_by_hand(sae: SparseAutoencoder, x: Tensor) -> list[list[float]]:
    """Feature by feature, in Python's numbers."""
    rows = []
    for token in x.tolist():
        centred = [a - b for a, b in zip(token, sae.b_dec.tolist(), strict=True)]
        dots = [sum(w * c for w, c in zip(row, centred, strict=True)) for row in sae.W_enc.tolist()]
        pre = [dot + bias for dot, bias in zip(dots, sae.b_enc.tolist(), strict=True)]
        if sae.kind == "topk":
            least = sorted(pre, reverse=True)[K - 1]
            rows.append([max(value, 0.0) if value >= least else 0.0 for value in pre])
        elif sae.kind == "jumprelu":
            limits = sae.log_threshold.exp().tolist()
            rows.append([value if value > limit else 0.0 for value, limit in zip(pre, limits, strict=True)])
        elif sae.kind == "gated":
            gates = [dot + bias for dot, bias in zip(dots, sae.b_gate.tolist(), strict=True)]
            sizes = [
                max(dot * size + bias, 0.0)
                for dot, size, bias in zip(dots, sae.r_mag.exp().tolist(), sae.b_enc.tolist(), strict=True)
            ]
            rows.append([size if gate > 0 else 0.0 for gate, size in zip(gates, sizes, strict=True)])
        else:
            rows.append([max(value, 0.0) for value in pre])
    return rows


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_keeps_what_plain_loops_keep(kind: Kind) -> None:
    sae, x = made(kind), some()
    torch.testing.assert_close(sae.encode(x).acts, torch.tensor(kept_by_hand(sae, x)), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_reconstruction_is_the_sum_of_its_features(kind: Kind) -> None:
    sae, x = made(kind), some()
    expected = sae.encode(x).acts.double() @ sae.W_dec.double() + sae.b_dec.double()
    torch.testing.assert_close(sae(x).double(), expected, atol=1e-5, rtol=1e-5)


@settings(max_examples=10, deadline=None)
@given(kind=st.sampled_from(KINDS), factor=st.floats(0.05, 20.0))
def test_rescaled_it_does_the_same_to_longer_vectors(kind: Kind, factor: float) -> None:
    sae, x = made(kind), some()
    if kind == "batchtopk":
        sae.threshold.fill_(0.4)
    before = factor * sae(x)
    torch.testing.assert_close(sae.rescaled(factor)(factor * x), before, atol=1e-4 * factor, rtol=1e-4)


def test_batchtopk_keeps_k_a_token_on_average_and_in_use_what_is_above_its_threshold() -> None:
    sae, x = made("batchtopk"), some(40)
    acts = sae.train().encode(x).acts.detach()
    pre = sae.encode(x).pre.detach()
    assert int((acts > 0).sum()) == K * len(x)
    assert float(acts[acts > 0].min()) >= float(pre[(acts == 0)].max())
    sae.threshold.fill_(float(acts[acts > 0].min()) - 1e-6)
    torch.testing.assert_close(sae.eval().encode(x).acts, acts)


def test_more_features_than_there_are_cannot_be_kept() -> None:
    with pytest.raises(ValueError, match="11 of 10 features"):
        SparseAutoencoder(D, WIDTH, "topk", 11)


# ---- slopes ----------------------------------------------------------------------------------------------------------


def test_the_step_s_slope_is_that_of_the_mean_count() -> None:
    """z even between 0 and 1: the share above t is 1 - t, so that its slope is -1."""
    z = torch.linspace(0, 1, 4001)[:, None]
    t = torch.tensor([0.5], requires_grad=True)
    step(z, t, 0.1).mean().backward()
    assert t.grad is not None
    assert abs(float(t.grad) + 1) < 0.01


def test_the_jump_s_slope_is_that_of_the_mean() -> None:
    """The mean of z above t is (1 - t^2) / 2, whose slope is -t; and below the threshold nothing reaches z."""
    z = torch.linspace(0, 1, 4001)[:, None].requires_grad_()
    t = torch.tensor([0.5], requires_grad=True)
    jump(z, t, 0.1).mean().backward()
    assert t.grad is not None
    assert z.grad is not None
    assert abs(float(t.grad) + 0.5) < 0.01
    assert bool((z.grad[z < 0.5] == 0).all())


def test_topk_s_slopes_are_their_closed_form() -> None:
    sae, x = made("topk").double(), some().double()
    terms = loss_terms(sae, x, Weights())
    terms.named["reconstruction"].backward()
    f, missed = terms.encoded.acts, terms.y - x  # token feature, token d
    n = len(x)
    through = 2 / n * (missed @ sae.W_dec.T) * (f > 0)  # token feature
    torch.testing.assert_close(sae.W_dec.grad, 2 / n * f.T @ missed)
    torch.testing.assert_close(sae.W_enc.grad, through.T @ (x - sae.b_dec))
    torch.testing.assert_close(sae.b_enc.grad, through.sum(0))


# ---- terms -----------------------------------------------------------------------------------------------------------


def test_each_kind_has_its_terms() -> None:
    dead = torch.zeros(WIDTH, dtype=torch.bool)
    dead[:4] = True
    named = {kind: set(loss_terms(made(kind), some(), Weights(), dead).named) for kind in KINDS}
    assert named == {
        "standard": {"reconstruction", "sparsity"},
        "topk": {"reconstruction", "auxk"},
        "batchtopk": {"reconstruction", "auxk"},
        "jumprelu": {"reconstruction", "sparsity"},
        "gated": {"reconstruction", "sparsity", "gates"},
    }
    assert "auxk" not in loss_terms(made("topk"), some(), Weights(auxk=0.0), dead).named
    assert "auxk" not in loss_terms(made("topk"), some(), Weights(), torch.zeros(WIDTH, dtype=torch.bool)).named


def test_sparsity_is_l1_times_activations_or_l0_times_their_count() -> None:
    x = some()
    weighted: tuple[tuple[Kind, Weights], ...] = (("standard", Weights(l1=0.7)), ("jumprelu", Weights(l0=0.7)))
    for kind, weight in weighted:
        sae = made(kind)
        acts = sae.encode(x).acts
        expected = 0.7 * (acts.sum() if kind == "standard" else (acts != 0).sum()) / len(x)
        torch.testing.assert_close(loss_terms(sae, x, weight).named["sparsity"], expected)


def test_gates_are_taught_without_moving_directions() -> None:
    sae = made("gated")
    loss_terms(sae, some(), Weights()).named["gates"].backward()
    assert sae.W_dec.grad is None
    assert sae.W_enc.grad is not None
    assert bool((sae.W_enc.grad != 0).any())


def test_auxk_is_what_dead_features_leave_of_the_missed() -> None:
    """By hand: one dead feature of three that there may be, so that it counts a third."""
    sae, x = made("topk"), some(1)
    encoded = sae.encode(x)
    dead = torch.zeros(WIDTH, dtype=torch.bool)
    dead[int(encoded.pre.argmax())] = True
    missed = x - sae.decode(encoded)
    at = int(encoded.pre.argmax())
    expected = (missed[0] - encoded.pre[0, at].relu() * sae.W_dec[at]).square().sum() / 3
    torch.testing.assert_close(auxk(sae, encoded, missed, dead), expected)
