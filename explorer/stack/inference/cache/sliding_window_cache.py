"""The sliding-window cache: the newest tokens in a ring, and the first few kept for good.

A ring of W slots holds token t in slot ``t % W``: the newest overwrites the oldest, memory stays constant however long
the text. Alone this fails: models put much of their attention on the first tokens whatever these say (the "sinks"), and
when those fall out of the ring, what was given to them goes where it does harm. Xiao et al. 2023, "Efficient Streaming
Language Models with Attention Sinks" (StreamingLLM, arXiv 2309.17453), keep the first 4:

    slot(t) = t                        for t < S
              S + (t - S) % W          otherwise

A chunk of several tokens (a prompt) reads all of itself, as in the paper; only what is left of it afterwards fits the
ring. A model that was trained with a window (Mistral) masks the rest by itself: with S = 0 and W its window, it cannot
tell this cache from a full one.

One thing differs from the paper: it rotates keys by their place in the cache, this cache keeps them rotated by their
place in the text. The two agree while the text is not longer than the model's trained context.

Worked example: 2 sinks and a window of 3. After 7 tokens, 0 and 1 are kept, and of 2 to 6 the last three, token 6 in
slot 2 + (6 - 2) % 3 = 3.

>>> from types import SimpleNamespace
>>> cache = SlidingWindowCache(SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1), 1, 99, window=3, sinks=2)
>>> for t in range(7):
...     held = cache.update(0, torch.full((1, 1, 1, 1), float(t)), torch.zeros(1, 1, 1, 1), torch.tensor([[t]]))
>>> held.positions.tolist(), held.k.flatten().tolist()
([[0, 1, 5, 6, 4]], [0.0, 1.0, 5.0, 6.0, 4.0])
>>> cache.seen, cache.nbytes  # 5 slots of 2 numbers of 4 bytes, and 8 bytes for each position
(7, 80)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.kv_cache import CacheShape, Held


@dataclass
class _Step:
    """Where the tokens of one forward pass go: the same in every layer."""

    before: Int[Tensor, "batch used"]
    """The positions held before it."""
    read: Int[Tensor, "batch key"]
    """Positions of what its queries read."""
    slots: range | None
    """For a step of one token that all rows put into one slot: no gathering, no copying."""
    row: Int[Tensor, " kept"]
    column: Int[Tensor, " kept"]
    slot: Int[Tensor, " kept"]
    done: set[int] = field(default_factory=set)


class SlidingWindowCache:
    """The first `sinks` tokens of each row and its newest `window`, in a ring."""

    wants_pattern = False

    def __init__(
        self,
        config: CacheShape,
        batch: int,
        capacity: int,
        window: int = 1024,
        sinks: int = 4,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        if window < 1 or sinks < 0:
            raise ValueError(f"A window of {window} with {sinks} sinks holds nothing.")
        size = min(capacity, sinks + window)
        self.sinks = min(sinks, size - 1)
        self.window = size - self.sinks
        shape = (batch, config.n_kv_heads, size, config.d_head)
        with torch.inference_mode(False):  # plain tensors may be written in and out of inference mode
            self.k = [torch.zeros(shape, dtype=dtype) for _ in range(config.n_layers)]
            self.v = [torch.zeros(shape, dtype=dtype) for _ in range(config.n_layers)]
        self._positions = torch.full((batch, size), -1)
        self._seen = 0
        self._step: _Step | None = None

    @property
    def seen(self) -> int:
        return self._seen

    @property
    def size(self) -> int:
        return self.sinks + self.window

    @property
    def used(self) -> int:
        """Slots in use, in the row that uses most."""
        return int((self._positions >= 0).any(0).sum())

    @property
    def nbytes(self) -> int:
        return self.used * sum(t[:, :, :1].nbytes for t in (*self.k, *self.v, self._positions[:, None]))

    def held_positions(self, layer: int) -> Int[Tensor, "batch kv_head slot"]:
        """Which tokens each head still holds; -1 is an empty slot."""
        return self._positions[:, None].expand(-1, self.k[layer].shape[1], -1)

    def update(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        positions: Int[Tensor, "batch pos"],
    ) -> Held:
        step = self._step
        if step is None or layer in step.done:
            step = self._step = self._begin(positions)
        step.done.add(layer)
        keys, values = self.k[layer], self.v[layer]
        if step.slots is not None:
            at = slice(step.slots.start, step.slots.stop)
            keys[:, :, at], values[:, :, at] = k.detach(), v.detach()
            used = step.read.shape[1]
            return Held(keys[:, :, :used].to(k.dtype), values[:, :, :used].to(v.dtype), step.read)
        used = step.before.shape[1]
        held = Held(
            torch.cat([keys[:, :, :used].to(k.dtype), k], 2),
            torch.cat([values[:, :, :used].to(v.dtype), v], 2),
            step.read,
        )
        keys[step.row, :, step.slot] = k[step.row, :, step.column].detach().to(keys.dtype)
        values[step.row, :, step.slot] = v[step.row, :, step.column].detach().to(values.dtype)
        return held

    def _slot(self, positions: Tensor) -> Tensor:
        return torch.where(positions < self.sinks, positions, self.sinks + (positions - self.sinks) % self.window)

    def _begin(self, positions: Tensor) -> _Step:
        used = self.used  # slots fill from the first on, so those in use come first
        before = self._positions[:, :used]
        self._seen += positions.shape[1]
        none = torch.zeros(0, dtype=torch.long)
        first = int(positions[0, 0])
        if positions.shape[1] == 1 and first >= 0 and bool((positions == first).all()):
            at = int(self._slot(torch.tensor(first)))
            if at <= used:
                after = self._positions.clone()
                after[:, at] = first
                self._positions = after
                return _Step(before, after[:, : max(used, at + 1)], range(at, at + 1), none, none, none)
        # Of the new tokens that share a slot only the newest stays; padding is stored nowhere.
        newest = positions.amax(1, keepdim=True)
        kept = (positions >= 0) & ((positions < self.sinks) | (positions > newest - self.window))
        row, column = kept.nonzero().unbind(1)
        slot = self._slot(positions[row, column])
        after = self._positions.clone()
        after[row, slot] = positions[row, column]
        self._positions = after
        return _Step(before, torch.cat([before, positions], 1), None, row, column, slot)

    def observe(self, layer: int, pattern: Float[Tensor, "batch head query key"]) -> None:
        """Chooses by age, not by attention."""

    def truncate(self, length: int) -> None:
        """Forget positions >= length, as long as nothing that would come back into the window was overwritten."""
        newest = int(self._positions.max())
        if length > newest:
            return
        if newest >= self.size:
            raise NotImplementedError("The ring has overwritten tokens that a shorter text would still hold.")
        dropped = newest + 1 - length
        self._positions = self._positions.masked_fill(self._positions >= length, -1)
        self._seen -= dropped

    def reorder(self, rows: Int[Tensor, " rows"]) -> None:
        with torch.inference_mode(False):
            self.k, self.v = [t[rows] for t in self.k], [t[rows] for t in self.v]
        self._positions, self._step = self._positions[rows], None
