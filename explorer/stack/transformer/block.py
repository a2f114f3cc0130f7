"""A block: attention moves information between positions, the feed-forward layer works on each; both add to the stream.

Pre-norm (Xiong et al. 2020, arXiv 2002.04745) reads a normalised copy and leaves the stream itself alone, which is why
depth can be trained; post-norm, the original (Vaswani et al. 2017), normalises the stream after each addition; Gemma's
sandwich normalises what is read and what is written. `Placement` in the config says which::

    pre       x + f(norm(x))
    post      norm(x + f(x))
    sandwich  x + norm'(f(norm(x)))

The x + is the residual path (He et al. 2015, arXiv 1512.03385). With `residual` off in the config it is left out: each
sublayer then reads what the last one wrote and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.embeddings import alibi
from explorer.stack.embeddings.rope import RopeConfig, rotate
from explorer.stack.transformer.attention import Bias, Hook, Kernel, KernelName, Visibility, kernel_of, unchanged
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.feed_forward import FeedForward
from explorer.stack.transformer.few_rows import Linear, as_read
from explorer.stack.transformer.hook_points import HookPoint
from explorer.stack.transformer.kv_cache import KVCache
from explorer.stack.transformer.norms import LayerNorm, RMSNorm
from explorer.stack.transformer.router import Routing
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward
from explorer.stack.transformer.written_out import rotated

Rotation = tuple[Float[Tensor, "batch pos d_head"], Float[Tensor, "batch pos d_head"]]


@dataclass(eq=False)
class Pass:
    """What all layers of one forward pass share."""

    positions: Int[Tensor, "batch pos"]
    kernel: KernelName | Kernel = "sdpa"
    cache: KVCache | None = None
    rotations: dict[RopeConfig, Rotation] = field(default_factory=dict)
    """cos and sin, one pair for each rotation that the layers use."""
    slopes: Float[Tensor, " head"] | None = None
    """ALiBi's."""
    relative: Callable[[Tensor, Tensor], Tensor] | None = None
    """From the positions of queries and keys, what is added to the scores: T5's `RelativeBuckets`."""
    compute: torch.dtype | None = None
    """The type of the matrix products, the stream's own if None. Stream, norms and routers keep the stream's type."""
    patterns: dict[int, Tensor] | None = None
    """If given, every layer leaves its pattern here, batch head query key: a record of this pass alone."""
    routings: list[Routing] | None = None
    """If given, every layer of experts leaves here what its router decided."""
    written_out: bool = False
    """Backward passes that are written out, where nobody looks at what lies between (`written_out`)."""
    in_order: bool = False
    """Positions count from 0 and nothing is cached: known without a look at them."""
    _seen: dict[int | None, tuple[Tensor, Visibility]] = field(default_factory=dict)
    _penalty: alibi.Penalty | None = None

    def through(self, layer: nn.Module, x: Tensor) -> Tensor:
        """The layer, with its written-out backward pass where it has one: what stands in a layer's place has none."""
        if self.written_out and isinstance(layer, FeedForward | RMSNorm | LayerNorm):
            return layer(x, written_out=True)
        return layer(x)

    def cast(self, x: Float[Tensor, "*rows d"]) -> Float[Tensor, "*rows d"]:
        """What a product reads."""
        return x if self.compute is None else x.to(self.compute)

    def visible(self, key: Int[Tensor, "batch key"], window: int | None, causal: bool) -> Visibility:
        """Computed once for all layers whose keys lie in the same positions."""
        last = self._seen.get(window)
        if last is None or not (last[0] is key or torch.equal(last[0], key)):
            seen = Visibility.of(self.positions, key, window, causal) if not (self.in_order and causal) else None
            last = self._seen[window] = (key, seen or Visibility.in_order(key.shape[1], window))
        return last[1]

    def bias(self, key: Int[Tensor, "batch key"]) -> Bias | None:
        """What the scores get from positions alone."""
        if self.relative is not None:
            return self.relative(self.positions, key)
        if self.slopes is not None and (self._penalty is None or not torch.equal(self._penalty.key, key)):
            self._penalty = alibi.Penalty(self.slopes, self.positions, key)
        return self._penalty


def norm_of(config: DecoderConfig) -> RMSNorm | LayerNorm:
    """A norm over the stream, of the kind that the config names."""
    if config.norm == "layer":
        return LayerNorm(config.d_model, config.eps)
    return RMSNorm(config.d_model, config.eps, config.norm_offset)


class Attention(nn.Module):
    """Queries, keys and values of one layer, their rotation, the kernel, and the output projection."""

    def __init__(self, config: DecoderConfig, layer: int) -> None:
        super().__init__()
        self.config, self.layer = config, layer
        d, h, kv, dh = config.d_model, config.n_heads, config.n_kv_heads, config.d_head
        self.W_Q = Linear(d, h * dh, bias=config.attention_bias)
        self.W_K = Linear(d, kv * dh, bias=config.attention_bias)
        self.W_V = Linear(d, kv * dh, bias=config.attention_bias)
        self.W_O = Linear(h * dh, d, bias=bool(config.output_bias))
        if config.qk_norm:
            self.q_norm = RMSNorm(dh, config.eps, config.norm_offset)
            self.k_norm = RMSNorm(dh, config.eps, config.norm_offset)
        self.hook_q, self.hook_k, self.hook_v = HookPoint(), HookPoint(), HookPoint()  # batch pos head d_head
        self.hook_cos, self.hook_sin = HookPoint(), HookPoint()  # batch pos d_rotary
        self.hook_rot_q, self.hook_rot_k = HookPoint(), HookPoint()  # batch pos head d_head; as the kernel reads them
        self.hook_attn_scores, self.hook_pattern = HookPoint(), HookPoint()  # batch head query key
        self.hook_z = HookPoint()  # batch pos head d_head

    def projected(self, x: Float[Tensor, "batch pos d_model"], at: Pass) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, batch head pos d_head, as the kernel reads them: rotated."""
        config, read = self.config, as_read(x, self.W_Q, self.W_K, self.W_V)
        q = self.hook_q(self._heads(self.W_Q(read)).to(x.dtype))  # batch pos head d_head
        k = self.hook_k(self._heads(self.W_K(read)).to(x.dtype))  # batch pos kv_head d_head
        v = self.hook_v(self._heads(self.W_V(read)).to(x.dtype)).transpose(1, 2)  # batch kv_head pos d_head
        if config.qk_norm:
            q, k = at.through(self.q_norm, q), at.through(self.k_norm, k)
        q, k = q.transpose(1, 2), k.transpose(1, 2)  # batch head pos d_head
        rope = config.rope_of(self.layer)
        if rope is not None:
            cos, sin = self.hook_cos(at.rotations[rope][0]), self.hook_sin(at.rotations[rope][1])
            turn = rotated if at.written_out else rotate
            q, k = turn(q, cos, sin, rope.layout), turn(k, cos, sin, rope.layout)
        return self._through(self.hook_rot_q, q), self._through(self.hook_rot_k, k), v

    def forward(self, x: Float[Tensor, "batch pos d_model"], at: Pass) -> Float[Tensor, "batch pos d_model"]:
        config = self.config
        q, k, v = self.projected(x, at)
        keys = at.positions
        if at.cache is not None:
            held = at.cache.update(self.layer, k, v, at.positions)
            k, v, keys = held.k, held.v, held.positions
        visible = at.visible(keys, config.windows[self.layer], config.causal)
        bias = at.bias(keys)  # batch head query key

        observed = at.patterns is not None or (at.cache is not None and at.cache.wants_pattern)
        kernel = kernel_of("eager" if observed else at.kernel)
        done = kernel(q, k, v, visible, config.attention_scale, bias, config.score_cap, *self._stage_hooks())
        if observed and done.pattern is not None:
            if at.patterns is not None:
                at.patterns[self.layer] = done.pattern
            if at.cache is not None and at.cache.wants_pattern:
                at.cache.observe(self.layer, done.pattern)
        z = self.hook_z(done.z.transpose(1, 2))  # batch pos head d_head
        return self.W_O(z.flatten(2))

    def _heads(self, x: Float[Tensor, "batch pos heads_x_d_head"]) -> Float[Tensor, "batch pos heads d_head"]:
        return x.unflatten(-1, (-1, self.config.d_head))

    @staticmethod
    def _through(hook: Hook, x: Float[Tensor, "batch head pos d_head"]) -> Float[Tensor, "batch head pos d_head"]:
        """Past a hook point that sees positions before heads."""
        return hook(x.transpose(1, 2)).transpose(1, 2)

    def _stage_hooks(self) -> tuple[Hook, Hook]:
        """Hooks on scores and pattern, only if somebody listens: a fused kernel has no such stages."""
        points = self.hook_attn_scores, self.hook_pattern
        return points if any(p.fwd_hooks for p in points) else (unchanged, unchanged)


def feed_forward_of(config: DecoderConfig) -> FeedForward | SparseFeedForward:
    """What the config asks for: one feed-forward layer, or experts and their router."""
    if config.n_experts:
        return SparseFeedForward(config.d_model, config.d_mlp, config.n_experts, config.k, config.n_shared)
    return FeedForward(config.d_model, config.d_mlp, config.activation, config.gated, config.mlp_bias)


class Block(nn.Module):
    """One layer: attention, then the feed-forward layer, each with its norms."""

    def __init__(self, config: DecoderConfig, layer: int) -> None:
        super().__init__()
        self.placement, self.residual = config.placement, config.residual
        self.ln1, self.ln2 = norm_of(config), norm_of(config)
        if config.placement == "sandwich":
            self.ln1_post, self.ln2_post = norm_of(config), norm_of(config)
        self.attn = Attention(config, layer)
        self.mlp = feed_forward_of(config)
        self.hook_resid_pre, self.hook_resid_mid, self.hook_resid_post = HookPoint(), HookPoint(), HookPoint()
        self.hook_attn_out, self.hook_mlp_out = HookPoint(), HookPoint()  # all: batch pos d_model

    def forward(self, x: Float[Tensor, "batch pos d_model"], at: Pass) -> Float[Tensor, "batch pos d_model"]:
        x = self.hook_resid_pre(x)
        x = self._add(x, at, lambda y: self.attn(at.cast(y), at), "ln1", self.hook_attn_out)
        x = self.hook_resid_mid(x)
        x = self._add(x, at, lambda y: self._feed_forward(y, at), "ln2", self.hook_mlp_out)
        return self.hook_resid_post(x)

    def _feed_forward(self, x: Float[Tensor, "batch pos d_model"], at: Pass) -> Float[Tensor, "batch pos d_model"]:
        if isinstance(self.mlp, SparseFeedForward):
            return self.mlp(x, at.compute, at.routings)
        return at.through(self.mlp, at.cast(x))

    def _add(self, x: Tensor, at: Pass, sublayer: Callable[[Tensor], Tensor], norm: str, hook: Hook) -> Tensor:
        """The stream with one sublayer's output, the norm where its placement puts it."""
        ln = getattr(self, norm)
        if self.placement == "post":
            return at.through(ln, self._joined(x, hook(sublayer(x))))
        written = sublayer(at.through(ln, x))
        if self.placement == "sandwich":
            written = at.through(getattr(self, f"{norm}_post"), written)
        return self._joined(x, hook(written))

    def _joined(self, x: Tensor, written: Tensor) -> Tensor:
        """What was written, on top of the stream where there is a residual path."""
        return x + written if self.residual else written
