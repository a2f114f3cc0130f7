"""A vision-language model: patches of a frozen encoder, a connector, and a decoder that reads image tokens and words.

LLaVA (Liu et al. 2023, arXiv 2304.08485) puts the connector's tokens in the decoder's own sequence; Flamingo (Alayrac
et al. 2022, arXiv 2204.14198) leaves the sequence to the text, which attends to the picture before each block. Both
are here, on one decoder::

    x = embed(ids), image tokens at the placeholders          [pos d_model]
    for each block: (x = x + cross_attention(x, picture));  x = block(x)
    loss = cross-entropy of what the model shall say

A text alone is the blind twin: the same decoder, no placeholder, no picture.

>>> from explorer.stack.frontier.vision_language.interleaving import expanded
>>> decoder = DecoderConfig(n_layers=2, d_model=32, n_heads=2, n_kv_heads=2, d_head=16, d_mlp=48, d_vocab=20, n_ctx=32)
>>> config = VisionLanguageConfig(decoder, d_vision=6, rows=4, columns=4, image=2, connector="shuffle")
>>> model = VisionLanguage(config).initialise(torch.Generator().manual_seed(0))
>>> ids = torch.tensor([expanded([1, 2, 7, 8], image=2, count=config.n_tokens)])
>>> tuple(model(ids, torch.randn(1, 4, 4, 6)).shape), config.n_tokens
((1, 7, 20), 4)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.frontier.vision_language.connectors import CrossAttention, Kind, connector, n_tokens
from explorer.stack.frontier.vision_language.interleaving import IGNORED, merged
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses


@dataclass(frozen=True)
class VisionLanguageConfig:
    """A decoder, and how a grid of patches reaches it."""

    decoder: DecoderConfig
    d_vision: int
    rows: int
    columns: int
    image: int
    """The id of the placeholder."""
    connector: Kind | None = "mlp"
    """None: the blind twin."""
    k: int = 2
    n_latents: int = 16

    @property
    def n_tokens(self) -> int:
        """Positions that a picture takes."""
        if self.connector is None:
            return 0
        return n_tokens(self.connector, self.rows, self.columns, self.k, self.n_latents)


@dataclass(frozen=True, eq=False)
class Examples:
    """A batch: padded on the right, where nothing that counts can see it."""

    patches: Float[Tensor, "batch row column d_vision"]
    ids: Int[Tensor, "batch pos"]
    targets: Int[Tensor, "batch pos"]


@dataclass(frozen=True, eq=False)
class Read:
    """A text with its picture, stage by stage."""

    hidden: Float[Tensor, "depth batch pos d_model"]
    """The stream before the first block and after each."""
    patterns: Float[Tensor, "layer batch head query key"]
    logits: Float[Tensor, "batch pos d_vocab"]


class VisionLanguage(nn.Module):
    """Connector and decoder; the encoder stays outside, as it is not trained."""

    def __init__(self, config: VisionLanguageConfig) -> None:
        super().__init__()
        self.config = config
        self.decoder = Decoder(config.decoder)
        d_model = config.decoder.d_model
        if config.connector is not None:
            self.connector = connector(config.connector, config.d_vision, d_model, config.k, config.n_latents)
        crossing = config.decoder.n_layers if config.connector == "cross" else 0
        self.cross = nn.ModuleList(CrossAttention(d_model, d_model) for _ in range(crossing))

    @torch.no_grad()
    def initialise(self, generator: torch.Generator) -> VisionLanguage:
        """The decoder's weights are those of any twin with the same generator; the others follow."""
        self.decoder.initialise(generator)
        for name, weight in self.named_parameters():
            if name.startswith("decoder."):
                continue
            if name.endswith("queries"):
                weight.normal_(0, 0.5, generator=generator)
            elif weight.dim() > 1:
                weight.normal_(0, weight.shape[1] ** -0.5, generator=generator)
            elif name.endswith("bias"):
                weight.zero_()
        return self

    def image_tokens(self, patches: Float[Tensor, "batch row column d_vision"]) -> Float[Tensor, "batch token d_model"]:
        """What the connector makes of the patches."""
        expected = (self.config.rows, self.config.columns, self.config.d_vision)
        if tuple(patches.shape[1:]) != expected:
            raise BadRequestError(f"Patches of {expected} are read, not {tuple(patches.shape[1:])}.")
        return self.connector(patches)

    def forward(
        self, ids: Int[Tensor, "batch pos"], patches: Float[Tensor, "batch row column d_vision"]
    ) -> Float[Tensor, "batch pos d_vocab"]:
        """Logits of every position."""
        return self.decoder.unembedded(self._streams(ids, patches)[-1])

    def read(self, ids: Int[Tensor, "batch pos"], patches: Float[Tensor, "batch row column d_vision"]) -> Read:
        """The same with every stage kept."""
        patterns: dict[int, Tensor] = {}
        hidden = self._streams(ids, patches, patterns)
        kept = torch.stack([patterns[layer] for layer in sorted(patterns)])
        return Read(torch.stack(hidden), kept, self.decoder.unembedded(hidden[-1]))

    def continued(
        self, ids: Int[Tensor, "batch pos"], tokens: Float[Tensor, "batch token d_model"]
    ) -> Float[Tensor, "batch pos d_vocab"]:
        """Logits where the image tokens are given: of a connector that writes them into the sequence."""
        return self.decoder.unembedded(self._through(ids, tokens)[-1])

    def loss(self, batch: Examples) -> Losses:
        """Mean cross-entropy over the targets."""
        x = self._streams(batch.ids, batch.patches)[-1]
        counts = batch.targets != IGNORED
        logits = self.decoder.unembedded(x[counts][None])[0]  # target d_vocab
        return Losses({"lm": F.cross_entropy(logits, batch.targets[counts])})

    def _streams(self, ids: Tensor, patches: Tensor, patterns: dict[int, Tensor] | None = None) -> list[Tensor]:
        tokens = self.image_tokens(patches) if self.config.connector is not None else None
        return self._through(ids, tokens, patterns)

    def _through(self, ids: Tensor, tokens: Tensor | None, patterns: dict[int, Tensor] | None = None) -> list[Tensor]:
        """The stream before the first block and after each."""
        x, at = self.decoder.entered(ids, kernel="sdpa" if patterns is None else "eager")
        at.patterns = patterns
        if tokens is not None and not self.cross:
            x = merged(x, ids, self.config.image, tokens)
        streams = [x]
        for layer, block in enumerate(self.decoder.blocks):
            if self.cross and tokens is not None:
                x = self.cross[layer](x, tokens)
            x = block(x, at)
            streams.append(x)
        return streams
