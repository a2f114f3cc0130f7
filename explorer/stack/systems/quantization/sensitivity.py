"""Which part of a model suffers: some of its matrices packed, all others as they are, and what it then predicts.

The stream before block L does not depend on what lies in it or after it. A reading keeps the unchanged stream before
every block, so that a change in block L costs the blocks from L on alone: half of a pass on average.

>>> from explorer.stack.systems.quantization.formats import FORMATS
>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=2, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=64, d_vocab=50, n_ctx=8)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
>>> reading = Reading(decoder, torch.arange(16).view(2, 8), context=3)
>>> part = Part.of("blocks.1.mlp.W_in", matrices(decoder))
>>> part.first, reading.scores(part.packed(FORMATS["int4"])).n  # 2 windows, predictions after tokens 3 to 6
(1, 8)
>>> reading.scores({}).kl.max().item()
0.0
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.systems.quantization.format import Format, Packed
from explorer.stack.systems.quantization.matrices import Matrix, matrices, quantized
from explorer.stack.systems.quantization.quality import Scores, compare
from explorer.stack.transformer.decoder import Decoder

#: Logits that are in memory at once, and those of the unchanged model that are kept: 256 MB.
AT_ONCE, KEPT = 1 << 25, 1 << 26


@dataclass(frozen=True, eq=False)
class Part:
    """Some matrices that are packed together."""

    name: str
    matrices: tuple[Matrix, ...]

    @classmethod
    def of(cls, name: str, known: Sequence[Matrix]) -> Part:
        """A single matrix by its name. Raises StopIteration for one that there is not."""
        return cls(name, (next(each for each in known if each.name == name),))

    @property
    def first(self) -> int | None:
        """The block from which on the model differs; None: only the unembedding does."""
        return min((each.layer for each in self.matrices if each.layer is not None), default=None)

    @property
    def weights(self) -> int:
        """How many numbers they hold."""
        return sum(each.weight.numel() for each in self.matrices)

    def packed(self, fmt: Format) -> dict[str, Packed]:
        """All of them in a format. Raises NotApplicableError where one does not suit it."""
        return {each.name: fmt.quantize(each.weight) for each in self.matrices}


class Reading:
    """Windows of text as a decoder reads them, and as it would with some of its matrices packed."""

    @torch.inference_mode()
    def __init__(
        self, decoder: Decoder, ids: Int[Tensor, "window pos"], context: int, *, every_block: bool = True
    ) -> None:
        """context: the first tokens of a window after which nothing is scored.

        every_block: keep the stream before each block, not after the last alone.
        """
        self.decoder, self.ids, self.context = decoder, ids, context
        self._layer_of = {each.name: each.layer for each in matrices(decoder)}
        x, self._at = decoder.entered(ids)
        self._streams = [x]
        for block in decoder.blocks:
            x = block(x, self._at)
            self._streams = [*self._streams, x] if every_block else [x]
        self._every_block = every_block
        self._unchanged: dict[int, Float[Tensor, "n d_vocab"]] = {}

    @property
    def n(self) -> int:
        """Predictions that are scored."""
        return self.ids.shape[0] * (self.ids.shape[1] - 1 - self.context)

    @torch.inference_mode()
    def scores(self, packed: Mapping[str, Packed]) -> Scores:
        """Of the decoder with these matrices packed, held against the unchanged one."""
        return self.scored(quantized(self.decoder, packed), self._first(packed))

    @torch.inference_mode()
    def scored(self, changed: Decoder, first: int | None = None) -> Scores:
        """Of another decoder. first: its embedding and its blocks before this one are the unchanged decoder's."""
        if first is None or not (self._every_block or first == self.decoder.config.n_layers):
            first, (x, at) = 0, changed.entered(self.ids)
        else:
            x, at = self._streams[first if self._every_block else -1], self._at
        for block in changed.blocks[first:]:
            x = block(x, at)
        at_once = max(1, AT_ONCE // (self.decoder.config.d_vocab * (self.ids.shape[1] - 1 - self.context)))
        parts = []
        for window in range(0, len(x), at_once):
            some = slice(window, window + at_once)
            true = self.ids[some, self.context + 1 :].flatten()
            parts.append(compare(self._before(some), self._logits(changed, x[some]), true))
        return Scores.joined(parts)

    def _first(self, packed: Mapping[str, Packed]) -> int | None:
        if "unembed" in packed and self.decoder.config.tied:
            return None  # the embedding is changed as well
        layers = [layer for name in packed if (layer := self._layer_of[name]) is not None]
        return min(layers, default=self.decoder.config.n_layers)

    def _before(self, some: slice) -> Float[Tensor, "n d_vocab"]:
        """What the unchanged decoder says, kept where it is little."""
        if some.start in self._unchanged:
            return self._unchanged[some.start]
        made = self._logits(self.decoder, self._streams[-1][some])
        if self.n * self.decoder.config.d_vocab <= KEPT:
            self._unchanged[some.start] = made
        return made

    def _logits(self, decoder: Decoder, x: Float[Tensor, "window pos d_model"]) -> Float[Tensor, "n d_vocab"]:
        return decoder.unembedded(x[:, self.context : -1]).flatten(0, 1)
