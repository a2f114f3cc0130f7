"""Which tensors a training step of the decoder keeps for its backward pass, one by one, from its shape alone.

An operation keeps what its gradient reads: a product its input (its weight is there anyway), a norm what it divides and
by what, a rotation cos and sin, SiLU its input, a gate both its factors. With n = batch x length tokens of d numbers, H
query and G key-value heads of h, a feed-forward width f::

    norm             n d   n   n d                 what is divided, by what, and the result before its weight
    attention        n d                           read by W_Q, W_K and W_V alike
                     n H h   n G h   n G h         q, k, v
      fused          n H   n H h                   log-sum-exp of each query's scores, and z
      eager          n G h -> n H h twice          k and v, once a query head
                     batch H length²               the softmax
                     n H h                         z, read by W_O
    feed-forward     n d   n f ...                 its input; the hidden rows: 4 f with a gate, 2 f without
    loss             n d   d_vocab d               the gradients of the last stream and of the unembedding

times the bytes of each. Products in 16 bits keep a 16-bit copy of each weight too, while norms stay in float32.

Worked example: one block of d = 8, two heads of 4 that share a key-value head, f = 16, SwiGLU, 1 x 10 tokens, float32:
a norm keeps 320 + 40 + 320 bytes, the feed-forward layer 320 and four times 640.

>>> config = DecoderConfig(1, 8, 2, 1, 4, 16, 32, 16)
>>> kept = saved(config, Step(batch=1, length=10))
>>> [each.bytes for each in kept if each.module == "blocks.0.ln1"]
[320, 40, 320]
>>> sum(each.bytes for each in kept if each.module.startswith("blocks.0.mlp"))
2880
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from explorer.errors import NotApplicableError
from explorer.stack.pretraining.checkpointing import Policy
from explorer.stack.transformer.attention import KernelName
from explorer.stack.transformer.config import DecoderConfig

SINGLE, LONG, BOOLEAN = 4, 8, 1


@dataclass(frozen=True)
class Step:
    """One training step, as far as its memory goes."""

    batch: int
    length: int
    """Tokens of a sequence that are read; one more is a target."""
    item: int = SINGLE
    """Bytes of a number in the matrix products: 4, or 2 in bfloat16 and float16."""
    kernel: KernelName = "sdpa"
    policy: Policy = "none"

    @property
    def tokens(self) -> int:
        return self.batch * self.length


@dataclass(frozen=True)
class Kept:
    """One tensor that is kept."""

    module: str
    """That keeps it, by its path."""
    name: str
    shape: tuple[int, ...]
    item: int

    @property
    def bytes(self) -> int:
        return prod(self.shape) * self.item


def check_counted(config: DecoderConfig) -> None:
    """Raises NotApplicableError for a decoder whose tensors are not counted here."""
    others = {
        "experts": config.n_experts > 0,
        "a norm after each sublayer": config.placement != "pre",
        "no residual path": not config.residual,
        "QK-norm": config.qk_norm,
        "a sliding window": any(config.windows),
        "capped scores or logits": config.score_cap is not None or config.logit_cap is not None,
        f"{config.positions} positions": config.positions not in ("rope", "learned", "none"),
        "ReLU": config.activation == "relu",  # it keeps its output, as what reads it does
        "an offset in its norms": config.norm_offset != 0,
        "a rotation of part of a head": config.rope is not None and config.rope.d_rotary != config.d_head,
        "a scaled input or output": config.embed_scale != 1 or config.logit_scale != 1,
    }
    if strange := [name for name, there in others.items() if there]:
        raise NotApplicableError(
            f"This model has {strange[0]}, whose saved tensors are not counted here.",
            "Choose the shape of your own, or a Llama or GPT-2 such as SmolLM2.",
        )


def saved(config: DecoderConfig, step: Step) -> tuple[Kept, ...]:
    """Every tensor that the step keeps, no weight counted, none twice. Raises NotApplicableError."""
    check_counted(config)
    return tuple(_saved(config, step))


def _saved(config: DecoderConfig, step: Step) -> Iterator[Kept]:
    n, d = step.tokens, config.d_model
    yield Kept("embed", "token ids", (step.batch, step.length + 1), LONG)
    if config.positions == "learned":
        yield Kept("positions", "positions", (step.batch, step.length), LONG)
    for layer in range(config.n_layers):
        yield from _block(config, step, layer)
    yield from _norm("ln_final", config, step)
    yield Kept("", "gradient of the last stream", (n, d), step.item)
    yield Kept("", "gradient of the unembedding", (config.d_vocab, d), SINGLE)


def _norm(module: str, config: DecoderConfig, step: Step) -> Iterator[Kept]:
    rows = (step.batch, step.length, config.d_model)
    yield Kept(module, "input" if config.norm == "rms" else "input less its mean", rows, SINGLE)
    yield Kept(module, "root mean square" if config.norm == "rms" else "deviation", rows[:2], SINGLE)
    yield Kept(module, "normalised", rows, SINGLE)


def _linear(module: str, rows: int, columns: int, step: Step, reads: str = "") -> Iterator[Kept]:
    """A product: a copy of its weight where that has another type, and its input where no other has kept it."""
    if step.item != SINGLE:
        yield Kept(module, "16-bit weight", (rows, columns), step.item)
    if reads:
        yield Kept(module, reads, (step.batch, step.length, columns), step.item)


def _block(config: DecoderConfig, step: Step, layer: int) -> Iterator[Kept]:
    path = f"blocks.{layer}"
    rows = (step.batch, step.length, config.d_model)
    if step.policy == "full":
        yield Kept(path, "block’s input", rows, SINGLE)
        return
    yield from _norm(f"{path}.ln1", config, step)
    yield from _attention(config, step, layer)
    yield from _norm(f"{path}.ln2", config, step)
    if step.policy == "feed-forward":
        yield Kept(f"{path}.mlp", "layer’s input", rows, step.item)
        return
    yield from _feed_forward(config, step, f"{path}.mlp")


def _attention(config: DecoderConfig, step: Step, layer: int) -> Iterator[Kept]:
    path, b, s, item = f"blocks.{layer}.attn", step.batch, step.length, step.item
    heads, shared, h = config.n_heads, config.n_kv_heads, config.d_head
    d, z = config.d_model, heads * h
    yield from _linear(f"{path}.W_Q", z, d, step, "normalised, weighed")
    yield from _linear(f"{path}.W_K", shared * h, d, step)
    yield from _linear(f"{path}.W_V", shared * h, d, step)
    if config.positions == "rope" and (item != SINGLE or layer == 0):  # one pair for all layers, but for its copies
        for whose in ("queries’", "keys’") if item != SINGLE else ("",):
            yield Kept(path, f"{whose} cosines".strip(), (b, s, h), item)
            yield Kept(path, f"{whose} sines".strip(), (b, s, h), item)
    repeated = heads if step.kernel == "eager" and step.policy != "attention" else shared
    yield Kept(path, "q", (b, heads, s, h), item)
    yield Kept(path, "k", (b, repeated, s, h), item)
    yield Kept(path, "v", (b, repeated, s, h), item)
    if step.policy != "attention":
        yield from _core(path, config, step)
    yield from _linear(f"{path}.W_O", d, z, step, "z" if step.kernel == "eager" or step.policy == "attention" else "")


def _core(path: str, config: DecoderConfig, step: Step) -> Iterator[Kept]:
    """What lies between q, k, v and z."""
    b, heads, s, item = step.batch, config.n_heads, step.length, step.item
    if step.kernel == "sdpa":
        yield Kept(path, "log-sum-exp", (b, heads, s), SINGLE)
        yield Kept(path, "z", (b, heads, s, config.d_head), item)
        return
    yield Kept(path, "mask", (1, 1, s, s), BOOLEAN)
    yield Kept(path, "softmax", (b, heads, s, s), SINGLE)
    if item != SINGLE:
        yield Kept(path, "pattern, in 16 bits", (b, heads, s, s), item)


def _feed_forward(config: DecoderConfig, step: Step, path: str) -> Iterator[Kept]:
    d, f = config.d_model, config.d_mlp
    rows = (step.batch, step.length, f)
    yield from _linear(f"{path}.{'W_gate' if config.gated else 'W_in'}", f, d, step, "normalised, weighed")
    yield Kept(path, "before the activation", rows, step.item)
    if config.gated:
        yield from _linear(f"{path}.W_in", f, d, step)
        yield Kept(path, "other branch", rows, step.item)
        yield Kept(path, "gate", rows, step.item)
    yield from _linear(f"{path}.W_out", d, f, step, "hidden")
