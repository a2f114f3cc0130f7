"""The decoder: token ids in, a distribution over the next token out, at every position.

    x = embed(ids)                       [pos d_model], the residual stream
    for each block: x += attention(norm(x)); x += feed_forward(norm(x))
    logits = unembed(norm(x))            [pos d_vocab]

Its parts are exchangeable: `DecoderConfig` names the norm, the positions, the feed-forward kind; the attention kernel
and the cache are arguments of the call; a linear layer may be any module that maps the last axis. Every stage passes a
TransformerLens HookPoint under TransformerLens' name, so that a run of this decoder can be traced and changed like any
other model's.

With the weights of a model of transformers it gives that model's logits:

>>> from transformers import LlamaConfig, LlamaForCausalLM
>>> theirs = LlamaForCausalLM(LlamaConfig(
...     vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4,
...     num_key_value_heads=2, max_position_embeddings=64)).eval()
>>> ours = Decoder.from_pretrained(theirs)
>>> ids = torch.arange(10)[None]
>>> with torch.inference_mode():
...     bool((ours(ids) - theirs(ids).logits).abs().max() < 1e-5)
True
>>> ours.blocks[0].attn.W_Q.weight.data_ptr() == theirs.model.layers[0].self_attn.q_proj.weight.data_ptr()
True

And it is trained: here one of experts, before the first step. A token of 50 costs ln 50 = 3.9 nats, and a router that
has learned nothing treats all experts about alike, which the balancing loss puts at k = 2.

>>> config = DecoderConfig(n_layers=2, d_model=16, n_heads=4, n_kv_heads=2, d_head=4, d_mlp=8, d_vocab=50, n_ctx=32,
...                        n_experts=8, k=2)
>>> fresh = Decoder(config).initialise(torch.Generator().manual_seed(0))
>>> losses = fresh.loss(torch.randint(50, (2, 9), generator=torch.Generator().manual_seed(1)))
>>> {name: round(part.item(), 1) for name, part in losses.parts.items()}  # z: (ln 8)^2 = 4.3
{'lm': 3.9, 'balance': 2.0, 'z': 4.3}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.compat.torch import with_parts
from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.embeddings import alibi
from explorer.stack.embeddings.learned import LearnedPositions
from explorer.stack.embeddings.rope import RopeConfig, rotation
from explorer.stack.embeddings.sinusoidal import sinusoidal
from explorer.stack.embeddings.token_embedding import TokenEmbedding
from explorer.stack.transformer.attention import Kernel, KernelName
from explorer.stack.transformer.balancing import router_losses
from explorer.stack.transformer.block import Block, Pass, norm_of
from explorer.stack.transformer.chunked_loss import linear_cross_entropy
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.config_fields import config_and_weights
from explorer.stack.transformer.few_rows import Linear
from explorer.stack.transformer.hook_points import HookedModule, HookPoint
from explorer.stack.transformer.kv_cache import KVCache
from explorer.stack.transformer.losses import Losses
from explorer.stack.transformer.router import Routing
from explorer.stack.transformer.weights import from_hf, to_hf

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel


class Decoder(HookedModule):
    """A stack of blocks between an embedding and an unembedding."""

    config: DecoderConfig
    written_out: bool = True
    """Whether `loss` has backward passes that are written out."""

    def __init__(self, config: DecoderConfig, compute: torch.dtype | None = None) -> None:
        """`compute` is the type of the matrix products, if not the weights' own; sums stay in the weights' type."""
        super().__init__()
        self.config, self.compute = config, compute
        self.embed = TokenEmbedding(config.d_vocab, config.d_model, config.embed_scale)
        if config.positions == "learned":
            self.positions = LearnedPositions(config.n_ctx, config.d_model)
        self.hook_embed = HookPoint()  # batch pos d_model
        self.blocks = nn.ModuleList(Block(config, layer) for layer in range(config.n_layers))
        if config.placement != "post":  # post-norm has normalised the stream already
            self.ln_final = norm_of(config)
        self.unembed = Linear(config.d_model, config.d_vocab, bias=False)
        if config.tied:
            self.unembed.weight = self.embed.weight
        self.name_hook_points()

    @classmethod
    def from_pretrained(
        cls, model: PreTrainedModel | PreTrainedConfig, state: Mapping[str, Tensor] | None = None
    ) -> Decoder:
        """A decoder on the weights of a transformers model, or of its config and state dict. Nothing is copied.

        Raises NotApplicableError for an architecture that it does not know.
        """
        hf, weights = config_and_weights(model, state)
        config = DecoderConfig.from_hf(hf)
        with torch.device("meta"):
            made = cls(config)
        try:
            made.load_state_dict(from_hf(config, weights), assign=True)
        except RuntimeError as error:  # a name or a shape that does not fit
            raise NotApplicableError(
                f"The explorer's own decoder does not fit these weights: {' '.join(str(error).split())[:200]}",
                "They are not of the architecture that their config names.",
            ) from error
        return made.eval().requires_grad_(False)

    def forward(
        self,
        ids: Int[Tensor, "batch pos"],
        positions: Int[Tensor, "batch pos"] | None = None,
        cache: KVCache | None = None,
        *,
        kernel: KernelName | Kernel = "sdpa",
        last_only: bool = False,
    ) -> Float[Tensor, "batch pos_out d_vocab"]:
        """Logits of every position, or of the last alone.

        positions: default to what follows the cache's content. -1 marks padding, seen by nobody.
        cache: holds the keys and values of earlier calls; those of this call are added.
        """
        x = self.stream(ids, positions, cache, kernel)
        return self.unembedded(x[:, -1:] if last_only else x)

    def stream(
        self,
        ids: Int[Tensor, "batch pos"],
        positions: Int[Tensor, "batch pos"] | None = None,
        cache: KVCache | None = None,
        kernel: KernelName | Kernel = "sdpa",
        routings: list[Routing] | None = None,
        written_out: bool = False,
    ) -> Float[Tensor, "batch pos d_model"]:
        """The residual stream after the last block."""
        x, at = self.entered(ids, positions, cache, kernel)
        at.routings, at.written_out = routings, written_out
        for block in self.blocks:
            x = block(x, at)
        return x

    def entered(
        self,
        ids: Int[Tensor, "batch pos"],
        positions: Int[Tensor, "batch pos"] | None = None,
        cache: KVCache | None = None,
        kernel: KernelName | Kernel = "sdpa",
    ) -> tuple[Float[Tensor, "batch pos d_model"], Pass]:
        """The stream as the first block meets it, and what all blocks are told: to go through them one by one."""
        device, in_order = self._weight.device, positions is None and cache is None and ids.shape[1] > 1
        ids = ids.to(device)  # a tokenizer's ids and their places come from the CPU
        if positions is None:
            start = cache.seen if cache is not None else 0
            positions = torch.arange(start, start + ids.shape[1], device=device).expand(ids.shape)  # batch pos
        positions = positions.to(device)
        at = Pass(positions, kernel, cache, self._rotations(positions), self._slopes())
        at.compute, at.in_order = self.compute, in_order
        x = self.hook_embed(self.embed(ids))
        return self._add_positions(x, positions), at

    def unembedded(self, x: Float[Tensor, "batch pos d_model"]) -> Float[Tensor, "batch pos d_vocab"]:
        """The last norm and the unembedding: what the stream says."""
        logits = self.unembed(self.read(x)).to(x.dtype)
        cap = self.config.logit_cap
        return logits if cap is None else cap * torch.tanh(logits / cap)

    def read(
        self, x: Float[Tensor, "batch pos d_model"], written_out: bool = False
    ) -> Float[Tensor, "batch pos d_model"]:
        """What the unembedding reads."""
        if self.config.placement != "post":
            x = self.ln_final(x, written_out=True) if written_out else self.ln_final(x)
        if self.config.logit_scale != 1:
            x = x * self.config.logit_scale
        return x.to(self.compute or x.dtype)

    def _add_positions(self, x: Tensor, positions: Tensor) -> Tensor:
        if self.config.positions == "learned":
            return x + self.positions(positions)
        if self.config.positions == "sinusoidal":
            return x + sinusoidal(positions.clamp(min=0), self.config.d_model).to(x.dtype)
        return x

    def _rotations(self, positions: Tensor) -> dict[RopeConfig, tuple[Tensor, Tensor]]:
        ropes = {self.config.rope_of(layer) for layer in range(self.config.n_layers)} - {None}
        return {rope: rotation(rope, positions.clamp(min=0)) for rope in ropes if rope is not None}

    def _slopes(self) -> Tensor | None:
        if self.config.positions != "alibi":
            return None
        like = self._weight
        return alibi.slopes(self.config.n_heads, alibi.at_least_single(like.dtype)).to(like.device)

    @property
    def _weight(self) -> Tensor:
        """One of its weights, to know device and type by: where all are packed, they lie on the CPU in float32."""
        return next(self.parameters(), torch.empty(0))

    # ---- training ---------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def initialise(self, generator: torch.Generator | None = None) -> Decoder:
        """Weights to begin a training with: matrices from N(0, 0.02), biases 0, norms as they are made.

        Matrices that write to the stream are divided by sqrt(2 n_layers), the number of them that add up in it
        (Radford et al. 2019, GPT-2).
        """
        depth = (2 * self.config.n_layers) ** 0.5
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1:
                writes = name.endswith(("W_O.weight", "W_out.weight", "experts.out", "shared.out"))
                parameter.normal_(0, 0.02 / depth if writes else 0.02, generator=generator)
            elif name.endswith("bias"):
                parameter.zero_()
        return self

    def loss(self, windows: Int[Tensor, "batch pos"], kernel: KernelName | Kernel = "sdpa") -> Losses:
        """The losses of windows whose last token is only a target: "lm" and, of a mixture, "balance" and "z".

        Backward passes are written out, so that there is no second derivative (`written_out` set to False: autograd's).
        A mixture's measures are the greatest and the smallest share of one layer's pairs that one expert got.
        """
        routings: list[Routing] = []
        # What compiles the model fuses the plain operations itself.
        written_out = self.written_out and torch.is_grad_enabled() and not torch.compiler.is_compiling()
        x = self.stream(windows[:, :-1], kernel=kernel, routings=routings, written_out=written_out)  # batch pos d_model
        targets = windows[:, 1:].reshape(-1)  # batch*pos
        if self.config.logit_cap is None:
            read = self.read(x, written_out).flatten(0, 1)  # batch*pos d_model
            lm = linear_cross_entropy(read, self.unembed.weight.to(read.dtype), targets)
        else:
            lm = nn.functional.cross_entropy(self.unembedded(x).flatten(0, 1), targets)
        if not routings:
            return Losses({"lm": lm})
        routers = router_losses(routings)
        measures = {"busiest": routers.load.max(), "idlest": routers.load.min()}
        return Losses({"lm": lm, "balance": routers.balance, "z": routers.z}, measures)

    def routings(self, ids: Int[Tensor, "batch pos"]) -> list[Routing]:
        """What the router of each block decides, its tokens one text after the other; empty without experts."""
        found: list[Routing] = []
        self.stream(ids, routings=found)
        return found

    def hf_config(self) -> dict[str, object]:
        """The settings of transformers' config. Raises NotApplicableError for what is no Llama or Mixtral."""
        return self.config.to_hf()

    def hf_state_dict(self) -> dict[str, Tensor]:
        """The weights under transformers' published names, to go with `hf_config`."""
        return to_hf(self.config, {name: tensor.detach() for name, tensor in self.state_dict().items()})

    # ---- relatives: other decoders on the same weights ------------------------------------------------------------

    def _relative(self, config: DecoderConfig, blocks: list[Block]) -> Decoder:
        made = with_parts(self)
        made.config, made.blocks = config, nn.ModuleList(blocks)
        return made

    def shallow(self, n_layers: int) -> Decoder:
        """The first blocks, then at once the last norm and the unembedding: an early exit."""
        if not 1 <= n_layers <= self.config.n_layers:
            raise BadRequestError(f"This decoder has 1 to {self.config.n_layers} layers to keep, not {n_layers}.")
        config = replace(self.config, n_layers=n_layers, windows=self.config.windows[:n_layers])
        return self._relative(config, [b for b in self.blocks[:n_layers] if isinstance(b, Block)])

    def tail(self, first: int) -> Decoder:
        """The blocks from this one on, the last norm and the unembedding: it goes on with a stream that others made."""
        config = replace(self.config, n_layers=self.config.n_layers - first, windows=self.config.windows[first:])
        return self._relative(config, [b for b in self.blocks[first:] if isinstance(b, Block)])

    def with_rope(self, rope: RopeConfig) -> Decoder:
        """The same weights under another rotation (of the layers that see everything)."""
        return self._configured(replace(self.config, rope=rope))

    def without_positions(self) -> Decoder:
        """The same weights, told no position: nothing is turned, added or penalised. The mask stays."""
        return self._configured(replace(self.config, positions="none"))

    def with_windows(self, windows: tuple[int | None, ...]) -> Decoder:
        """The same weights, each layer looking back as far as its window only; None looks back all the way."""
        if len(windows) != self.config.n_layers:
            raise BadRequestError(
                f"This decoder has {self.config.n_layers} layers, and {len(windows)} windows are given."
            )
        return self._configured(replace(self.config, windows=windows))

    def _configured(self, config: DecoderConfig) -> Decoder:
        """The same weights, its attention read under another config."""
        blocks = []
        for block in self.blocks:
            attention = with_parts(block.get_submodule("attn"))
            attention.__dict__["config"] = config
            blocks.append(with_parts(block, attn=attention))
        return self._relative(config, blocks)
