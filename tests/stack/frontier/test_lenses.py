"""Lenses: rows of the whole matrix, forward-mode products, J = I, and regression against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.frontier.carried import blocks_of
from explorer.stack.frontier.lenses.jacobian import FIRST, fitted, rows_of, valid
from explorer.stack.frontier.lenses.lens import cut, exchanged, logit_lens, reading
from explorer.stack.frontier.lenses.tuned import Settings, Step, least_squares, trained
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

PROMPT = torch.randint(9, (1, FIRST + 4), generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    config = DecoderConfig(n_layers=3, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=12, d_vocab=9, n_ctx=32)
    made = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval().requires_grad_(False)
    for parameter in made.parameters():
        parameter.mul_(12 if parameter.dim() > 1 else 1)
    return made


def test_a_concept_s_row_is_that_of_the_whole_matrix(tiny: Decoder) -> None:
    row = reading(tiny, [5])
    whole = fitted(tiny, PROMPT, torch.eye(8))
    found = rows_of(tiny, PROMPT, row)[0, 0]
    for layer in range(3):
        torch.testing.assert_close(found[layer], (row @ whole.matrix(layer))[0], atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(found[layer], whole.pulled(layer, row)[0], atol=1e-4, rtol=1e-4)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_the_matrix_times_a_vector_is_a_forward_derivative(tiny: Decoder) -> None:
    whole, where = fitted(tiny, PROMPT, torch.eye(8)), valid(PROMPT.shape[1])
    x, at = tiny.entered(PROMPT, kernel="eager")  # the fused one has no forward derivative
    x = blocks_of(tiny)[0](x, at)
    push = torch.randn(8, generator=torch.Generator().manual_seed(1))

    def last(stream: Tensor) -> Tensor:
        for block in blocks_of(tiny)[1:]:
            stream = block(stream, at)
        return stream[0, where].sum(0)

    tangent = torch.zeros_like(x)
    tangent[0, where] = push
    moved = torch.func.jvp(last, (x,), (tangent,))[1]
    torch.testing.assert_close(whole.matrix(0) @ push, moved / (where.stop - where.start), atol=1e-4, rtol=1e-4)


def test_the_first_positions_and_the_last_do_not_count(tiny: Decoder) -> None:
    other = PROMPT.clone()
    other[0, -1] = (other[0, -1] + 1) % 9
    row = reading(tiny, [2])
    torch.testing.assert_close(rows_of(tiny, other, row), rows_of(tiny, PROMPT, row))
    with pytest.raises(NotApplicableError, match="leaves out 16"):
        valid(FIRST + 1)


def test_i_is_the_logit_lens_and_its_rows_read_leads(tiny: Decoder) -> None:
    h = torch.randn(3, 5, 8, generator=torch.Generator().manual_seed(2))
    lens = logit_lens(3, 8)
    torch.testing.assert_close(lens.mapped(h), h)
    row = reading(tiny, [4])
    torch.testing.assert_close(lens.pulled(1, row), row)
    logits = tiny.unembedded(h)[0, 0]
    scale = h[0, 0].square().mean().add(tiny.config.eps).sqrt()
    torch.testing.assert_close(h[0, 0] @ row[0] / scale, logits[4] - logits.mean(), atol=1e-4, rtol=1e-4)


def test_few_rows_leave_the_mean_of_the_diagonal(tiny: Decoder) -> None:
    basis = torch.linalg.qr(torch.randn(8, 3, generator=torch.Generator().manual_seed(5))).Q.T.contiguous()
    part, whole = fitted(tiny, PROMPT, basis), fitted(tiny, PROMPT, torch.eye(8))
    torch.testing.assert_close(basis @ part.matrix(0), basis @ whole.matrix(0), atol=1e-4, rtol=1e-4)
    outside = torch.linalg.svd(basis).Vh[3]
    torch.testing.assert_close(outside @ part.matrix(0), part.scale[0] * outside, atol=1e-4, rtol=1e-4)


def test_regression_is_numpy_s() -> None:
    g = torch.Generator().manual_seed(0)
    h = torch.randn(2, 60, 4, generator=g)
    lens = least_squares(h, rank=4, ridge=1e-7)
    x = np.concatenate([h[0].numpy(), np.ones((60, 1))], 1)
    theirs = np.linalg.lstsq(x, h[1].numpy(), rcond=None)[0]
    np.testing.assert_allclose(lens.matrix(0).numpy(), theirs[:4].T, atol=1e-3)
    np.testing.assert_allclose(lens.bias[0].numpy(), theirs[4], atol=1e-3)
    low = cut("tuned", lens.matrix(0)[None], lens.bias[:1], 1)
    assert int(torch.linalg.matrix_rank(low.matrix(0) - torch.eye(4), atol=1e-4)) == 1


def _streams(tiny: Decoder) -> Tensor:
    x, at = tiny.entered(torch.randint(9, (40, 8), generator=torch.Generator().manual_seed(6)))
    found = []
    for block in tiny.blocks:
        x = block(x, at)
        found.append(x[:, 1:].flatten(0, 1))
    return torch.stack(found)


def test_a_tuned_lens_may_begin_as_another(tiny: Decoder) -> None:
    stream = _streams(tiny)
    squares, steps = least_squares(stream, 3), list[Step]()
    same = trained(tiny, stream, Settings(3, 1, 280, lr=0.0), torch.arange(9), steps.append, squares)
    for layer in range(3):
        torch.testing.assert_close(same.matrix(layer), squares.matrix(layer), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(same.bias, squares.bias, atol=1e-3, rtol=1e-3)
    trained(tiny, stream, Settings(3, 40, 280, lr=0.005), torch.arange(9), steps.append, squares)
    assert float(steps[-1].kl.mean()) < float(steps[0].kl.mean())


def test_a_tuned_lens_begins_as_the_logit_lens_and_comes_nearer(tiny: Decoder) -> None:
    stream, steps = _streams(tiny), []
    final = tiny.unembedded(stream[None, -1])[0].log_softmax(-1)
    logit = tiny.unembedded(stream[None, 0])[0].log_softmax(-1)
    told: list[Step] = steps
    lens = trained(tiny, stream, Settings(8, 60, 280), torch.arange(9), told.append)
    expected = float((final.exp() * (final - logit)).sum(-1).mean())
    assert float(steps[0].kl[0]) == pytest.approx(expected, rel=0.2)
    assert float(steps[-1].kl.mean()) < 0.6 * float(steps[0].kl.mean())
    assert not bool(lens.left[-1].any() or lens.bias[-1].any())


def test_an_exchange_turns_the_pair_over_and_leaves_the_rest() -> None:
    a, b, h = torch.randn(3, 6, generator=torch.Generator().manual_seed(4))
    once = exchanged(h, a, b)
    torch.testing.assert_close(exchanged(once, a, b), h, atol=1e-4, rtol=1e-4)
    outside = torch.linalg.svd(torch.stack([a, b])).Vh[2:]
    torch.testing.assert_close(outside @ once, outside @ h, atol=1e-4, rtol=1e-4)
