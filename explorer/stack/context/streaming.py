"""StreamingLLM: a window of newest tokens and the first few kept for good, with positions counted inside the cache.

Xiao et al. 2023, "Efficient Streaming Language Models with Attention Sinks" (arXiv 2309.17453). A window alone fails as
soon as the first tokens leave it: heads put what they have no use for on those (the sinks), and a softmax must put it
somewhere. With S sinks and a window of W (the token itself among it), the token at t reads

    sinks j < S          at distance  min(t, S + W - 1) - j
    the window           j in (t - W, t], at distance t - j

so that no distance is ever larger than the cache. It reads no further back than its window for that: the text in
between is gone, and the context is not longer.

The stream of a whole text is one pass with a mask, since a token's key depends on what it read when it was new. A
sink's distance is that of a query turned back by ``t - min(t, S + W - 1)`` positions. `StreamingCache` is the same step
by step.

Worked example: 1 sink, a window of 3. Token 5 stands at place 3 of the cache; it reads the sink at distance 3.

>>> place(torch.arange(7), sinks=1, window=3).tolist()
[0, 1, 2, 3, 3, 3, 3]
>>> seen(torch.arange(6)[:, None], torch.arange(6), sinks=1, window=3).int().tolist()[5]
[1, 0, 0, 1, 1, 1]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.stack.embeddings.rope import RopeConfig, attention_factor, rotate, rotation
from explorer.stack.transformer.attention import Attended, Bias, Hook, Visibility, unchanged
from explorer.stack.transformer.kv_cache import CacheShape, Held

#: Queries whose scores are in memory at once.
ROWS = 256


def place(t: Int[Tensor, " pos"], sinks: int, window: int) -> Int[Tensor, " pos"]:
    """Where a token stands in the cache when it is new."""
    return t.clamp(max=sinks + window - 1)


def seen(query: Int[Tensor, "query 1"], key: Int[Tensor, " key"], sinks: int, window: int) -> Bool[Tensor, "query key"]:
    """Which tokens a token reads."""
    back = query - key
    return (back >= 0) & ((back < window) | (key < sinks))


def turned(
    x: Float[Tensor, "batch head pos d_head"], by: Int[Tensor, " pos"], rope: RopeConfig
) -> Float[Tensor, "batch head pos d_head"]:
    """Rotated vectors moved by so many positions more, backwards where it is negative."""
    cos, sin = rotation(rope, by[None])
    factor = attention_factor(rope)
    return rotate(x, cos / factor, sin / factor, rope.layout)


@dataclass(eq=False)
class Streaming:
    """An attention kernel for a whole text from position 0 on."""

    sinks: int
    window: int
    rope: RopeConfig
    first: int = 4
    """Tokens of which it tells how much attention they get."""
    on_first: list[float] = field(default_factory=list)
    """That, of each layer as it is computed: a mean over heads and over the tokens behind the cache's first filling."""

    def __call__(
        self,
        q: Float[Tensor, "batch head query d_head"],
        k: Float[Tensor, "batch kv_head key d_head"],
        v: Float[Tensor, "batch kv_head key d_head"],
        visible: Visibility,  # noqa: ARG002
        scale: float,
        bias: Bias | None = None,  # noqa: ARG002
        cap: float | None = None,
        on_scores: Hook = unchanged,  # noqa: ARG002
        on_pattern: Hook = unchanged,  # noqa: ARG002
    ) -> Attended:
        n, group = q.shape[2], q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)  # batch head key d_head
        at, made, shares = torch.arange(n), [], []
        for start in range(0, n, ROWS):
            rows = at[start : start + ROWS]
            keys = at[max(0, start - self.window + 1) : start + len(rows)]
            if self.sinks:
                keys = torch.cat([at[: self.sinks], keys[keys >= self.sinks]])
            mine = q[:, :, rows]
            scores = mine @ k[:, :, keys].transpose(-1, -2)  # batch head row key
            if self.sinks:
                back = turned(mine, place(rows, self.sinks, self.window) - rows, self.rope)
                of_sinks = back @ k[:, :, : self.sinks].transpose(-1, -2)
                scores = torch.cat([of_sinks[..., : len(keys)], scores[..., self.sinks :]], -1)
            scores = scores * scale
            if cap is not None:
                scores = cap * torch.tanh(scores / cap)
            scores = scores.masked_fill(~seen(rows[:, None], keys, self.sinks, self.window), -torch.inf)
            pattern = scores.softmax(-1)
            made.append(pattern @ v[:, :, keys])
            shares.append(pattern[..., keys < self.first].sum(-1).mean((0, 1)))
        self.on_first.append(float(torch.cat(shares)[min(self.window, n - 1) :].mean()))
        return Attended(torch.cat(made, 2))


class StreamingCache:
    """The same token by token: what a server does. Feed one token at a time, at its position in the text."""

    wants_pattern = False

    def __init__(self, config: CacheShape, sinks: int, window: int, rope: RopeConfig) -> None:
        self.sinks, self.window, self.rope = sinks, window, rope
        self.k: list[Tensor | None] = [None] * config.n_layers
        self.v: list[Tensor | None] = [None] * config.n_layers
        self.positions: list[Tensor] = [torch.zeros(1, 0, dtype=torch.long)] * config.n_layers
        self.seen = 0

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in (*self.k, *self.v) if each is not None) + self.positions[0].nbytes

    def update(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        positions: Int[Tensor, "batch pos"],
    ) -> Held:
        t = int(positions[0, 0])
        before = (self.k[layer], self.v[layer])
        keys, values = (
            new if old is None else torch.cat([old, new], 2) for old, new in zip(before, (k, v), strict=True)
        )
        at = torch.cat([self.positions[layer], positions], 1)
        kept = (at[0] < self.sinks) | (at[0] > t - self.window)
        keys, values, at = keys[:, :, kept], values[:, :, kept], at[:, kept]
        self.k[layer], self.v[layer], self.positions[layer] = keys, values, at
        self.seen = t + 1
        shift = t - int(place(positions[0], self.sinks, self.window)[0])
        moved = torch.where(at[0] < self.sinks, shift, 0)
        return Held(turned(keys, moved, self.rope) if shift else keys, values, at)

    def observe(self, layer: int, pattern: Float[Tensor, "batch head query key"]) -> None:
        """Chooses by age, not by attention."""

    def truncate(self, length: int) -> None:
        raise NotImplementedError("What has left the window cannot come back.")

    def reorder(self, rows: Int[Tensor, " rows"]) -> None:
        self.k = [None if each is None else each[rows] for each in self.k]
        self.v = [None if each is None else each[rows] for each in self.v]
        self.positions = [each[rows] for each in self.positions]
