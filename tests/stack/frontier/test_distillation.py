"""Distillation's losses against trl's GKD, scipy and autograd; what students read and learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from explorer.stack.frontier.distillation import chunked, divergence_loops
from explorer.stack.frontier.distillation.chunked import distilled_loss
from explorer.stack.frontier.distillation.continued import continued
from explorer.stack.frontier.distillation.divergences import divergence, logit_gradient, soft_loss
from explorer.stack.frontier.distillation.features import Projections, streams
from explorer.stack.frontier.distillation.student import BY_NAME, WAYS, Student, Teacher, parameters, way_of, weights_of
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

BETAS = [0.0, 0.1, 0.5, 0.9, 1.0]
SMALL = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=12, d_vocab=20, n_ctx=64)
LARGE = DecoderConfig(n_layers=3, d_model=12, n_heads=2, n_kv_heads=1, d_head=6, d_mlp=16, d_vocab=20, n_ctx=64)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tables(rows: int = 6, d_vocab: int = 9) -> tuple[torch.Tensor, torch.Tensor]:
    first, second = torch.randn(2, rows, d_vocab, generator=seeded()).mul(2)
    return first, second


def teacher() -> Decoder:
    made = Decoder(LARGE).initialise(seeded(1))
    with torch.no_grad():
        made.embed.weight.mul_(20)
    return made.eval().requires_grad_(False)


def student(name: str, temperature: float = 1.0) -> Student:
    made = Student(SMALL)
    made.initialise(seeded(2))
    return made.taught(Teacher(teacher()), way_of(name, temperature))


# ---- divergences -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", BETAS)
def test_scipy_has_the_same_numbers(beta: float) -> None:
    """scipy's relative entropy in float64, of the definition."""
    s, t = tables()
    p, q = (torch.softmax(each.double(), -1).numpy() for each in (t, s))
    m = beta * p + (1 - beta) * q
    wanted = {0.0: entropy(p, q, axis=-1), 1.0: entropy(q, p, axis=-1)}.get(
        beta, beta * entropy(p, m, axis=-1) + (1 - beta) * entropy(q, m, axis=-1)
    )
    assert np.abs(divergence(s, t, beta).total.numpy() - wanted).max() < 1e-5


@pytest.mark.parametrize("beta", BETAS)
def test_trl_has_the_same_loss(beta: float) -> None:
    trl = pytest.importorskip("trl.experimental.gkd")
    s, t = tables()
    theirs = trl.GKDTrainer.generalized_jsd_loss(s, t, beta=beta, temperature=2.0)
    assert float(soft_loss(s, t, beta, 2.0)) == pytest.approx(4 * float(theirs), abs=1e-5)


def test_the_jump_at_both_ends() -> None:
    """Near an end the JSD tends to nought, and by beta to the KL at that end."""
    t, s = torch.tensor([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]]).double().log().unbind()
    forward, reverse = (float(divergence(s, t, beta).total) for beta in (0.0, 1.0))
    low, high = (float(divergence(s, t, beta).total) for beta in (1e-4, 1 - 1e-4))
    assert low < 1e-4 * forward
    assert high < 1e-4 * reverse
    assert low / 1e-4 == pytest.approx(0.085115, abs=1e-6)
    assert high / 1e-4 == pytest.approx(reverse, rel=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 1), st.floats(0.5, 8), st.integers(0, 99))
def test_no_divergence_is_negative_and_of_oneself_it_is_nought(beta: float, temperature: float, seed: int) -> None:
    s, t = torch.randn(2, 3, 5, generator=seeded(seed)).double().unbind()
    assert (divergence(s, t, beta, temperature).total >= -1e-12).all()
    assert divergence(s, s, beta, temperature).total.abs().max() < 1e-12


@pytest.mark.parametrize("beta", BETAS)
def test_the_gradient_in_closed_form_is_autograds(beta: float) -> None:
    s, t = (each.double() for each in tables())
    s.requires_grad_()
    found = divergence(s, t, beta)
    [wanted] = torch.autograd.grad(found.total.sum(), s)
    assert (logit_gradient(found, beta) - wanted).abs().max() < 1e-12


def test_the_square_keeps_gradients_at_their_size() -> None:
    """At a high temperature the loss becomes half the squared distance of centred logits, by d_vocab: the gradient no
    longer depends on the temperature (Hinton et al., equation 4)."""
    s, t = (each.double() for each in tables())
    s.requires_grad_()
    [found] = torch.autograd.grad(soft_loss(s, t, temperature=1000.0), s)
    difference = (s - s.mean(-1, keepdim=True)) - (t - t.mean(-1, keepdim=True))
    assert found.detach().numpy() == pytest.approx((difference / 9 / 6).detach().numpy(), rel=2e-2, abs=2e-4)


# ---- in pieces -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize(("temperature", "hard"), [(1.0, 0.0), (2.0, 0.3)])
def test_pieces_are_the_whole_table(
    beta: float, temperature: float, hard: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunked, "PIECE", 4 * 11)
    g = seeded()
    h, W = torch.randn(10, 6, generator=g).requires_grad_(), torch.randn(11, 6, generator=g).requires_grad_()
    H, V, targets = torch.randn(10, 7, generator=g), torch.randn(11, 7, generator=g), torch.arange(10)
    made = distilled_loss(h, W, H, V, targets, beta, temperature, hard)
    logits = h @ W.T
    lm = torch.nn.functional.cross_entropy(logits, targets)
    wanted = (1 - hard) * soft_loss(logits, H @ V.T, beta, temperature) + hard * lm
    assert float(made.loss.detach()) == pytest.approx(float(wanted.detach()), rel=1e-5)
    assert float(made.lm) == pytest.approx(float(lm.detach()), rel=1e-5)
    ours, theirs = torch.autograd.grad(3 * made.loss, (h, W)), torch.autograd.grad(3 * wanted, (h, W))
    assert all((a - b).abs().max() < 1e-5 for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("beta", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("spread", [0.1, 3.0, 40.0])
def test_machine_code_is_what_torch_computes(beta: float, spread: float) -> None:
    s, t = torch.randn(2, 3, 1003, generator=seeded(4)).mul(spread)
    total, wanted, sums = chunked._pieces(s.double(), t.double(), beta)
    found, gradient, own = chunked._looped(s.clone(), t.clone(), beta)
    assert found == pytest.approx(float(total), rel=2e-5, abs=1e-5)
    torch.testing.assert_close(gradient.double(), wanted, atol=2e-6, rtol=1e-3)
    torch.testing.assert_close(own.double(), sums)


def test_the_logarithm_of_machine_code() -> None:
    x = np.geomspace(1.2e-38, 3e38, 4001).astype(np.float32)
    found = np.array([divergence_loops.log(each) for each in x])
    assert np.abs(found - np.log(x.astype(np.float64))).max() < 1e-5  # of up to 88
    near = np.linspace(0.5, 2, 501).astype(np.float32)
    assert max(abs(float(divergence_loops.log(each)) - math.log(float(each))) for each in near) < 3e-7


def test_what_is_no_setting_is_refused() -> None:
    s, t = tables()
    with pytest.raises(ValueError, match="beta"):
        divergence(s, t, 1.2)
    with pytest.raises(ValueError, match="temperature"):
        divergence(s, t, 0.0, 0.0)
    with pytest.raises(ValueError, match="share"):
        distilled_loss(s, torch.ones(4, 9), t, torch.ones(4, 9), torch.zeros(6).long(), hard=1.5)
    with pytest.raises(ValueError, match="21 tokens of the teacher"):
        Student(SMALL).taught(Teacher(Decoder(DecoderConfig(**{**vars(LARGE), "d_vocab": 21}))), BY_NAME["forward"])


# ---- features, texts, students ---------------------------------------------------------------------------------------


def test_a_projection_that_fits_costs_nothing() -> None:
    maps = Projections(student("text"), teacher(), seeded())
    own = [torch.randn(5, 8, generator=seeded(at)) for at in range(2)]
    theirs = [torch.zeros(5, 12)] * 3
    for h, P, at in zip(own, maps.maps, maps.partners, strict=True):
        theirs[at] = (h @ P.T).detach()
    assert maps.partners == (1, 2)
    assert float(maps.loss(own, theirs).detach()) < 1e-10
    with torch.no_grad():
        for P in maps.maps:
            P.zero_()
    assert float(maps.loss(own, theirs).detach()) == pytest.approx(1)


def test_the_last_of_the_streams_is_the_decoders() -> None:
    ids = torch.arange(6)[None]
    assert torch.equal(streams(teacher(), ids)[-1], teacher().stream(ids))


def test_texts_are_written_by_the_writers_own_distribution() -> None:
    model, begun = teacher(), torch.tensor([[3, 4], [7, 1]])
    likeliest = continued(model, begun, 5, temperature=0.0)
    for _ in range(5):
        begun = torch.cat([begun, model(begun)[:, -1].argmax(-1, keepdim=True)], 1)
    assert torch.equal(likeliest, begun)
    many = continued(model, torch.full((4000, 1), 3), 1, seeded())
    found = torch.bincount(many[:, 1], minlength=20) / 4000
    assert (found - model(torch.tensor([[3]]))[0, -1].softmax(-1)).abs().max() < 0.03
    assert torch.equal(many, continued(model, torch.full((4000, 1), 3), 1, seeded()))


@pytest.mark.parametrize("way", [each.name for each in WAYS])
def test_every_way_teaches(way: str) -> None:
    """On one batch again and again what is compared falls."""
    made = student(way)
    batch = torch.randint(20, (4, 17), generator=seeded(3))
    optimiser = torch.optim.Adam(made.parameters(), lr=1e-2)
    found, read = [], batch
    for _ in range(30):
        read = made.read_from(batch, seeded(4))
        losses = made.loss(read)
        total = losses.total(weights_of(made.way))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        found.append(float(total.detach()))
    assert read.shape == batch.shape
    assert torch.equal(read[:, :4], batch[:, :4])
    assert found[-1] < 0.9 * found[0]


def test_out_of_training_a_students_loss_is_a_decoders() -> None:
    made, batch = student("features"), torch.randint(20, (2, 9), generator=seeded())
    with torch.no_grad():
        assert set(made.loss(batch).parts) == {"lm"}
    plain = made.decoder()
    assert parameters(made) == sum(each.numel() for each in plain.parameters())
    assert torch.equal(plain(batch), made(batch))
    assert not any(name.startswith("teacher") or "_teacher" in name for name in made.state_dict())


def test_the_students_loss_is_the_plain_one() -> None:
    """By whole tables and autograd: temperature, beta and the text's own tokens."""
    made, batch = student("jsd", 2.0), torch.randint(20, (3, 9), generator=seeded())
    found = made.loss(batch)
    logits, theirs = made(batch[:, :-1]), teacher()(batch[:, :-1])
    wanted = soft_loss(logits.flatten(0, 1), theirs.flatten(0, 1), 0.5, 2.0)
    assert float(found.total({"lm": 0}).detach()) == pytest.approx(float(wanted.detach()), rel=1e-4)
    ours = torch.autograd.grad(found.total({"lm": 0}), list(made.parameters()))
    autograds = torch.autograd.grad(wanted, list(made.parameters()))
    assert all((a - b).abs().max() < 1e-5 for a, b in zip(ours, autograds, strict=True))
    assert not math.isnan(float(found.measures["divergence"]))
