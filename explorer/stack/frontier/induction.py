"""Induction heads: an attention-only transformer small enough to be watched while they form.

On a random sequence that repeats, what follows can be known from the second copy on: look for the place behind the
last time this token was seen, and say what stands there. One layer cannot do it where the distance differs from text to
text. Two can: a head of the first writes into each place which token came before it (*previous-token head*), and a head
of the second looks for places into which the present token was written (*induction head*; Elhage et al. 2021, A
Mathematical Framework for Transformer Circuits; Olsson et al. 2022, arXiv 2209.11895). The first head's output is read
by the second's keys, which is K-composition. Of the weights alone, x a row::

    K-composition(a, b) = |W_V^a W_O^a W_K^b W_Q^bT| / (|W_V^a W_O^a| |W_K^b W_Q^bT|)        Frobenius norms

and in a run, exactly: a score is a sum over what wrote the stream that the key reads, since a norm whose length is
taken as it is in the run is linear::

    q . k = sum over terms t of q . (LN-centred t / length) W_K        t: embedding, position, each head of the first

The worked example: a text of period 2, its induction score for a head that looks where it should (1) and for one that
looks at itself (0).

>>> ids, period = repeating(1, 6, 9, (2, 2), torch.Generator().manual_seed(0))
>>> bool((ids[0, 2:] == ids[0, :-2]).all()), period.tolist()
(True, [2])
>>> ahead = torch.zeros(1, 1, 6, 6)
>>> ahead[0, 0, torch.arange(2, 6), torch.arange(2, 6) - 1] = 1.0
>>> induction_score(ahead, period).tolist(), induction_score(torch.eye(6)[None, None], period).tolist()
([1.0], [0.0])
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, layer_norm, scaled_dot_product_attention

from explorer.errors import BadRequestError


@dataclass(frozen=True)
class AttentionOnlyConfig:
    """Sizes, and the standard deviation of every weight at the start."""

    n_layers: int
    d_model: int
    n_heads: int
    d_vocab: int
    n_ctx: int
    std: float

    def __post_init__(self) -> None:
        if self.n_layers < 1 or self.d_model % self.n_heads:
            raise BadRequestError(f"{self.n_heads} heads cannot share a stream of {self.d_model} evenly.")

    @property
    def d_head(self) -> int:
        return self.d_model // self.n_heads


@dataclass(frozen=True, eq=False)
class Looked:
    """A run with what its heads looked at."""

    logits: Float[Tensor, "row pos d_vocab"]
    resid: tuple[Float[Tensor, "row pos d_model"], ...]
    """The stream into each layer."""
    patterns: tuple[Float[Tensor, "row head query key"], ...]
    outputs: tuple[Float[Tensor, "row pos head d_model"], ...]
    """What each head adds to the stream."""


class AttentionOnly(nn.Module):
    """LayerNorm without weights before each attention and before the unembedding; learned positions; no biases."""

    def __init__(self, config: AttentionOnlyConfig, generator: torch.Generator) -> None:
        super().__init__()
        self.config = config
        n, d, h, e = config.n_layers, config.d_model, config.n_heads, config.d_head

        def drawn(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=generator) * config.std)

        self.W_E, self.W_pos, self.W_U = drawn(config.d_vocab, d), drawn(config.n_ctx, d), drawn(d, config.d_vocab)
        self.W_Q, self.W_K, self.W_V, self.W_O = (
            drawn(n, h, d, e),
            drawn(n, h, d, e),
            drawn(n, h, d, e),
            drawn(n, h, e, d),
        )

    def embedded(self, ids: Int[Tensor, "row pos"]) -> Float[Tensor, "row pos d_model"]:
        return self.W_E[ids] + self.W_pos[: ids.shape[1]]

    def forward(self, ids: Int[Tensor, "row pos"]) -> Float[Tensor, "row pos d_vocab"]:
        x = self.embedded(ids)
        for layer in range(self.config.n_layers):
            y = self.normed(x)
            q, k, v = (_heads(y, each[layer]) for each in (self.W_Q, self.W_K, self.W_V))
            z = scaled_dot_product_attention(q, k, v, is_causal=True)  # row head pos d_head
            x = x + z.transpose(1, 2).flatten(2) @ self.W_O[layer].flatten(0, 1)
        return self.normed(x) @ self.W_U

    def looked(self, ids: Int[Tensor, "row pos"], without: Collection[tuple[int, int]] = ()) -> Looked:
        """The same run step by step; heads named (layer, head) in `without` add nothing."""
        x = self.embedded(ids)
        resid, patterns, outputs = [], [], []
        for layer in range(self.config.n_layers):
            resid.append(x)
            y = self.normed(x)
            q, k, v = (_heads(y, each[layer]) for each in (self.W_Q, self.W_K, self.W_V))
            scores = q @ k.transpose(-1, -2) / math.sqrt(self.config.d_head)
            pattern = scores.masked_fill(~earlier(ids.shape[1]), -math.inf).softmax(-1)
            made = torch.einsum("rhqk,rhke,hed->rqhd", pattern, v, self.W_O[layer])
            kept = torch.tensor([(layer, head) not in without for head in range(self.config.n_heads)])
            made = made * kept[:, None]
            patterns.append(pattern)
            outputs.append(made)
            x = x + made.sum(2)
        return Looked(self.normed(x) @ self.W_U, tuple(resid), tuple(patterns), tuple(outputs))

    def normed(self, x: Float[Tensor, "row pos d_model"]) -> Float[Tensor, "row pos d_model"]:
        return layer_norm(x, x.shape[-1:])

    def loss(self, ids: Int[Tensor, "row pos"]) -> Float[Tensor, ""]:
        """Nats a token, of all tokens but the first."""
        return cross_entropy(self(ids)[:, :-1].flatten(0, 1), ids[:, 1:].flatten())


def _heads(y: Float[Tensor, "row pos d_model"], w: Float[Tensor, "head d_model d_head"]) -> Tensor:
    """[row head pos d_head], as one product."""
    return (y @ w.transpose(0, 1).flatten(1)).unflatten(-1, (len(w), -1)).transpose(1, 2)


def earlier(n: int) -> Bool[Tensor, "query key"]:
    return torch.ones(n, n, dtype=torch.bool).tril()


# ---- texts and scores ------------------------------------------------------------------------------------------------


def repeating(
    rows: int, n: int, d_vocab: int, periods: tuple[int, int], generator: torch.Generator
) -> tuple[Int[Tensor, "row pos"], Int[Tensor, " row"]]:
    """Random tokens that repeat with a period of each row's own, between both of `periods`, and the periods."""
    low, high = periods
    period = torch.randint(low, high + 1, (rows,), generator=generator)
    once = torch.randint(0, d_vocab, (rows, high), generator=generator)
    return once.gather(1, torch.arange(n) % period[:, None]), period


def known(period: Int[Tensor, " row"], n: int) -> Bool[Tensor, "row pos"]:
    """Where the next token can be known: from the first token of the second copy on."""
    return torch.arange(n)[None] >= period[:, None]


def second_copy(
    logits: Float[Tensor, "row pos d_vocab"], ids: Int[Tensor, "row pos"], period: Int[Tensor, " row"]
) -> float:
    """Share of the tokens that can be known that are the likeliest."""
    right = logits[:, :-1].argmax(-1) == ids[:, 1:]
    return float(right[known(period, ids.shape[1])[:, :-1]].double().mean())


def previous_score(pattern: Float[Tensor, "row head query key"]) -> Float[Tensor, " head"]:
    """Mean weight on the token before, from position 1 on."""
    return pattern.diagonal(-1, 2, 3).mean((0, 2))


def induction_score(
    pattern: Float[Tensor, "row head query key"], period: Int[Tensor, " row"]
) -> Float[Tensor, " head"]:
    """Mean weight on the places behind the earlier ones of the same token, where there are some: all copies that went
    before count."""
    where = behind(period, pattern.shape[-1])
    asked = known(period, pattern.shape[-1])[:, None]
    return ((pattern * where[:, None]).sum(-1) * asked).sum((0, 2)) / asked.sum()


def behind(period: Int[Tensor, " row"], n: int) -> Bool[Tensor, "row query key"]:
    """Whether a key stands one behind an earlier copy of the query.

    >>> behind(torch.tensor([2]), 5)[0, 4].tolist()
    [False, True, False, True, False]
    """
    back = torch.arange(n)[:, None] - torch.arange(n) + 1  # query - key + 1: a multiple of the period
    return (back[None] % period[:, None, None] == 0) & (back[None] > 1) & earlier(n)


# ---- composition -----------------------------------------------------------------------------------------------------


@torch.no_grad()
def k_composition(model: AttentionOnly, layer: int = 1) -> Float[Tensor, "below head"]:
    """Of each head of the layer below with each of this one, by the formula above.

    Two random matrices of these shapes have about sqrt(1 / d_model), and the heads' low rank changes little.
    """
    ov = torch.einsum("hde,hef->hdf", model.W_V[layer - 1], model.W_O[layer - 1])
    kq = torch.einsum("hde,hfe->hdf", model.W_K[layer], model.W_Q[layer])
    norms = ov.norm(dim=(1, 2))[:, None] * kq.norm(dim=(1, 2))
    return torch.einsum("adf,bfg->abdg", ov, kq).norm(dim=(2, 3)) / norms


@torch.no_grad()
def key_terms(
    model: AttentionOnly, run: Looked, ids: Int[Tensor, "row pos"], layer: int, head: int
) -> Float[Tensor, "row term query key"]:
    """A head's scores by what wrote the stream that its keys read: the token, the position, each head below in turn.
    They add up to the scores."""
    x = run.resid[layer]
    below = torch.cat(run.outputs[:layer], 2).unbind(2)
    terms = torch.stack([model.W_E[ids], model.W_pos[: ids.shape[1]].expand_as(x), *below], 1)  # row term pos d_model
    length = (x.var(-1, correction=0) + 1e-5).sqrt()[:, None, :, None]
    k = (terms - terms.mean(-1, keepdim=True)) / length @ model.W_K[layer, head]
    q = model.normed(x) @ model.W_Q[layer, head]
    return torch.einsum("rqe,rtke->rtqk", q, k) / math.sqrt(model.config.d_head)
