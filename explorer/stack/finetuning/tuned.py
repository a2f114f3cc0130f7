"""A decoder being fine-tuned: what is trained, and what a batch of conversations costs.

    loss = mean over the learnt tokens of the whole batch of  -ln p(token | those before it)

by tokens, not by conversations: each token counts alike, so that a long answer counts more than a short one. Only rows
of the stream that predict a learnt token meet the unembedding: for SmolLM2 the logits of a batch of 4 x 256 take
201 MB, and as much again for their gradient.

`Tuned` is what the training loop takes (`stack.pretraining`): its parameters and its state are the adapter's alone.

>>> from explorer.stack.finetuning import methods
>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=1, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=64, d_vocab=50, n_ctx=8)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
>>> tuned = Tuned(decoder, methods.lora(decoder, r=2))
>>> rows = Rows(torch.arange(8)[None], torch.tensor([[False] * 5 + [True] * 3]))
>>> loss = tuned.loss(rows).parts["lm"]
>>> at = torch.log_softmax(decoder(rows.ids), -1)[0, [4, 5, 6], [5, 6, 7]]
>>> bool((loss + at.mean()).abs() < 1e-5), sum(p.numel() for p in tuned.parameters())
(True, 224)
"""

from __future__ import annotations

from copy import deepcopy

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.finetuning.adapter import Adapter, adapted
from explorer.stack.finetuning.apart import positions, within
from explorer.stack.finetuning.conversations import EVERYONE, Rows
from explorer.stack.finetuning.neftune import noised
from explorer.stack.finetuning.virtual_tokens import VirtualTokens
from explorer.stack.transformer.chunked_loss import linear_cross_entropy
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses


class Tuned(nn.Module):
    """A frozen decoder, and an adapter or virtual tokens that are trained; without either the decoder itself is."""

    def __init__(
        self,
        decoder: Decoder,
        trained: Adapter | VirtualTokens | None = None,
        *,
        noise: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        """noise: NEFTune's alpha. Raises NotApplicableError for an adapter of another model."""
        super().__init__()
        self.virtual = trained if isinstance(trained, VirtualTokens) else None
        self.adapter = trained if isinstance(trained, Adapter) else None
        self.whole = _copied(decoder).requires_grad_(True) if trained is None else None
        base = self.whole or decoder
        worn = adapted(base, (self.adapter, 1.0)) if self.adapter else base
        # Beside the modules: what is registered is trained and stored.
        self.__dict__["frozen"] = base
        self.__dict__["worn"] = worn
        self.__dict__["noisy"] = noised(worn, noise, generator) if noise else worn

    @property
    def base(self) -> Decoder:
        """Without what is trained beside it; where the decoder itself is trained, that one."""
        return self.__dict__["frozen"]

    @property
    def decoder(self) -> Decoder:
        """As it stands now; without virtual tokens."""
        return self.__dict__["worn"]

    def forward(self, ids: Int[Tensor, "batch pos"]) -> Float[Tensor, "batch pos d_vocab"]:
        """Logits of every position of the text."""
        return self.decoder.unembedded(self._stream(self.decoder, ids, None))

    def _stream(self, decoder: Decoder, ids: Tensor, document: Tensor | None) -> Tensor:
        if document is None:
            return decoder.stream(ids) if self.virtual is None else self.virtual.stream(decoder, ids)
        columns = 0 if self.virtual is None else self.virtual.columns
        kernel, places = within(F.pad(document, (columns, 0), value=EVERYONE)), positions(document)
        if self.virtual is not None:
            return self.virtual.stream(decoder, ids, places, kernel)
        return decoder.stream(ids, places, kernel=kernel)

    def loss(self, rows: Rows) -> Losses:
        """By tokens. Raises BadRequestError for a batch of which nothing is learnt."""
        decoder: Decoder = self.__dict__["noisy"]
        if not rows.tokens:
            raise BadRequestError(
                "Nothing of this batch is learnt: no token of an answer fits into its rows.",
                "Choose longer rows, or shorter prompts.",
            )
        x = self._stream(decoder, rows.ids, rows.document)
        read = x[:, :-1][rows.learnt[:, 1:]]  # token d_model
        targets = rows.ids[:, 1:][rows.learnt[:, 1:]]
        return Losses({"lm": _cross_entropy(decoder, read, targets)})


def _copied(decoder: Decoder) -> Decoder:
    """Weights of its own; a table that is the embedding and the unembedding stays one."""
    made = deepcopy(decoder)
    if decoder.config.tied:
        made.unembed.weight = made.embed.weight
    return made


def _cross_entropy(decoder: Decoder, x: Float[Tensor, "token d"], targets: Int[Tensor, " token"]) -> Tensor:
    plain = isinstance(decoder.unembed, nn.Linear) and decoder.config.logit_cap is None
    if not plain:  # bent logits, or a table that is packed or has an adapter
        return F.cross_entropy(decoder.unembedded(x[None])[0], targets)
    read = decoder.read(x[None])[0]
    return linear_cross_entropy(read, decoder.unembed.weight.to(read.dtype), targets)
