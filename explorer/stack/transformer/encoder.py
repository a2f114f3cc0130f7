"""The bidirectional encoder: every token reads the whole text, before it and behind it, and nothing is written.

BERT (Devlin et al. 2018, arXiv 1810.04805), put together from the decoder's own blocks with the causal mask left out::

    x = norm(W_E[token] + W_pos[position] + W_seg[segment])       [pos d_model]
    for each block:                                               post-norm, as in Vaswani et al. 2017
        x = norm(x + attention(x))                                no mask but padding
        x = norm(x + feed_forward(x))

A decoder's row says what comes next; a row here says what its token means in this sentence. Their mean over the
tokens, brought to length 1, is a sentence embedding (Reimers & Gurevych 2019, arXiv 1908.10084), and two sentences are
alike as far as the product of theirs is near 1. Trained by hiding tokens: the head that names a hidden one is kept
where the weights have it (`masked_head`), and sentence encoders such as MiniLM (Wang et al. 2020, arXiv 2002.10957)
have none.

Worked example: with the weights of a BERT of transformers it gives that model's states, and padding changes nothing.

>>> from transformers import BertConfig, BertModel
>>> theirs = BertModel(BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=4,
...                               intermediate_size=32)).eval()
>>> ours = Encoder.from_pretrained(theirs)
>>> ids = torch.arange(5, 12)[None]
>>> with torch.inference_mode():
...     read = ours.read(ids)
...     padded = ours.read(torch.cat([ids, torch.zeros(1, 3, dtype=torch.long)], 1), torch.arange(10)[None] < 7)
...     bool((read.states - theirs(ids).last_hidden_state).abs().max() < 1e-5)
True
>>> bool((padded.states[:, :7] - read.states).abs().max() < 1e-5), tuple(read.patterns.shape)
(True, (2, 1, 4, 7, 7))

The mean is taken over real tokens alone: of the rows (2, 0), (4, 6) and a padded one, (3, 3), or 1/sqrt(2) each.

>>> rows, seen = torch.tensor([[[2.0, 0.0], [4.0, 6.0], [9.0, 9.0]]]), torch.tensor([[True, True, False]])
>>> mean_pooled(rows, seen).tolist(), [round(x, 4) for x in mean_pooled(rows, seen, normalise=True)[0].tolist()]
([[3.0, 3.0]], [0.7071, 0.7071])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.embeddings.learned import LearnedPositions
from explorer.stack.embeddings.token_embedding import TokenEmbedding
from explorer.stack.transformer.attention import Kernel, KernelName
from explorer.stack.transformer.block import Block, Pass, norm_of
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.config_fields import config_and_weights
from explorer.stack.transformer.encoder_config import EncoderConfig
from explorer.stack.transformer.encoder_weights import from_hf, has_masked_head
from explorer.stack.transformer.feed_forward import ACTIVATIONS
from explorer.stack.transformer.few_rows import Linear
from explorer.stack.transformer.hook_points import HookedModule, HookPoint

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel


@dataclass(frozen=True, eq=False)
class Encoded:
    """What an encoder made of its texts, stage by stage."""

    hidden: Float[Tensor, "depth batch pos d_model"]
    """The stream before the first block and after each: depth is n_layers + 1."""
    patterns: Float[Tensor, "layer batch head query key"]
    seen: Bool[Tensor, "batch pos"]
    """False on padding."""

    @property
    def states(self) -> Float[Tensor, "batch pos d_model"]:
        """After the last block."""
        return self.hidden[-1]

    def pooled(self, normalise: bool = True) -> Float[Tensor, "batch d_model"]:
        """One vector a text: the mean of its tokens' states, of length 1 unless told otherwise."""
        return mean_pooled(self.states, self.seen, normalise)


def mean_pooled(
    states: Float[Tensor, "batch pos d_model"], seen: Bool[Tensor, "batch pos"], normalise: bool = False
) -> Float[Tensor, "batch d_model"]:
    """The mean of the rows that are seen; `normalise` divides it by its length."""
    weight = seen[..., None].to(states.dtype)  # batch pos 1
    mean = (states * weight).sum(1) / weight.sum(1)  # batch d_model
    return mean / mean.norm(dim=-1, keepdim=True) if normalise else mean


class MaskedHead(nn.Module):
    """From a state to logits over the vocabulary: a layer, a norm, the embedding table again, and a bias."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[config.activation]
        self.W = Linear(config.d_model, config.d_model)
        self.ln = norm_of(config)
        self.unembed = Linear(config.d_model, config.d_vocab)

    def forward(self, x: Float[Tensor, "batch pos d_model"]) -> Float[Tensor, "batch pos d_vocab"]:
        return self.unembed(self.ln(self.activation(self.W(x))))


class Encoder(HookedModule):
    """Three embeddings, their norm, and a stack of blocks that see both ways."""

    config: EncoderConfig

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config, stack = config, config.stack
        self.embed = TokenEmbedding(stack.d_vocab, stack.d_model)
        self.positions = LearnedPositions(stack.n_ctx, stack.d_model)
        self.segments = TokenEmbedding(config.n_segments, stack.d_model)
        self.ln_embed = norm_of(stack)
        self.hook_embed = HookPoint()  # batch pos d_model
        self.blocks = nn.ModuleList(Block(stack, layer) for layer in range(stack.n_layers))
        if config.masked_head:
            self.masked_head = MaskedHead(stack)
            self.masked_head.unembed.weight = self.embed.weight
        self.name_hook_points()

    @classmethod
    def from_pretrained(
        cls, model: PreTrainedModel | PreTrainedConfig, state: Mapping[str, Tensor] | None = None
    ) -> Encoder:
        """On the weights of a BERT of transformers, or of its config and state dict. Nothing is copied.

        Raises NotApplicableError for another architecture.
        """
        hf, weights = config_and_weights(model, state)
        config = EncoderConfig.from_hf(hf, has_masked_head(weights))
        with torch.device("meta"):
            made = cls(config)
        made.load_state_dict(from_hf(config, weights), assign=True)
        return made.eval().requires_grad_(False)

    def read(
        self,
        ids: Int[Tensor, "batch pos"],
        seen: Bool[Tensor, "batch pos"] | None = None,
        segments: Int[Tensor, "batch pos"] | None = None,
    ) -> Encoded:
        """Read the texts and keep every layer's states and patterns. `seen` is False on padding, at either side."""
        seen = self._seen(ids, seen)
        patterns: dict[int, Tensor] = {}
        hidden = self._run(ids, seen, segments, "eager", patterns)
        return Encoded(torch.stack(hidden), torch.stack([patterns[layer] for layer in sorted(patterns)]), seen)

    def forward(
        self,
        ids: Int[Tensor, "batch pos"],
        seen: Bool[Tensor, "batch pos"] | None = None,
        segments: Int[Tensor, "batch pos"] | None = None,
        kernel: KernelName | Kernel = "sdpa",
    ) -> Float[Tensor, "batch pos d_model"]:
        """The last states alone."""
        return self._run(ids, self._seen(ids, seen), segments, kernel)[-1]

    def embedding(
        self, ids: Int[Tensor, "batch pos"], seen: Bool[Tensor, "batch pos"] | None = None
    ) -> Float[Tensor, "batch d_model"]:
        """A sentence embedding a text: the mean of its tokens' states, of length 1."""
        return mean_pooled(self(ids, seen), self._seen(ids, seen), normalise=True)

    def fill(self, states: Float[Tensor, "batch pos d_model"]) -> Float[Tensor, "batch pos d_vocab"]:
        """Logits of the token at each position, which the text hides from it.

        Raises BadRequestError where the weights have no such head.
        """
        if not self.config.masked_head:
            raise BadRequestError(
                "These weights have no head that names a hidden token.", "Sentence encoders come without it."
            )
        return self.masked_head(states)

    def _seen(self, ids: Tensor, seen: Tensor | None) -> Bool[Tensor, "batch pos"]:
        seen = torch.ones_like(ids, dtype=torch.bool) if seen is None else seen
        if not bool(seen.any(1).all()):
            raise BadRequestError("A text has no token at all.", "Give every text at least one.")
        return seen

    def _run(
        self,
        ids: Tensor,
        seen: Tensor,
        segments: Tensor | None,
        kernel: KernelName | Kernel,
        patterns: dict[int, Tensor] | None = None,
    ) -> list[Float[Tensor, "batch pos d_model"]]:
        """The stream after the embeddings and after each block."""
        positions = (seen.long().cumsum(1) - 1).where(seen, -1)  # batch pos; a text's own, wherever its padding is
        segments = torch.zeros_like(ids) if segments is None else segments
        x = self.embed(ids) + self.segments(segments) + self.positions(positions)
        stream = [self.hook_embed(self.ln_embed(x))]
        at = Pass(positions, kernel, patterns=patterns)
        for block in self.blocks:
            stream.append(block(stream[-1], at))
        return stream
