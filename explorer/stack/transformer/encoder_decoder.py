"""The encoder-decoder: one stack of blocks reads a text as a whole, another writes, and looks into it at every layer.

The original transformer (Vaswani et al. 2017, arXiv 1706.03762), T5 (Raffel et al. 2019, arXiv 1910.10683) and BART
(Lewis et al. 2019, arXiv 1910.13461) are of this kind. It is put together from the decoder's own parts::

    memory = encoder(source)              the same blocks, but every position sees every other
    for each block of the decoder:        x is what was written so far
        x += attention(norm(x))           causal, with a cache, as in a decoder
        x += cross(norm(x), memory)       queries from x, keys and values from the memory: no mask but padding
        x += feed_forward(norm(x))
    logits = unembed(norm(x))

The memory is computed once; its keys and values in each layer too, so that a new token costs one row of queries.

Worked example: with the weights of a T5 of transformers it gives that model's logits, and token by token the same.

>>> from transformers import T5Config, T5ForConditionalGeneration
>>> theirs = T5ForConditionalGeneration(T5Config(vocab_size=50, d_model=16, d_kv=4, d_ff=32, num_layers=2, num_heads=4))
>>> ours = EncoderDecoder.from_pretrained(theirs.eval())
>>> source, target = torch.arange(2, 9)[None], torch.tensor([[0, 5, 9]])
>>> with torch.inference_mode():
...     logits = ours(source, target)
...     bool((logits - theirs(source, decoder_input_ids=target).logits).abs().max() < 1e-5)
True
>>> from explorer.stack.transformer.kv_cache import ContiguousCache
>>> memory, cache = ours.encode(source), ContiguousCache(ours.config.decoder, 1, capacity=3)
>>> steps = [ours.decode(target[:, i : i + 1], memory, cache) for i in range(3)]
>>> bool((torch.cat(steps, 1) - logits).abs().max() < 1e-5)
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.embeddings.learned import LearnedPositions
from explorer.stack.embeddings.relative_buckets import RelativeBuckets
from explorer.stack.embeddings.sinusoidal import sinusoidal
from explorer.stack.embeddings.token_embedding import TokenEmbedding
from explorer.stack.transformer.attention import Kernel, KernelName, Visibility, kernel_of, unchanged
from explorer.stack.transformer.block import Block, Pass, norm_of
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.config_fields import config_and_weights
from explorer.stack.transformer.encoder_decoder_config import EncoderDecoderConfig
from explorer.stack.transformer.encoder_decoder_weights import from_hf
from explorer.stack.transformer.few_rows import Linear
from explorer.stack.transformer.hook_points import HookedModule, HookPoint
from explorer.stack.transformer.kv_cache import KVCache

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel


@dataclass(eq=False)
class Memory:
    """What the encoder made of the source."""

    states: Float[Tensor, "batch source d_model"]
    positions: Int[Tensor, "batch source"]
    """-1 marks padding, which is not looked at."""
    _kept: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def keys_values(
        self, layer: int, made: Callable[[Tensor], tuple[Tensor, Tensor]]
    ) -> tuple[Float[Tensor, "batch head source d_head"], Float[Tensor, "batch head source d_head"]]:
        """A decoder layer's keys and values of the source, made when first asked for."""
        if layer not in self._kept:
            self._kept[layer] = made(self.states)
        return self._kept[layer]


@dataclass(eq=False)
class Reading(Pass):
    """A pass of the decoder with the memory that it looks into."""

    memory: Memory | None = None


class CrossAttention(nn.Module):
    """Queries from what was written, keys and values from the memory. No position enters, and nothing is causal."""

    def __init__(self, config: DecoderConfig, layer: int) -> None:
        super().__init__()
        self.config, self.layer = config, layer
        d, h, kv, dh = config.d_model, config.n_heads, config.n_kv_heads, config.d_head
        self.W_Q = Linear(d, h * dh, bias=config.attention_bias)
        self.W_K = Linear(d, kv * dh, bias=config.attention_bias)
        self.W_V = Linear(d, kv * dh, bias=config.attention_bias)
        self.W_O = Linear(h * dh, d, bias=bool(config.output_bias))
        self.hook_pattern = HookPoint()  # batch head query source

    def forward(
        self, x: Float[Tensor, "batch pos d_model"], memory: Memory, at: Pass
    ) -> Float[Tensor, "batch pos d_model"]:
        q = self._heads(self.W_Q(x))  # batch head pos d_head
        k, v = memory.keys_values(self.layer, lambda s: (self._heads(self.W_K(s)), self._heads(self.W_V(s))))
        visible = Visibility.of(at.positions, memory.positions, causal=False)
        watched = bool(self.hook_pattern.fwd_hooks)
        kernel, hook = kernel_of("eager" if watched else at.kernel), self.hook_pattern if watched else unchanged
        z = kernel(q, k, v, visible, self.config.attention_scale, on_pattern=hook).z  # batch head pos d_head
        return self.W_O(z.transpose(1, 2).flatten(2))

    def _heads(self, x: Float[Tensor, "batch pos heads_x_d_head"]) -> Float[Tensor, "batch head pos d_head"]:
        return x.unflatten(-1, (-1, self.config.d_head)).transpose(1, 2)


class CrossBlock(Block):
    """A decoder's block with a look into the memory between its attention and its feed-forward layer."""

    def __init__(self, config: DecoderConfig, layer: int) -> None:
        super().__init__(config, layer)
        self.ln_cross = norm_of(config)
        if config.placement == "sandwich":
            self.ln_cross_post = norm_of(config)
        self.cross = CrossAttention(config, layer)
        self.hook_cross_out = HookPoint()  # batch pos d_model

    def forward(self, x: Float[Tensor, "batch pos d_model"], at: Pass) -> Float[Tensor, "batch pos d_model"]:
        assert isinstance(at, Reading)
        assert at.memory is not None
        memory = at.memory
        x = self.hook_resid_pre(x)
        x = self._add(x, at, lambda y: self.attn(at.cast(y), at), "ln1", self.hook_attn_out)
        x = self._add(x, at, lambda y: self.cross(at.cast(y), memory, at), "ln_cross", self.hook_cross_out)
        x = self.hook_resid_mid(x)
        x = self._add(x, at, lambda y: self._feed_forward(y, at), "ln2", self.hook_mlp_out)
        return self.hook_resid_post(x)


class Stack(nn.Module):
    """Positions, blocks and last norm of one side."""

    def __init__(self, whole: EncoderDecoderConfig, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        if config.positions == "learned":
            self.positions = LearnedPositions(config.n_ctx, config.d_model, whole.position_offset)
        if whole.embed_norm:
            self.ln_embed = norm_of(config)
        if whole.buckets:
            self.relative = RelativeBuckets(config.n_heads, whole.buckets, whole.longest, config.causal)
        kind = CrossBlock if config.causal else Block
        self.blocks = nn.ModuleList(kind(config, layer) for layer in range(config.n_layers))
        if config.placement != "post":
            self.ln_final = norm_of(config)

    def forward(self, x: Float[Tensor, "batch pos d_model"], at: Pass) -> Float[Tensor, "batch pos d_model"]:
        if self.config.positions == "learned":
            x = x + self.positions(at.positions)
        elif self.config.positions == "sinusoidal":
            x = x + sinusoidal(at.positions.clamp(min=0), self.config.d_model)
        if hasattr(self, "ln_embed"):
            x = self.ln_embed(x)
        if hasattr(self, "relative"):
            at = replace(at, relative=_once(self.relative))
        for block in self.blocks:
            x = block(x, at)
        return self.ln_final(x) if self.config.placement != "post" else x


def _once(relative: RelativeBuckets) -> Callable[[Tensor, Tensor], Tensor]:
    """The bias is the same in all layers of a pass: computed for the first of them."""
    last: list[tuple[Tensor, Tensor]] = []

    def bias(query: Tensor, key: Tensor) -> Tensor:
        if not last or last[0][0].shape != key.shape or not torch.equal(last[0][0], key):
            last[:] = [(key, relative(query, key))]
        return last[0][1]

    return bias


class EncoderDecoder(HookedModule):
    """Two stacks on one embedding."""

    config: EncoderDecoderConfig

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        self.config = config
        one = config.decoder
        self.embed = TokenEmbedding(one.d_vocab, one.d_model, one.embed_scale)
        self.encoder, self.decoder = Stack(config, config.encoder), Stack(config, one)
        self.unembed = Linear(one.d_model, one.d_vocab, bias=False)
        if one.tied:
            self.unembed.weight = self.embed.weight
        self.name_hook_points()

    @classmethod
    def from_pretrained(
        cls, model: PreTrainedModel | PreTrainedConfig, state: Mapping[str, Tensor] | None = None
    ) -> EncoderDecoder:
        """On the weights of a T5 or BART of transformers, or of its config and state dict. Nothing is copied.

        Raises NotApplicableError for another architecture.
        """
        hf, weights = config_and_weights(model, state)
        config = EncoderDecoderConfig.from_hf(hf)
        with torch.device("meta"):
            made = cls(config)
        made.load_state_dict(from_hf(config, weights), assign=True)
        return made.eval().requires_grad_(False)

    def encode(
        self,
        ids: Int[Tensor, "batch source"],
        positions: Int[Tensor, "batch source"] | None = None,
        kernel: KernelName | Kernel = "sdpa",
    ) -> Memory:
        """Read the source. `positions` default to 0, 1, ..; -1 marks padding."""
        if positions is None:
            positions = torch.arange(ids.shape[1], device=ids.device).expand(ids.shape)  # batch source
        return Memory(self.encoder(self.embed(ids), Pass(positions, kernel)), positions)

    def decode(
        self,
        ids: Int[Tensor, "batch pos"],
        memory: Memory,
        cache: KVCache | None = None,
        kernel: KernelName | Kernel = "sdpa",
    ) -> Float[Tensor, "batch pos d_vocab"]:
        """Logits after each token of what was written. The cache holds the self-attention of earlier calls."""
        start = cache.seen if cache is not None else 0
        positions = torch.arange(start, start + ids.shape[1], device=ids.device).expand(ids.shape)  # batch pos
        x = self.decoder(self.embed(ids), Reading(positions, kernel, cache, memory=memory))
        return self.unembed(x * self.config.logit_scale if self.config.logit_scale != 1 else x)

    def forward(
        self,
        source: Int[Tensor, "batch source"],
        target: Int[Tensor, "batch pos"],
        source_positions: Int[Tensor, "batch source"] | None = None,
        kernel: KernelName | Kernel = "sdpa",
    ) -> Float[Tensor, "batch pos d_vocab"]:
        """Logits after each token of the target, given the source."""
        return self.decode(target, self.encode(source, source_positions, kernel), kernel=kernel)
