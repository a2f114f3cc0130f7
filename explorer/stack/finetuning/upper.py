"""Only the upper blocks are trained: what the lower ones make of a row is worked out once and kept.

    x = blocks[:first](row)      the same in every epoch, since nothing there changes
    loss = blocks[first:](x)     forward and backward

Of 30 blocks with the lower 16 kept, a further epoch costs 14/30 of a whole one, and no gradient passes below. A row is
known again by its tokens; its stream takes length x d_model numbers (256 x 576 in float32: 0.6 MB).

>>> from explorer.stack.finetuning import methods
>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=3, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=64, d_vocab=50, n_ctx=8)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
>>> adapter = upper(methods.lora(decoder, r=2), 2)
>>> rows = Rows(torch.arange(8)[None], torch.tensor([[False] * 5 + [True] * 3]))
>>> kept, plain = UpperTuned(decoder, adapter, 2), Tuned(decoder, adapter)
>>> losses = [each.loss(rows).parts["lm"].item() for each in (kept, kept, plain)]
>>> max(losses) - min(losses) < 1e-6, len(kept), adapter.names
(True, 1, ('blocks.2.attn.W_Q', 'blocks.2.attn.W_V'))
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.apart import positions, within
from explorer.stack.finetuning.conversations import Rows
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.transformer.decoder import Decoder

__all__ = ["Rows", "UpperTuned", "upper"]


def upper(adapter: Adapter, first: int) -> Adapter:
    """Its changes from block `first` on."""
    return Adapter({name: each for name, each in adapter.changes.items() if int(name.split(".")[1]) >= first})


class UpperTuned(Tuned):
    """A frozen decoder, and an adapter that changes blocks from `first` on."""

    def __init__(self, decoder: Decoder, adapter: Adapter, first: int) -> None:
        """Raises ValueError for an adapter that changes a block below."""
        if below := [name for name in adapter.names if int(name.split(".")[1]) < first]:
            raise ValueError(f"{below[0]} lies below block {first}")
        super().__init__(decoder, adapter)
        self.first = first
        self.__dict__["kept"] = {}

    def __len__(self) -> int:
        """Rows that are kept."""
        return len(self.__dict__["kept"])

    def _stream(
        self, decoder: Decoder, ids: Int[Tensor, "batch pos"], document: Tensor | None
    ) -> Float[Tensor, "batch pos d_model"]:
        kernel, places = (within(document), positions(document)) if document is not None else ("sdpa", None)
        kept: dict[tuple[int, ...], Tensor] = self.__dict__["kept"]
        names = [tuple(row) for row in ids.tolist()]
        x, at = decoder.entered(ids, places, kernel=kernel)
        if all(name in kept for name in names):
            x = torch.stack([kept[name] for name in names])
        else:
            with torch.no_grad():
                for block in decoder.blocks[: self.first]:
                    x = block(x, at)
            kept.update(zip(names, x, strict=True))
        for block in decoder.blocks[self.first :]:
            x = block(x, at)
        return x
