"""T5 to train: the explorer's own encoder-decoder with a start, a loss on pairs, and the names of transformers' T5.

    loss = mean over the tokens of the target of  -log p(y_t | y_0 .. y_(t-1), source)

Raffel et al. 2019 (arXiv 1910.10683): one stream without biases, RMSNorm before each sublayer, relative position
buckets that all layers of a stack share; the gated feed-forward layer of its version 1.1 (Shazeer 2020, arXiv
2002.05202); embeddings tied.

T5 has no 1/sqrt(d_head) at its scores, and embeddings of variance 1, whose logits are scaled by 1/sqrt(d_model): the
steps of Adafactor grow with a weight's size. AdamW's do not, so the same function is trained here in other units: the
factor of W_Q stands at the scores, and the table's sqrt(d_model) at the embedding. `hf_state_dict` folds both back.

>>> from explorer.stack.architectures.padded_pairs import padded
>>> config = T5Config(d_vocab=50, n_layers=2, d_model=16, n_heads=4, d_mlp=32, n_ctx=64, end=1)
>>> model = T5(config, torch.Generator().manual_seed(0))
>>> model.loss((padded([[5, 6, 1], [7, 1]], [[8, 1], [9, 9, 1]]),)).parts["lm"].item() < 4.5  # ln 50 = 3.9
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.architectures.padded_pairs import PAD, Pairs
from explorer.stack.transformer.chunked_loss import linear_cross_entropy
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.encoder_decoder import EncoderDecoder, Reading
from explorer.stack.transformer.encoder_decoder_config import EncoderDecoderConfig
from explorer.stack.transformer.encoder_decoder_weights import to_t5
from explorer.stack.transformer.losses import Losses
from explorer.stack.transformer.writing import greedy


@dataclass(frozen=True)
class T5Config:
    """Sizes; both stacks have `n_layers`."""

    d_vocab: int
    n_layers: int
    d_model: int
    n_heads: int
    d_mlp: int
    n_ctx: int
    """Positions the saved tokenizer promises."""
    end: int
    """The end token."""
    buckets: int = 32
    longest: int = 128
    eps: float = 1e-6

    def __post_init__(self) -> None:
        if self.d_model % self.n_heads:
            raise ValueError("n_heads must divide d_model")

    def whole(self) -> EncoderDecoderConfig:
        """The config of the encoder-decoder, in the units of training."""
        shared: dict[str, Any] = {
            "n_layers": self.n_layers,
            "d_model": self.d_model,
            "n_heads": self.n_heads,
            "n_kv_heads": self.n_heads,
            "d_head": self.d_model // self.n_heads,
            "d_mlp": self.d_mlp,
            "d_vocab": self.d_vocab,
            "n_ctx": self.n_ctx,
            "eps": self.eps,
            "positions": "none",
            "activation": "gelu_tanh",
            "gated": True,
            "tied": True,
            "embed_scale": self.d_model**0.5,
            "attention_scale": (self.d_model // self.n_heads) ** -0.5,
        }
        return EncoderDecoderConfig(
            DecoderConfig(causal=False, **shared), DecoderConfig(**shared), buckets=self.buckets, longest=self.longest
        )


class T5(nn.Module):
    """The model with its loss; matrices from N(0, 1 / d_in), those that write to the stream scaled down by depth."""

    def __init__(
        self, config: T5Config, generator: torch.Generator | None = None, compute: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self.config, self.compute = config, compute
        self.inner = EncoderDecoder(config.whole())
        with torch.no_grad():
            for name, parameter in self.inner.named_parameters():
                if "relative" in name:
                    parameter.normal_(0, 0.1, generator=generator)
                elif parameter.dim() > 1:
                    writes = name.endswith(("W_O.weight", "W_out.weight"))
                    depth = (2 * config.n_layers) ** 0.5 if writes else 1.0
                    parameter.normal_(0, parameter.shape[1] ** -0.5 / depth, generator=generator)

    def forward(
        self, source: Int[Tensor, "batch source"], target: Int[Tensor, "batch pos"]
    ) -> Float[Tensor, "batch pos d_vocab"]:
        """The logits after each token of what was written."""
        return self.inner(source, target)

    def loss(self, batch: Sequence[Pairs]) -> Losses:
        """The mean over all target tokens of the batch."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.compute == torch.bfloat16):
            hidden = [self._hidden(pairs) for pairs in batch]
        table = self.inner.embed.weight.to(self.compute)
        wanted = torch.cat([pairs.target[pairs.target != PAD] for pairs in batch])
        lm = linear_cross_entropy(torch.cat(hidden).to(self.compute), table, wanted)
        return Losses({"lm": lm})

    def _hidden(self, pairs: Pairs) -> Float[Tensor, "token d_model"]:
        """What the decoder ends with at each token that is to be written; padding is left out."""
        memory, read = self.inner.encode(pairs.source, pairs.positions), pairs.read()
        positions = torch.arange(read.shape[1], device=read.device).expand(read.shape)  # batch pos
        # Padding stands behind the text, so that the causal order alone hides it.
        x = self.inner.decoder(self.inner.embed(read), Reading(positions, memory=memory))
        return x[pairs.target != PAD]

    def write(self, pairs: Pairs, max_new: int) -> list[list[int]]:
        """What is written for each source, greedily, without the end token."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.compute == torch.bfloat16):
            return greedy(self.inner, pairs.source, max_new, start=PAD, end=self.config.end, positions=pairs.positions)

    def hf_config(self) -> dict[str, object]:
        """The settings of transformers' config."""
        c = self.config
        return {
            "architectures": ["T5ForConditionalGeneration"],
            "model_type": "t5",
            "is_encoder_decoder": True,
            "vocab_size": c.d_vocab,
            "d_model": c.d_model,
            "d_kv": c.d_model // c.n_heads,
            "d_ff": c.d_mlp,
            "num_layers": c.n_layers,
            "num_decoder_layers": c.n_layers,
            "num_heads": c.n_heads,
            "relative_attention_num_buckets": c.buckets,
            "relative_attention_max_distance": c.longest,
            "dropout_rate": 0.0,
            "layer_norm_epsilon": c.eps,
            "feed_forward_proj": "gated-gelu",
            "tie_word_embeddings": True,
            "pad_token_id": PAD,
            "decoder_start_token_id": PAD,
            "eos_token_id": c.end,
        }

    def hf_state_dict(self) -> dict[str, Tensor]:
        """The weights under transformers' names and in its units."""
        return to_t5(self.inner.config, {name: tensor.detach() for name, tensor in self.inner.state_dict().items()})
