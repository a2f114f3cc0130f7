"""The recorder of several runs in one batch: one tensor for all rows, taken apart into a run's own when it has ended.

One copy an activation, whatever the number of rows: in a small model the copies take as long as the arithmetic. Equal
prompts (one text with several seeds) are read once, and their keys and values are given to each. Prompts that only
begin alike are each read whole: of sixteen prompts of 15 tokens, the first 10 alike, to read these once would save 3 %
of a batch that is read on by 12 tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.memory import TRACES
from explorer.tracing.bridge.recorder import Recorder

if TYPE_CHECKING:
    from transformers import Cache

    from explorer.zoo.model import Model

#: a token id for the padding: no position that is kept attends to it
PAD = 0


class BatchRecorder(Recorder):
    """Rows of one batch, each prompt padded on the left to the longest. `start` and `stop` count the batch's columns;
    the first column of a row's own run is `padding[row]`."""

    def __init__(self, model: Model, prompts: Sequence[int], new: Sequence[int]) -> None:
        """The lengths of the prompts, and how many tokens each may be read on."""
        width = max(prompts)
        super().__init__(model, width + max(new))
        self.padding = [width - n for n in prompts]
        self.rows = [Recorder(model, n + more) for n, more in zip(prompts, new, strict=True)]
        self._alike = not any(self.padding)
        #: of each row the row of the forward pass that it takes, while equal prompts are read once
        self._takes: Tensor | None = None

    def read(
        self, ids: Sequence[Sequence[int]], cache: Cache | None, keep_cache: bool, going: Collection[int] | None = None
    ) -> Cache | None:
        """Run the next positions of all rows; returns the key-value cache. Logits are kept of those that are `going`
        (None: all)."""
        width = max(map(len, ids))
        self.start, self.stop = self.stop, self.stop + width
        once = dict.fromkeys(map(tuple, ids)) if cache is None else {}
        takes = [list(once).index(tuple(row)) for row in ids] if len(once) not in (0, len(ids)) else None
        firsts = range(len(ids)) if takes is None else [takes.index(at) for at in range(len(once))]
        self._takes = None if takes is None else torch.tensor(takes, device=self.device)
        past = {} if cache is None else {"past_key_values": cache}
        seen = torch.arange(self.stop) >= torch.tensor([self.padding[at] for at in firsts])[:, None]
        mask = {} if self._alike else {"attention_mask": seen.long().to(self.device)}
        padded = torch.tensor([[PAD] * (width - len(ids[at])) + list(ids[at]) for at in firsts], device=self.device)
        logits, cache = self.bridge(padded, return_type="logits_and_cache", use_cache=keep_cache, **past, **mask)
        for at, (row, tokens) in enumerate(zip(self.rows, ids, strict=True)):
            if going is None or at in going:
                row.start, row.stop = row.stop, row.stop + len(tokens)
                mine = logits[at if takes is None else takes[at], width - len(tokens) :]
                row.keep_logits(mine.clone())  # else each would keep those of all
        if self._takes is not None and cache is not None:
            cache.batch_select_indices(self._takes)
        return cache

    def row_logits(self, row: int, position: int) -> Float[Tensor, " d_vocab"]:
        """The logits of a position of a row's own run."""
        return self.rows[row].logits[position]

    def row(self, at: int, n: int) -> Recorder:
        """The recorder of one run, with the n positions that it has run."""
        row, first = self.rows[at], self.padding[at]

        def own(name: str, made: Tensor) -> Tensor:
            """The row's columns; of weights those of its queries and keys."""
            layered = name in hooks.IN_EACH_LAYER
            mine = made[:, at] if layered else made[at]
            axis = (2 if name == "pattern" else 1) if layered else 0
            mine = mine.narrow(axis, first, n)
            mine = mine.narrow(3, first, n) if name == "pattern" else mine
            return TRACES.tensor(tuple(mine.shape)).copy_(mine)

        row.made = {name: own(name, made) for name, made in self.made.items()}
        row.logits = row.logits[:n]
        row.capacity = n
        return row

    def _keep(self, name: str, layer: int = 0, layers: int = 0) -> Callable[..., None]:
        """A hook that copies the activation of all rows to its place."""
        keys_too, count = name == "pattern", len(self.rows)
        heads_first = self.anatomy.latent and name in hooks.HEADS_FIRST

        def hook(activation: Tensor, **_: object) -> None:
            if self._takes is not None and len(activation) > 1:
                seen = activation[self._takes]
            else:
                seen = activation.expand(count, *activation.shape[1:])  # angles may be all rows'
            seen = seen.transpose(1, 2) if heads_first else seen
            if name not in self.made:
                shape = list(seen.shape)
                shape[1 if not keys_too else 2] = self.capacity
                if keys_too:
                    shape[3] = self.capacity
                zero = keys_too and self.stop < self.capacity  # keys that a query cannot see
                self.made[name] = TRACES.tensor((layers, *shape) if layers else tuple(shape), zero)
            place = self.made[name][layer] if layers else self.made[name]
            if keys_too:  # row head query key
                place[:, :, self.start : self.stop, self.stop - seen.shape[-1] : self.stop] = seen
            else:
                place[:, self.start : self.stop] = seen

        return hook
