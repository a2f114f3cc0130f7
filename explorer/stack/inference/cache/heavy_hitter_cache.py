"""Heavy-hitter eviction (H2O): keep the newest tokens, and of the older ones those that were attended to most.

Zhang et al. 2023, "H2O: Heavy-Hitter Oracle for Efficient Generative Inference of Large Language Models" (arXiv
2306.14048): attention summed over all queries so far is concentrated on few keys. Each layer and kv head keeps
`recent` + `heavy` tokens:

    score_j = sum over queries i >= j of pattern[i, j]      (over the query heads that share the kv head, too)

After each step the token with the lowest score that is not among the `recent` newest is dropped, for good.

What the sum favours: old tokens, since more queries have read them. On short texts a window with sinks is often better
at the same bytes.

Heads hold different tokens in one slot, and `Held.positions` has one row for all heads: it gives the newest of them. A
mask that needs more than "before the query" would be wrong, so ALiBi is refused, and so is a model's own window once
the text is longer than it.

Worked example: 1 recent and 1 heavy. Three tokens are read; the queries' attention is (1), (.9 .1), (.2 .3 .5), the
sums are 2.1, .4, .5. The newest stays, and of the other two the first, with 2.1 against .4.

>>> from types import SimpleNamespace
>>> cache = HeavyHitterCache(SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1), 1, 99, recent=1, heavy=1)
>>> held = cache.update(0, torch.arange(3.0).view(1, 1, 3, 1), torch.zeros(1, 1, 3, 1), torch.arange(3)[None])
>>> cache.observe(0, torch.tensor([[[[1, 0, 0], [0.9, 0.1, 0], [0.2, 0.3, 0.5]]]]))
>>> cache.held_positions(0).tolist(), [round(s, 2) for s in cache.score[0][..., :2].flatten().tolist()]
([[[0, 2]]], [2.1, 0.5])
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.kv_cache import CacheShape, Held


class HeavyHitterCache:
    """`recent` newest and `heavy` most attended tokens of each layer, kv head and row."""

    wants_pattern = True

    def __init__(
        self,
        config: CacheShape,
        batch: int,
        capacity: int,
        recent: int = 512,
        heavy: int = 512,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        if recent < 1 or heavy < 0:
            raise ValueError(f"{recent} recent and {heavy} heavy tokens: at least the newest must be kept.")
        if getattr(config, "positions", None) == "alibi":
            raise NotImplementedError(
                "Heads hold different tokens in one slot: ALiBi's bias needs one position for all."
            )
        windows = [w for w in getattr(config, "windows", ()) if w is not None]
        self._limit = min(windows) if windows else math.inf
        self.recent = recent
        self.budget = min(capacity, recent + heavy)
        shape = (batch, config.n_kv_heads, self.budget + 1)
        with torch.inference_mode(False):  # plain tensors may be written in and out of inference mode
            self.k = [torch.zeros(*shape, config.d_head, dtype=dtype) for _ in range(config.n_layers)]
            """One a layer: [batch kv_head slot d_head]. The last slot is for a token that comes while all are full."""
            self.v = [torch.zeros(*shape, config.d_head, dtype=dtype) for _ in range(config.n_layers)]
            self.score = [torch.zeros(shape) for _ in range(config.n_layers)]
            """Attention that each held token has received so far: [batch kv_head slot]."""
            self._positions = [torch.full(shape, -1, dtype=torch.int32) for _ in range(config.n_layers)]
        self.used = [0] * config.n_layers
        """Slots in use in each layer."""
        self._seen = [0] * config.n_layers
        self._queries = torch.zeros(batch, 0, dtype=torch.long)
        self._chunk: list[Tensor] = []
        """Keys, values, scores and positions of a prompt that is longer than the budget, until it was observed."""

    @property
    def seen(self) -> int:
        return max(self._seen)

    def _all(self, layer: int) -> list[Tensor]:
        return [self.k[layer], self.v[layer], self.score[layer], self._positions[layer]]

    @property
    def nbytes(self) -> int:
        """Keys, values, scores (float32) and positions (int32) of what is held."""
        return sum(t[:, :, :n].nbytes for layer, n in enumerate(self.used) for t in self._all(layer))

    def held_positions(self, layer: int) -> Int[Tensor, "batch kv_head slot"]:
        """Which tokens each head still holds; -1 is padding."""
        return self._positions[layer][:, :, : self.used[layer]].long()

    def update(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        positions: Int[Tensor, "batch pos"],
    ) -> Held:
        if int(positions.max()) >= self._limit:
            raise NotImplementedError(f"This model's own window of {self._limit} tokens is shorter than the text.")
        n, used = k.shape[2], self.used[layer]
        wide = positions[:, None].expand(-1, k.shape[1], -1)  # batch kv_head pos
        new = [k.detach(), v.detach(), torch.zeros(wide.shape), wide]
        self._queries = positions
        self._seen[layer] += n
        if used + n <= self.budget + 1:
            for store, values in zip(self._all(layer), new, strict=True):
                store[:, :, used : used + n] = values
            self.used[layer] += n
            keys, values, _, held = (store[:, :, : used + n] for store in self._all(layer))
        else:
            self._chunk = [
                torch.cat([store[:, :, :used], values.to(store.dtype)], 2)
                for store, values in zip(self._all(layer), new, strict=True)
            ]
            keys, values, _, held = self._chunk
        return Held(keys.to(k.dtype), values.to(v.dtype), held.amax(1).long())

    def observe(self, layer: int, pattern: Float[Tensor, "batch head query key"]) -> None:
        """Add the step's attention to the scores; drop what is over the budget."""
        real = self._queries >= 0  # batch query: a padded query's attention means nothing
        attention = pattern.detach().float() * real[:, None, :, None]
        n_kv = self.k[layer].shape[1]
        received = attention.unflatten(1, (n_kv, -1)).sum((2, 3))  # batch kv_head group query key, summed
        if self._chunk:
            self._chunk[2] += received
            self._keep_best(layer)
            return
        used = self.used[layer]
        self.score[layer][:, :, :used] += received
        if used > self.budget:
            self._drop_one(layer)

    def _worth(self, score: Tensor, positions: Tensor) -> Tensor:
        newest = positions.amax(2, keepdim=True)
        return score.masked_fill(positions > newest - self.recent, math.inf).masked_fill(positions < 0, -math.inf)

    def _drop_one(self, layer: int) -> None:
        """The last slot's token takes the place of the one that is worth least, in each head its own."""
        least = self._worth(self.score[layer], self._positions[layer]).argmin(2, keepdim=True)  # batch kv_head 1
        for store in self._all(layer):
            at = least if store.dim() == 3 else least[..., None].expand(-1, -1, -1, store.shape[3])
            store.scatter_(2, at, store[:, :, self.budget :].clone())
        self.used[layer] = self.budget

    def _keep_best(self, layer: int) -> None:
        """After a long prompt: what is worth most, in the text's order."""
        worth = self._worth(self._chunk[2], self._chunk[3])
        best = worth.topk(self.budget, dim=2).indices.sort(2).values  # batch kv_head slot
        for store, chunk in zip(self._all(layer), self._chunk, strict=True):
            at = best if store.dim() == 3 else best[..., None].expand(-1, -1, -1, store.shape[3])
            store[:, :, : self.budget] = chunk.gather(2, at)
        self.used[layer] = self.budget
        self._chunk = []

    def truncate(self, length: int) -> None:
        """Not possible once a token was written that is to go: it may have pushed out another, and was counted."""
        if length <= max(int(p.max()) for p in self._positions):
            raise NotImplementedError("Eviction cannot be undone: what the rejected tokens pushed out is gone.")

    def reorder(self, rows: Int[Tensor, " rows"]) -> None:
        with torch.inference_mode(False):
            for name in ("k", "v", "score", "_positions"):
                setattr(self, name, [t[rows] for t in getattr(self, name)])
