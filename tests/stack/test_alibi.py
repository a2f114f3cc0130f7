"""ALiBi equals Bloom's bias up to what softmax ignores, and its slopes are the paper's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.embeddings.alibi import bias, slopes


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
