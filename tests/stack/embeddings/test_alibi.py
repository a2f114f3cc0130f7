"""ALiBi equals Bloom's bias up to what softmax ignores, and its slopes are the paper's."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.embeddings.alibi import Penalty, bias, slopes
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.transformer.attention import Visibility, eager, sdpa
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder


@given(n_heads=st.integers(1, 130))
def test_slopes_equal_blooms(n_heads: int) -> None:
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    theirs = build_alibi_tensor(torch.ones(1, 2, dtype=torch.long), n_heads, torch.float32)[:, 0, 1]
    torch.testing.assert_close(slopes(n_heads), theirs, rtol=1e-5, atol=0)


def test_known_answers() -> None:
    assert slopes(8).tolist() == [2.0**-h for h in range(1, 9)]
    assert [round(s, 4) for s in slopes(12)[8:].tolist()] == [0.7071, 0.3536, 0.1768, 0.0884]


def test_attention_equals_blooms_bias() -> None:
    """Bloom adds slope * key position, ours subtracts slope * distance: a constant a row, which softmax ignores."""
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    heads, n = 6, 9
    scores = torch.randn(heads, n, n, generator=torch.Generator().manual_seed(0))
    visible = torch.ones(n, n, dtype=torch.bool).tril()
    theirs = (scores + build_alibi_tensor(torch.ones(1, n, dtype=torch.long), heads, torch.float32)).where(
        visible, -1e9
    )
    at = torch.arange(n)
    ours = (scores + bias(slopes(heads), at, at)).where(visible, -1e9)
    torch.testing.assert_close(ours.softmax(-1), theirs.softmax(-1))


def test_positions_of_a_cache() -> None:
    """Keys in any order, rows with their own positions."""
    made = bias(slopes(2), torch.tensor([[5], [9]]), torch.tensor([[5, 0, 3], [9, 1, 8]]))
    assert made.shape == (2, 2, 1, 3)
    assert made[1, 0, 0].tolist() == [0, -8 * 2.0**-4, -1 * 2.0**-4]


def test_no_head_is_refused() -> None:
    with pytest.raises(ValueError, match="0 heads"):
        slopes(0)


@pytest.mark.parametrize("heads", [6, 12])
def test_in_float64_the_bias_is_float64(heads: int) -> None:
    """Slopes of heads that are no power of two are irrational: in float32 each is off by 1e-8, and times a distance."""
    n, d = 300, 4
    q, k, v = torch.randn(3, 1, heads, n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    at = torch.arange(n)[None]
    power = 1 << (heads.bit_length() - 1)
    by_hand = [2 ** (-8 * h / power) for h in range(1, power + 1)]
    by_hand += [2 ** (-4 * h / power) for h in range(1, 2 * power + 1, 2)][: heads - power]
    distance = (at[0, :, None] - at[0]).double()
    scores = q @ k.mT / 2 - torch.tensor(by_hand, dtype=torch.float64)[:, None, None] * distance
    expected = scores.masked_fill(distance < 0, -math.inf).softmax(-1) @ v
    own = Penalty(slopes(heads, torch.float64), at, at)
    for kernel in (eager, sdpa):
        made = kernel(q, k, v, Visibility(causal=True), 0.5, own).z
        assert float((made - expected).abs().max()) < 1e-12
    single = TileMask(causal=True, slopes=slopes(heads))  # the slopes themselves in float32: the products are not
    rows = slice(0, n)
    assert torch.equal(
        single.scores(torch.zeros(1, heads, n, n, dtype=torch.float64), rows, rows, 0)[0, :, -1, 0],
        -slopes(heads).double() * (n - 1),
    )


def test_a_decoder_in_float64_has_slopes_in_float64() -> None:
    config = DecoderConfig(1, 24, 6, 6, 4, 16, 50, 64, positions="alibi")
    made = Decoder(config).initialise(torch.Generator().manual_seed(0))
    single, double = made._slopes(), made.double()._slopes()
    assert single is not None
    assert double is not None
    assert single.dtype == torch.float32
    assert torch.equal(double, slopes(6, torch.float64))
