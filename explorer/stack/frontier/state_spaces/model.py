"""A language model of such layers: embedding, mixers that add to a stream, unembedding (tied).

    x = embed(ids);  x += mixer(norm(x)) for each layer;  logits = unembed(norm(x))

Weights bear the names that transformers' Mamba has, so that a model of Mamba layers alone opens there as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.embeddings.rope import RopeConfig, rotate, rotation
from explorer.stack.frontier.state_spaces.config import StateSpaceConfig
from explorer.stack.frontier.state_spaces.gated_linear import GatedLinearMixer
from explorer.stack.frontier.state_spaces.mamba import MambaMixer, MixerRun, OneToken
from explorer.stack.frontier.state_spaces.mamba2 import Mamba2Mixer
from explorer.stack.transformer.chunked_loss import linear_cross_entropy
from explorer.stack.transformer.losses import Losses

INITIAL = 0.02


class AttentionMixer(nn.Module):
    """Causal attention with rotary positions: the layer that looks back, among those that remember."""

    def __init__(self, config: StateSpaceConfig, compute: torch.dtype | None = None) -> None:
        super().__init__()
        self.config, self.compute = config, compute
        self.qkv = nn.Linear(config.d_model, 3 * config.d_model, bias=False)
        self.out_proj = nn.Linear(config.d_model, config.d_model, bias=False)
        self.rope = RopeConfig(10_000.0, config.d_head) if config.rope else None

    @torch.no_grad()
    def initialise(self, generator: torch.Generator | None) -> None:
        for linear in (self.qkv, self.out_proj):
            linear.weight.normal_(0, linear.in_features**-0.5 / 3**0.5, generator=generator)
        self.out_proj.weight.div_(self.config.n_layers**0.5)

    def forward(self, u: Float[Tensor, "batch pos d_model"]) -> Float[Tensor, "batch pos d_model"]:
        q, k, v = (each.unflatten(-1, (-1, self.config.d_head)) for each in self.qkv(u).chunk(3, -1))
        q, k, v = (each.transpose(1, 2) for each in (q, k, v))  # batch head pos d_head
        if self.rope is not None:
            cos, sin = rotation(self.rope, torch.arange(u.shape[1])[None])
            q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        z = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(z.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """SwiGLU, as a layer of its own: no token sees another."""

    def __init__(self, config: StateSpaceConfig, compute: torch.dtype | None = None) -> None:
        super().__init__()
        self.config, self.compute = config, compute
        self.gate_proj = nn.Linear(config.d_model, config.d_mlp, bias=False)
        self.up_proj = nn.Linear(config.d_model, config.d_mlp, bias=False)
        self.down_proj = nn.Linear(config.d_mlp, config.d_model, bias=False)

    @torch.no_grad()
    def initialise(self, generator: torch.Generator | None) -> None:
        for linear in (self.gate_proj, self.up_proj, self.down_proj):
            linear.weight.normal_(0, linear.in_features**-0.5 / 3**0.5, generator=generator)
        self.down_proj.weight.div_(self.config.n_layers**0.5)

    def forward(self, u: Float[Tensor, "batch pos d_model"]) -> Float[Tensor, "batch pos d_model"]:
        return self.down_proj(F.silu(self.gate_proj(u)) * self.up_proj(u))


MIXERS = {
    "mamba": MambaMixer, "mamba2": Mamba2Mixer, "gla": GatedLinearMixer, "attention": AttentionMixer,
    "mlp": FeedForward,
}  # fmt: skip


class Layer(nn.Module):
    """norm, mixer."""

    def __init__(self, config: StateSpaceConfig, kind: str, compute: torch.dtype | None) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(config.d_model, config.eps)
        self.mixer = MIXERS[kind](config, compute)

    def forward(self, x: Float[Tensor, "batch pos d_model"]) -> Float[Tensor, "batch pos d_model"]:
        return x + self.mixer(self.norm(x))


class Backbone(nn.Module):
    """All but the unembedding, under transformers' name for it."""

    def __init__(self, config: StateSpaceConfig, compute: torch.dtype | None) -> None:
        super().__init__()
        self.embeddings = nn.Embedding(config.d_vocab, config.d_model)
        self.layers = nn.ModuleList(Layer(config, kind, compute) for kind in config.kinds)
        self.norm_f = nn.RMSNorm(config.d_model, config.eps)


class StateSpaceModel(nn.Module):
    """ids in, logits out."""

    def __init__(self, config: StateSpaceConfig, compute: torch.dtype | None = None) -> None:
        """`compute` is the type of a Mamba layer's and the unembedding's products; scans and sums stay in float32."""
        super().__init__()
        self.config, self.compute = config, compute
        self.backbone = Backbone(config, compute)

    @property
    def layers(self) -> list[Layer]:
        return [each for each in self.backbone.layers if isinstance(each, Layer)]

    @torch.no_grad()
    def initialise(self, generator: torch.Generator | None = None) -> StateSpaceModel:
        self.backbone.embeddings.weight.normal_(0, INITIAL, generator=generator)
        for layer in self.layers:
            layer.mixer.initialise(generator)
        return self

    def stream(self, ids: Int[Tensor, "batch pos"]) -> Float[Tensor, "batch pos d_model"]:
        """After the last layer."""
        x = self.backbone.embeddings(ids)
        for layer in self.layers:
            x = layer(x)
        return x

    def unembedded(self, x: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_vocab"]:
        """What the stream says."""
        return F.linear(self.backbone.norm_f(x), self.backbone.embeddings.weight)

    def forward(self, ids: Int[Tensor, "batch pos"]) -> Float[Tensor, "batch pos d_vocab"]:
        return self.unembedded(self.stream(ids))

    def loss(self, windows: Int[Tensor, "batch pos"]) -> Losses:
        """Next-token cross-entropy of windows whose last token is only a target."""
        read = self.backbone.norm_f(self.stream(windows[:, :-1])).flatten(0, 1)
        read = read.to(self.compute or read.dtype)
        weight = self.backbone.embeddings.weight.to(read.dtype)
        return Losses({"lm": linear_cross_entropy(read, weight, windows[:, 1:].reshape(-1))})

    @torch.no_grad()
    def runs(self, ids: Int[Tensor, "batch pos"]) -> tuple[list[Tensor], list[MixerRun]]:
        """The stream before the first layer and after each, and what each Mamba layer did."""
        x, streams, found = self.backbone.embeddings(ids), [], []
        streams.append(x)
        for layer in self.layers:
            mixer, normed = layer.mixer, layer.norm(x)
            if isinstance(mixer, MambaMixer):
                found.append(mixer.run(normed))
                x = x + found[-1].out
            else:
                x = x + mixer(normed)
            streams.append(x)
        return streams, found

    def hf_config(self) -> dict[str, object]:
        """transformers' MambaConfig."""
        c = self.config
        return {
            "architectures": ["MambaForCausalLM"], "model_type": "mamba", "vocab_size": c.d_vocab,
            "hidden_size": c.d_model, "state_size": c.d_state, "num_hidden_layers": c.n_layers, "expand": c.expand,
            "conv_kernel": c.d_conv, "time_step_rank": c.rank, "use_bias": False, "use_conv_bias": True,
            "layer_norm_epsilon": c.eps, "tie_word_embeddings": True,
        }  # fmt: skip

    def hf_state_dict(self) -> dict[str, Tensor]:
        """The weights as transformers' Mamba has them."""
        return {
            name: tensor.detach().view(-1, self.config.d_state) if name.endswith("A_log") else tensor.detach()
            for name, tensor in self.state_dict().items()
        }

    @classmethod
    def from_hf(cls, settings: Mapping[str, object], state: Mapping[str, Tensor]) -> StateSpaceModel:
        """From a config and weights of transformers' Mamba."""
        sizes = {ours: int(str(settings[theirs])) for ours, theirs in SIZES.items()}
        kinds = ("mamba",) * int(str(settings["num_hidden_layers"]))
        eps = float(str(settings["layer_norm_epsilon"]))
        made = cls(StateSpaceConfig(
            d_vocab=sizes["d_vocab"], d_model=sizes["d_model"], kinds=kinds, expand=sizes["expand"],
            d_state=sizes["d_state"], d_conv=sizes["d_conv"], dt_rank=sizes["dt_rank"], eps=eps,
        ))  # fmt: skip
        flat = {n: t.float().flatten() if n.endswith("A_log") else t.float() for n, t in state.items()}
        flat.pop("lm_head.weight", None)
        made.load_state_dict(flat)
        return made.eval().requires_grad_(False)


SIZES = {
    "d_vocab": "vocab_size", "d_model": "hidden_size", "d_state": "state_size", "expand": "expand",
    "d_conv": "conv_kernel", "dt_rank": "time_step_rank",
}  # fmt: skip


class Stepper:
    """A model of Mamba layers that reads one token after the other: the state is all that it keeps."""

    def __init__(self, model: StateSpaceModel) -> None:
        self.model, self.layers = model, []
        for layer in model.layers:
            assert isinstance(layer.mixer, MambaMixer)
            self.layers.append((layer.norm, OneToken(layer.mixer)))

    @torch.no_grad()
    def __call__(self, token: int) -> Float[Tensor, " d_vocab"]:
        """Logits behind that token."""
        x = self.model.backbone.embeddings.weight[token][None]
        for norm, step in self.layers:
            x = x + step(norm(x))
        return self.model.unembedded(x)[0]
