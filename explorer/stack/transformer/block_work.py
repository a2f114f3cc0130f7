"""What one block multiplies, part by part, on n tokens at once: which parts grow with n and which with n squared.

A product of [a, b] with [b, c] takes 2 a b c floating-point operations. With h query heads and g key-value heads of
d_head dimensions::

    projections    2 n d (2 h + 2 g) d_head     W_Q and W_O, W_K and W_V; 8 n d^2 where h d_head = g d_head = d
    scores         2 n^2 h d_head               q k^T
    mix            2 n^2 h d_head               pattern v; both together 4 n^2 d where h d_head = d
    feed-forward   2 n (2 or 3) d d_ff          of a mixture k and the shared ones, and 2 n d E for the router

The squares are taken whole: a kernel that skips what the mask hides does about half of it. Softmax, norms, rotations
and activations multiply no matrices and are not counted.

Scores and mix overtake the feed-forward where 4 n^2 h d_head = feed-forward: n = 3 d d_ff / (2 h d_head) of a gated
one. Attention's formula: Vaswani et al. 2017 (arXiv 1706.03762), table 1; counts as in Kaplan et al. 2020 (2001.08361).

Worked example: one head of two dimensions, d = 2, d_ff = 4, ten tokens.

>>> tiny = DecoderConfig(n_layers=1, d_model=2, n_heads=1, n_kv_heads=1, d_head=2, d_mlp=4, d_vocab=8, n_ctx=16)
>>> work = block_work(tiny, 10)
>>> work.projections, work.scores, work.mix, work.feed_forward
(320, 400, 400, 480)
>>> overtakes(tiny)
6.0
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.stack.transformer.config import DecoderConfig


@dataclass(frozen=True)
class BlockWork:
    """Floating-point operations of one block."""

    projections: int
    scores: int
    mix: int
    feed_forward: int

    @property
    def attention(self) -> int:
        """What grows with the square."""
        return self.scores + self.mix


def block_work(config: DecoderConfig, n: int) -> BlockWork:
    """Of one block on n tokens, none of them cached."""
    square = 2 * n * n * config.n_heads * config.d_head
    return BlockWork(
        projections=2 * n * config.d_model * 2 * (config.n_heads + config.n_kv_heads) * config.d_head,
        scores=square,
        mix=square,
        feed_forward=n * feed_forward_of_a_token(config),
    )


def feed_forward_of_a_token(config: DecoderConfig) -> int:
    """Of the feed-forward layer, or of the k that a token visits, those that all visit, and the router."""
    one = 2 * (3 if config.gated else 2) * config.d_model * config.d_mlp
    return (config.k + config.n_shared) * one + 2 * config.d_model * config.n_experts if config.n_experts else one


def overtakes(config: DecoderConfig) -> float:
    """The length from which on scores and mix are more than the feed-forward."""
    return feed_forward_of_a_token(config) / (4 * config.n_heads * config.d_head)
