"""The Jacobian lens: how a push on the stream at one depth moves the last block's stream, on the average.

    J_l = mean over prompts of 1/|V| sum_{t in V} sum_{t' >= t, t' in V} dh_last,t' / dh_l,t

V leaves out a prompt's first 16 positions and its last (Anthropic 2026). The whole matrix costs d_model backward passes
for each prompt. Of one token v only the row w_v J_l is wanted, and one backward pass with w_v at every position of V
gives it for every block at once: the sum over t' is the cotangent's, the mean over t is taken of the gradient. With
J_l = I it is the logit lens.

Weights are read as they are: a final norm that is folded into W_U would give other rows.

Worked example: with two blocks that add nothing, each position's last stream is its own stream, J_l is I, and a token's
row stays what it is:

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=2, d_model=4, n_heads=1, n_kv_heads=1, d_head=4, d_mlp=4, d_vocab=9, n_ctx=32)
>>> still = Decoder(config).eval().requires_grad_(False)
>>> for block in still.blocks:
...     _ = block.attn.W_O.weight.zero_(), block.mlp.W_out.weight.zero_()
>>> row = torch.tensor([[1.0, 2.0, 0.0, -1.0]])
>>> rows_of(still, torch.arange(20)[None] % 9, row)[0, 0].tolist()  # layer d_model
[[1.0, 2.0, 0.0, -1.0], [1.0, 2.0, 0.0, -1.0]]
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.frontier.carried import blocks_of
from explorer.stack.frontier.lenses.lens import Lens
from explorer.stack.transformer.decoder import Decoder

#: Positions at a prompt's start that are left out, and at its end.
FIRST, LAST = 16, 1


def valid(n: int) -> slice:
    """The positions that count. Raises NotApplicableError for a prompt without any."""
    if n <= FIRST + LAST:
        raise NotApplicableError(
            f"The Jacobian lens leaves out {FIRST} tokens at a prompt’s start and {LAST} at its end, and a prompt has "
            f"{n} tokens.",
            "Take longer prompts.",
        )
    return slice(FIRST, n - LAST)


def streams(
    decoder: Decoder, ids: Int[Tensor, "prompt pos"]
) -> tuple[list[Float[Tensor, "prompt pos d_model"]], Float[Tensor, "prompt pos d_model"]]:
    """The stream behind each block and behind the last, with the graph that leads from the ones to the other."""
    x, at = decoder.entered(ids)
    x = x.detach().requires_grad_()
    found: list[Tensor] = []
    for block in blocks_of(decoder):
        x = block(x, at)
        found.append(x)
    return found, x


def rows_of(
    decoder: Decoder,
    ids: Int[Tensor, "prompt pos"],
    rows: Float[Tensor, "row d_model"],
) -> Float[Tensor, "prompt row layer d_model"]:
    """`row J_l` of each prompt, for every block: one forward pass, and one backward pass a row."""
    with torch.enable_grad():
        found, last = streams(decoder, ids)
        return pulled_back(found, last, rows)


def pulled_back(
    found: list[Float[Tensor, "prompt pos d_model"]],
    last: Float[Tensor, "prompt pos d_model"],
    rows: Float[Tensor, "row d_model"],
) -> Float[Tensor, "prompt row layer d_model"]:
    """The same, of streams that are there already."""
    where, n = valid(last.shape[1]), len(rows)
    made = torch.empty(len(last), n, len(found), last.shape[2])
    for at, row in enumerate(rows):
        cotangent = torch.zeros_like(last)
        cotangent[:, where] = row
        slopes = torch.autograd.grad(last, found, cotangent, retain_graph=True)
        for layer, slope in enumerate(slopes):
            made[:, at, layer] = slope[:, where].mean(1)
    return made


def fitted(
    decoder: Decoder,
    ids: Int[Tensor, "prompt pos"],
    basis: Float[Tensor, "rank d_model"],
) -> Lens:
    """The lens as far as orthonormal directions of the last stream reach: J_l = U^T (U J_l) + s_l (I - U^T U).

    With d_model of them it is exact. With fewer, what lies outside is the mean of the diagonal that was measured,
    s_l = tr(U J_l U^T) / rank, times what it was.
    """
    measured = rows_of(decoder, ids, basis).mean(0).transpose(0, 1)  # layer rank d_model
    layers, rank, d_model = measured.shape
    whole = rank == d_model
    scale = torch.zeros(layers) if whole else (measured * basis).sum((-1, -2)) / rank
    right = measured - scale[:, None, None] * basis
    left = basis.T.expand(layers, d_model, rank).contiguous()
    return Lens("jacobian", scale, left, right, torch.zeros(layers, d_model))
