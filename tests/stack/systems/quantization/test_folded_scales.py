"""Folding, AWQ, SmoothQuant and rotation: against closed forms, hand-worked cases and the model itself."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization import awq, rotation, smooth_quant
from explorer.stack.systems.quantization.calibration import collected
from explorer.stack.systems.quantization.clipping import clip
from explorer.stack.systems.quantization.folding import folded, seams
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.gptq import loss
from explorer.stack.systems.quantization.matrices import matrices
from tests.stack.systems.quantization.rounding_cases import correlated, decoder_of, drawn, text

KINDS = {
    "plain": {},
    "biased": {"attention_bias": True, "norm": "layer", "mlp_bias": True},
    "gemma": {"norm_offset": 1.0, "placement": "sandwich", "qk_norm": True, "activation": "gelu_tanh"},
    "gpt2": {"gated": False, "activation": "gelu", "norm": "layer", "positions": "learned", "mlp_bias": True},
    "mixture": {"n_experts": 4, "k": 2},
    "untied": {"tied": False},
}


@pytest.mark.parametrize("kind", KINDS)
def test_folding_changes_no_logit(kind: str) -> None:
    decoder, ids = decoder_of(**KINDS[kind]), text()[0]
    scales = {seam.name: 0.2 + 3 * torch.rand(seam.width, generator=drawn(n)) for n, seam in enumerate(seams(decoder))}
    made = folded(decoder, scales)
    assert bool((made(ids) - decoder(ids)).abs().max() < 2e-5)
    assert not torch.allclose(made.blocks[0].ln1.weight, decoder.blocks[0].ln1.weight)  # pyright: ignore
    with pytest.raises(NotApplicableError):
        seams(decoder_of(placement="post"))


def test_awq_is_never_worse_than_rounding_and_its_fold_is_what_it_measured() -> None:
    decoder, windows = decoder_of(), text(6)
    found = collected(decoder, windows)
    seam = seams(decoder)[1]
    weights = {each.name: each.weight for each in matrices(decoder)}
    made = awq.search([weights[name] for name in seam.readers], found[seam.name], FORMATS["int3"])
    nearest = sum(
        loss(weights[name], FORMATS["int3"].quantize(weights[name]).dequantize(), found[seam.name].hessian)
        for name in seam.readers
    )
    assert made.losses[0] == pytest.approx(nearest, rel=1e-5)  # alpha 0
    assert made.loss == min(made.losses) <= nearest
    twin = folded(decoder, {seam.name: made.scale})
    weight = {each.name: each.weight for each in matrices(twin)}[seam.readers[0]]
    rounded = FORMATS["int3"].quantize(weight).dequantize() / made.scale
    assert torch.allclose(rounded, awq.rounded(weights[seam.readers[0]], made.scale, FORMATS["int3"]), atol=1e-6)


def test_clipping_is_the_best_of_every_share_tried_by_hand() -> None:
    weight, H = torch.randn(3, 64, generator=drawn(5)), correlated(80, 64, 6).double()
    H, format = H.T @ H, FORMATS["int3"]  # noqa: A001
    assert format.group == 32
    made = clip(weight, H, format)
    for row, group in product(range(3), range(2)):
        own = slice(32 * group, 32 * group + 32)
        w, square = weight[row, own].double(), H[own, own]
        errors = []
        for twentieth in range(20, 10, -1):
            limit = float(w.abs().max()) * twentieth / 20
            cut = w.clamp(-limit, limit)
            step = float((cut[int(cut.abs().argmax())] / -4).half())  # of the largest, the first, with its sign
            codes = (cut / step).round().clamp(-4, 3)
            wrong = (w - codes * step).double()
            errors.append(float(wrong @ square @ wrong))
        assert float(made.before[row, group]) == pytest.approx(errors[0], rel=1e-3)
        assert float(made.after[row, group]) == pytest.approx(min(errors), rel=1e-3)
        assert float(made.shares[row, group]) == pytest.approx((20 - errors.index(min(errors))) / 20)


@given(st.integers(0, 10**6))
def test_no_group_errs_more_clipped_than_unclipped(seed: int) -> None:
    weight, H = torch.randn(5, 64, generator=drawn(seed)), correlated(40, 64, seed).double()
    made = clip(weight, H.T @ H, FORMATS["int4"])
    assert bool((made.after <= made.before).all())
    assert bool((made.weight.abs() <= weight.abs()).all())


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 40))
def test_eight_bit_products_are_whole_numbers(seed: int, tokens: int, width: int) -> None:
    x = correlated(tokens, 4 * width, seed)[:, :width]
    weight = torch.randn(9, width, generator=drawn(seed))
    eight = smooth_quant.eight_bits(weight)
    made = smooth_quant.product(x, eight)
    by_hand = made.codes.long() @ eight.codes.long().T
    assert made.sums.dtype == torch.int32
    assert torch.equal(made.sums.long(), by_hand)
    assert torch.allclose(made.y, by_hand * made.step[:, None] * eight.step, rtol=1e-6)
    apart = (x - made.codes * made.step[:, None]).abs()
    assert bool((apart <= made.step[:, None] * 0.5001).all())
    y = smooth_quant.IntegerLinear(weight)(x[None])[0]
    assert torch.equal(y, made.y)


def test_smoothing_takes_outliers_from_the_activations() -> None:
    x, weight = correlated(300, 64), torch.randn(32, 64, generator=drawn(7))
    exact = x @ weight.T

    def error(alpha: float) -> float:
        s = smooth_quant.scale_of(x.abs().amax(0), [weight], alpha)
        y = smooth_quant.product(x / s, smooth_quant.eight_bits(weight * s)).y
        return float((y - exact).square().mean())

    s = smooth_quant.scale_of(x.abs().amax(0), [weight], 0.5)
    assert torch.allclose((x / s) @ (weight * s).T, exact, rtol=1e-3, atol=1e-2)
    # at one half both sides have the same largest number in every channel
    assert torch.allclose((x / s).abs().amax(0), (weight * s).abs().amax(0), rtol=1e-5)
    unsmoothed = float((smooth_quant.product(x, smooth_quant.eight_bits(weight)).y - exact).square().mean())
    assert error(0.5) < 0.5 * unsmoothed


@pytest.mark.parametrize("width", [1, 2, 12, 20, 28, 36, 64, 92, 96, 192, 576, 640])
def test_turns_are_orthogonal_and_spread_evenly(width: int) -> None:
    Q = rotation.turn(width, drawn())
    assert bool((Q @ Q.T - torch.eye(width, dtype=Q.dtype)).abs().max() < 1e-12)
    part = 4 if width == 92 else width  # Paley has none of 92: parts of 4
    assert torch.allclose(Q.abs()[Q != 0], torch.tensor(part**-0.5, dtype=Q.dtype))


@pytest.mark.parametrize("kind", ["plain", "mixture", "untied"])
def test_turning_the_stream_changes_no_logit(kind: str) -> None:
    decoder, ids = decoder_of(**KINDS[kind]), text()[0]
    made = rotation.rotated(decoder, rotation.turn(64, drawn(8)))
    assert bool((made(ids) - decoder(ids)).abs().max() < 2e-5)
    assert not torch.allclose(made.embed.weight, decoder.embed.weight)
    with pytest.raises(NotApplicableError):
        rotation.rotated(decoder_of(**KINDS["gemma"]), rotation.turn(64, drawn(8)))


def test_turning_takes_outliers_from_the_stream() -> None:
    decoder = decoder_of()
    decoder.embed.weight.data[:, 5] += 3  # a channel that is loud for every token
    plain = collected(decoder, text(), products=False)["blocks.0.attn.W_Q"]
    turned = collected(rotation.rotated(decoder, rotation.turn(64, drawn(8))), text(), products=False)[
        "blocks.0.attn.W_Q"
    ]
    peak = [float(each.largest.max() / each.mean_square.mean().sqrt()) for each in (plain, turned)]
    assert peak[1] < 0.6 * peak[0]
