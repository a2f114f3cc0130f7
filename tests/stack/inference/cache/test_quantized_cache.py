"""Codes: against torch's own fake quantization, error bounds, true bytes, the full-precision window."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import NotApplicableError
from explorer.stack.inference.cache.quantized_cache import Bits, QuantizedCache, quantize
from explorer.stack.systems.quantization.bits import pack, spread
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

ONE = DecoderConfig(n_layers=1, d_model=16, n_heads=2, n_kv_heads=2, d_head=8, d_mlp=2, d_vocab=4, n_ctx=64)


@pytest.mark.parametrize("bits", [4, 8])
def test_codes_are_those_of_torch(bits: Bits) -> None:
    x = torch.randn(6, 10, generator=torch.Generator().manual_seed(3)) * torch.tensor([[0.1], [1], [5], [30], [1], [2]])
    made = quantize(x, bits, dim=1)
    scale = made.scale.float().flatten()
    theirs = torch.fake_quantize_per_channel_affine(
        x, scale, -made.zero.float().flatten() / scale, axis=0, quant_min=0, quant_max=2**bits - 1
    )
    torch.testing.assert_close(made.values(), theirs, atol=1e-4, rtol=1e-4)


@given(
    seed=st.integers(0, 9999), size=st.floats(-44, 3.9), away=st.floats(-44, 4.2), bits=st.sampled_from([4, 8]),
    n=st.integers(1, 9), side=st.sampled_from([-1, 0, 1]),
)  # fmt: skip
def test_the_error_is_at_most_half_a_step(seed: int, size: float, away: float, bits: Bits, n: int, side: int) -> None:
    """Ranges of 1e-44 to 1e4, around 0 or away from it: what was stated failed below 1e-3."""
    x = torch.randn(3, n, 4, generator=torch.Generator().manual_seed(seed)) * 10.0**size + side * 10.0**away
    for dim in (1, 2):
        made = quantize(x, bits, dim)
        step, low, high = made.scale.double(), x.double().amin(dim, keepdim=True), x.double().amax(dim, keepdim=True)
        largest = torch.maximum(low.abs(), high.abs())
        error = (made.values().double() - x.double()).abs()
        assert bool((error <= step / 2 + largest * 2**-22 + 2**-126).all())
        # The stored step is hardly wider than the range asks for: by what float16 rounds.
        asked = (high - low + largest * 2**-10 + 6e-8) / (2**bits - 1)
        assert bool((step <= asked * (1 + 2**-10) + 6e-8).all())


@given(st.floats(-30, 30), st.sampled_from([4, 8]), st.sampled_from([-1, 1]))
def test_all_magnitudes_are_held_within_the_bound_or_refused(power: float, bits: Bits, sign: int) -> None:
    x = torch.linspace(0.0, sign * 10.0**power, 8)[None]
    if float(x.abs().max()) > 65504:
        with pytest.raises(NotApplicableError, match="65,504"):
            quantize(x, bits, 1)
    else:
        made = quantize(x, bits, 1)
        assert bool(((made.values() - x).abs() <= made.scale.float() / 2 * (1 + 1e-5)).all())


@pytest.mark.parametrize("bits", [4, 8])
def test_equal_numbers_and_zeros_come_back(bits: Bits) -> None:
    for value in (0.0, -0.0, 1.0, -3.0, 2.0**-24, -65504.0, 65504.0):
        assert quantize(torch.full((2, 4), value), bits, 1).values().tolist() == [4 * [value]] * 2
    odd = quantize(torch.full((1, 4), 0.1), bits, 1)  # float16 does not have it
    assert float((odd.values() - 0.1).abs().max()) <= float(odd.scale) / 2 < 1e-5


def test_what_float16_cannot_hold_is_refused_and_padding_is_not_looked_at() -> None:
    """It became -inf, and the logits NaN."""
    x = torch.tensor([[7e4, 1.0, 2.0, 3.0]])
    with pytest.raises(NotApplicableError, match=r"7e\+04 passes 65,504"):
        quantize(x, 8, 1)
    assert quantize(x, 8, 1, torch.tensor([[False, True, True, True]])).values()[0, 1:].tolist() == pytest.approx(
        [1, 2, 3], abs=0.01
    )


def test_two_codes_share_a_byte() -> None:
    codes = torch.randint(0, 16, (3, 5, 8), dtype=torch.uint8)
    back = torch.empty_like(codes)
    spread(pack(codes, 4), 4, back)
    assert torch.equal(back, codes)
    assert pack(codes, 4).nbytes == codes.nbytes // 2
    assert pack(torch.tensor([[1, 2]], dtype=torch.uint8), 4).tolist() == [[0x21]]


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("chunks", [[21], [1] * 21, [7, 1, 1, 9, 3]])
def test_what_is_packed_and_what_is_not(bits: Bits, chunks: list[int]) -> None:
    cache = QuantizedCache(ONE, 2, 64, bits, group=4, residual=6)
    x, seen = torch.randn(2, 2, 21, 8, generator=torch.Generator().manual_seed(4)), 0
    held: Any = None
    for n in chunks:
        new = x[:, :, seen : seen + n]
        held = cache.update(0, new, -new, torch.arange(seen, seen + n).expand(2, n))
        seen += n
        packed = (seen - 6) // 4 * 4 if seen > 6 else 0
        assert (cache.packed, cache.seen) == (packed, seen)
    # Packed: codes and, for each group of 4 tokens, a scale and zero a channel for keys; for each token of 4-channel
    # groups likewise for values. Then the tail in float32, and the positions.
    packed, rows = cache.packed, 2 * 2
    codes = 2 * rows * packed * 8 * bits // 8
    scales = 2 * 2 * rows * (packed // 4 * 8 + packed * 2)
    assert cache.nbytes == codes + scales + 2 * rows * (21 - packed) * 8 * 4 + 2 * 21 * 8
    held = cache.update(0, x[:, :, :1], x[:, :, :1], torch.full((2, 1), 21))
    assert held.k.shape[2] == 22
    torch.testing.assert_close(held.k[:, :, packed:21], x[:, :, packed:])  # the tail is as it was
    expected = torch.cat([quantize(x[:, :, g : g + 4], bits, 2).values() for g in range(0, packed, 4)], 2)
    torch.testing.assert_close(held.k[:, :, :packed], expected)
    values = quantize(-x[:, :, :packed].unflatten(-1, (2, 4)), bits, -1).values().flatten(-2)
    torch.testing.assert_close(held.v[:, :, :packed], values)


def test_padding_widens_no_range() -> None:
    cache = QuantizedCache(ONE, 1, 64, 8, group=4, residual=0)
    x = torch.randn(1, 2, 4, 8)
    x[:, :, 0] = 1e4  # whatever lies in a padded slot
    cache.update(0, x, x, torch.tensor([[-1, 0, 1, 2]]))
    held = cache.update(0, x[:, :, 1:2], x[:, :, 1:2], torch.tensor([[3]]))
    assert (held.k[:, :, 1:4] - x[:, :, 1:]).abs().max() < 0.02


def test_a_cut_group_is_read_as_before() -> None:
    cache = QuantizedCache(ONE, 1, 64, 4, group=4, residual=0)
    x = torch.randn(1, 2, 12, 8)
    cache.update(0, x, x, torch.arange(12)[None])
    before = cache.update(0, x[:, :, :1], x[:, :, :1], torch.tensor([[12]])).k
    cache.truncate(6)
    assert (cache.packed, cache.seen) == (4, 6)
    after = cache.update(0, x[:, :, :1], x[:, :, :1], torch.tensor([[6]])).k
    torch.testing.assert_close(after[:, :, :6], before[:, :, :6])


def test_eight_bits_hardly_change_the_logits_and_four_change_them_more() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        decoder = Decoder(DecoderConfig(2, 32, 4, 2, 8, 64, 97, 128)).eval().requires_grad_(False)
    ids, errors = torch.arange(1, 41)[None], {}
    with torch.inference_mode():
        whole = decoder(ids)[:, 30:]
        for bits in (8, 4):
            cache = QuantizedCache(decoder.config, 1, 64, bits, group=8, residual=4)
            decoder(ids[:, :30], None, cache)
            got = torch.cat([decoder(ids[:, i : i + 1], None, cache) for i in range(30, 40)], 1)
            errors[bits] = float((got - whole).abs().max() / whole.std())
        full = ContiguousCache(decoder.config, 1, 64)
        decoder(ids, None, full)
    assert 0 < errors[8] < 0.02 < errors[4] < 0.5
    assert cache.nbytes < full.nbytes / 2


def test_what_it_refuses() -> None:
    with pytest.raises(ValueError, match="4 or 8 bits"):
        QuantizedCache(ONE, 1, 8, 4, group=0)
    with pytest.raises(ValueError, match="share a byte"):
        QuantizedCache(ONE, 1, 8, 4, group=9)
