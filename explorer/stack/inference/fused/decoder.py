"""The decoder arranged for one token at a time, as fast as the cores read its weights.

A `FusedDecoder` is called like the decoder that it is made from. A prompt, a batch or another kind of cache it hands on
to that decoder, on the same packed matrices; a few tokens that continue one row of a contiguous cache it reads itself::

    fast = FusedDecoder(decoder, "q4_1")
    Engine(fast).generate([ids], 100)

The weights are copied once into the order in which a step reads them (`fused.weights`), in any format of
`stack.systems.quantization`. A step is one compiled loop (`fused.step`) over those bytes, on a team of threads
(`fused.team`). Only the weights are rounded, never what flows between them: the logits are those of
`quantized(decoder, packed)` but for the order of sums, of a prompt as of a step; a short prompt is read in steps of
several tokens where the matrices would have to be unpacked for it.

Memory sets the bound: a token takes at least as long as its weights' bytes take to arrive.

>>> tokens_per_second(weight_bytes=538e6, memory_bytes_per_second=32e9)  # SmolLM2-135M in float32
59.5
>>> tokens_per_second(weight_bytes=98e6, memory_bytes_per_second=32e9)  # in Q4_1
326.5
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor, nn

from explorer.errors import NotApplicableError
from explorer.stack.embeddings.rope import RopeConfig, rotation
from explorer.stack.embeddings.rope_scaling import DynamicNTK
from explorer.stack.systems.attention_kernels import by_length
from explorer.stack.systems.quantization.format import Packed
from explorer.stack.systems.quantization.formats import named
from explorer.stack.systems.quantization.matrices import PackedLinear, packed_in, quantized
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.kv_cache import ContiguousCache, KVCache

if TYPE_CHECKING:
    from explorer.stack.inference.fused.products import Weights
    from explorer.stack.inference.fused.step import Model
    from explorer.stack.transformer.decoder import Decoder

#: The format of a vocabulary's matrix whose model has fewer bits.
UNEMBED = "q8_0"
#: More threads than this find no work between two meetings.
MOST_THREADS = 8
#: More tokens than this are read faster in one pass of the decoder; of a packed one, whose matrices are unpacked first.
MOST_TOKENS, MOST_PACKED_TOKENS = 4, 48
#: Of them, so many go through a layer side by side.
TOGETHER = 16


def tokens_per_second(weight_bytes: float, memory_bytes_per_second: float) -> float:
    """The most that memory allows when every token reads all weights."""
    return round(memory_bytes_per_second / weight_bytes, 1)


class FusedDecoder:
    """For one row at a time: a call with another cache continues that one.

    weights: a format by name for all matrices, "float32", or packed matrices by their names; the rest stays as it is.
    capacity: tokens for which room is made now; a larger cache makes more.
    threads: of the team; as many as torch uses, by default and at most.
    Raises NotApplicableError for a decoder that is put together otherwise than Llama's or Gemma 3's type.
    """

    def __init__(
        self,
        decoder: Decoder,
        weights: str | Mapping[str, Packed] = "float32",
        capacity: int = 1024,
        threads: int | None = None,
    ) -> None:
        # The compiler is loaded only where it is used.
        from explorer.stack.inference.fused.step import State, tokens
        from explorer.stack.inference.fused.team import team_of

        check(decoder.config)
        self.config = decoder.config
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        most = min(torch.get_num_threads(), cores, MOST_THREADS)
        self.threads = max(1, min(threads or most, most))
        self._team, self._tokens, self._state_of = team_of(self.threads), tokens, State
        packed = in_format(decoder, weights) if isinstance(weights, str) else weights
        self.decoder, self._most = quantized(decoder, packed), MOST_PACKED_TOKENS if packed else MOST_TOKENS
        self._model, self._embed = arranged(self.decoder), self.decoder.embed
        self._keys: Tensor | None = None
        self._one_at_a_time = threading.Lock()
        self._make_room(capacity)

    @property
    def nbytes(self) -> int:
        """Of the weights that a step reads."""
        return sum(part.memory.nbytes for part in self.weights)

    @property
    def weights(self) -> tuple[Weights, ...]:
        """Of all matrices, in the order in which a step reads those of a layer; the vocabulary's last."""
        model = self._model
        return (model.q, model.k, model.v, model.out, model.gate, model.up, model.down, model.unembed)

    def __call__(
        self,
        ids: Int[Tensor, "batch pos"],
        positions: Int[Tensor, "batch pos"] | None = None,
        cache: KVCache | None = None,
        *,
        last_only: bool = False,
    ) -> Float[Tensor, "batch pos_out d_vocab"]:
        """Logits, as `Decoder` gives them; keys and values are then in the cache."""
        if not self._continues(ids, positions, cache):
            return self.decoder(ids, positions, cache=cache, kernel=by_length, last_only=last_only)
        assert isinstance(cache, ContiguousCache)
        # Each of torch's calls takes 5 to 15 us here: a step has put its code out of the processor's caches.
        with self._one_at_a_time:
            if cache.keys is not self._keys:
                if cache.capacity > self.capacity:
                    self._make_room(cache.capacity)
                held = cache.keys.numpy(), cache.values.numpy()
                self._keys, self._state = cache.keys, self._state_of(self._model, *self._rotations, *held, self._work)
            if positions is None:
                positions = torch.arange(cache.seen, cache.seen + ids.shape[1])[None]
            parts = [(ids, positions)]
            if ids.shape[1] > TOGETHER:
                parts = list(zip(ids.split(TOGETHER, 1), positions.split(TOGETHER, 1), strict=True))
            logits = [self._step(cache, *part, 1 if last_only else part[0].shape[1]) for part in parts]
        return torch.from_numpy(logits[-1] if last_only or len(logits) == 1 else np.concatenate(logits, 1))

    def _continues(
        self, ids: Int[Tensor, "batch pos"], positions: Int[Tensor, "batch pos"] | None, cache: KVCache | None
    ) -> bool:
        """Whether these are the next tokens of one row, few and kept in float32."""
        if type(cache) is not ContiguousCache or cache.batch != 1 or cache.keys.dtype != torch.float32:
            return False
        if ids.shape[1] > self._most:
            return False
        return positions is None or positions.tolist() == [list(range(cache.seen, cache.seen + ids.shape[1]))]

    def _step(
        self, cache: ContiguousCache, ids: Int[Tensor, "1 token"], positions: Int[Tensor, "1 token"], wanted: int
    ) -> Float32[np.ndarray, "1 wanted d_vocab"]:
        slot, _ = cache.claim(positions)
        if self._model.embed is None:
            self._work.x[:, : ids.shape[1]] = self._embed(ids[0]).numpy()
        self._team.run(self._tokens, self._state, slot, ids.numpy()[0], wanted)
        return self._work.logits[None, :wanted, : self.config.d_vocab].copy()

    def _make_room(self, capacity: int) -> None:
        """The rotations of all positions, and arrays for what a step computes on its way."""
        from explorer.stack.inference.fused.work import work_for

        config, self.capacity = self.config, capacity
        turns = [rotation(rope, torch.arange(capacity)) for rope in ropes(config)]  # (capacity d_head) x 2 each
        self._rotations = tuple(torch.stack(part).numpy() for part in zip(*turns, strict=True))  # rope capacity d_head
        self._work = work_for(config, self.threads, TOGETHER, capacity)


def check(config: DecoderConfig) -> None:
    """Raise NotApplicableError unless `fused.step` is this decoder's algorithm."""
    misfits = {
        "its norm": config.norm != "rms",
        "the place of its norms": config.placement == "post",
        "its positions": config.positions != "rope"
        or any(rope.layout != "halves" or isinstance(rope.scaling, DynamicNTK) for rope in ropes(config)),
        "its mixture of experts": config.n_experts > 0,
        "its feed-forward layer": not config.gated or config.activation not in ("silu", "gelu_tanh"),
        "its biases": config.attention_bias or bool(config.output_bias) or config.mlp_bias,
        "its capped scores": config.score_cap is not None or config.logit_cap is not None,
        "its attention to later tokens": not config.causal,
    }
    found = [what for what, misfit in misfits.items() if misfit]
    if found:
        raise NotApplicableError(
            f"The fused step is written for decoders of Llama's and Gemma 3's type; here {', '.join(found)} differs.",
            "The ordinary decoder runs this model.",
        )


def ropes(config: DecoderConfig) -> list[RopeConfig]:
    """The rotations that the layers use."""
    return [rope for rope in (config.rope, config.rope_local) if rope is not None]


def in_format(decoder: Decoder, name: str) -> dict[str, Packed]:
    """All matrices in a format by name, none for "float32". Below eight bits the vocabulary's, which suffers most,
    takes Q8_0. Raises BadRequestError for an unknown name."""
    if name == "float32":
        return {}
    fmt = named(name)
    return packed_in(decoder, fmt, named(UNEMBED) if fmt.bits < 8 else None)


def arranged(decoder: Decoder) -> Model:
    """All weights in the order in which a step reads them, each kind of all layers in one array."""
    from explorer.stack.inference.fused.step import Model
    from explorer.stack.inference.fused.weights import arranged as in_order

    config, blocks = decoder.config, list(decoder.blocks)

    def norms(of: Callable[[Any], Any]) -> Float32[np.ndarray, "layer d"]:
        return np.stack([(of(block).weight + config.norm_offset).detach().float().numpy() for block in blocks])

    def weights(of: Callable[[Any], nn.Module]) -> Weights:
        return in_order([_matrix(of(block)) for block in blocks])

    unembed = in_order([_matrix(decoder.unembed)])
    sandwich = config.placement == "sandwich"
    turns: list[RopeConfig | None] = [*ropes(config)]
    return Model(
        q=weights(lambda b: b.attn.W_Q),
        k=weights(lambda b: b.attn.W_K),
        v=weights(lambda b: b.attn.W_V),
        out=weights(lambda b: b.attn.W_O),
        gate=weights(lambda b: b.mlp.W_gate),
        up=weights(lambda b: b.mlp.W_in),
        down=weights(lambda b: b.mlp.W_out),
        unembed=unembed,
        ln1=norms(lambda b: b.ln1),
        ln2=norms(lambda b: b.ln2),
        ln_final=(decoder.ln_final.weight + config.norm_offset).detach().float().numpy(),
        ln1_post=norms(lambda b: b.ln1_post) if sandwich else None,
        ln2_post=norms(lambda b: b.ln2_post) if sandwich else None,
        q_norm=norms(lambda b: b.attn.q_norm) if config.qk_norm else None,
        k_norm=norms(lambda b: b.attn.k_norm) if config.qk_norm else None,
        rope=np.array([turns.index(config.rope_of(layer)) for layer in range(config.n_layers)]),
        window=np.array([window or np.iinfo(np.int64).max for window in config.windows]),
        embed=unembed if config.tied else None,
        embed_scale=config.embed_scale,
        d_mlp=config.d_mlp,
        silu=config.activation == "silu",
        eps=config.eps,
        attention_scale=config.attention_scale,
    )


def _matrix(linear: nn.Module) -> Float[Tensor, "out in"] | Packed:
    if isinstance(linear, PackedLinear):
        return linear.packed
    assert isinstance(linear, nn.Linear)
    return linear.weight.detach().float()
