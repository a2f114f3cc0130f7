"""The vision transformer: a picture cut into patches, and the patches read like the words of a text.

ViT (Dosovitskiy et al. 2020, arXiv 2010.11929), in the form of DINOv2 (Oquab et al. 2023, arXiv 2304.07193)::

    x = [cls, W_E patch_1 + b, .., W_E patch_n + b] + W_pos       [1 + n, d_model]; a patch is 3 x 14 x 14 numbers
    for each block:                                               nothing is causal: every patch sees every patch
        x = x + lambda_1 * attention(norm(x))
        x = x + lambda_2 * feed_forward(norm(x))
    states = norm(x)

The first row, CLS, belongs to no patch: it gathers what the picture as a whole is. LayerScale (Touvron et al. 2021,
arXiv 2103.17239) multiplies what a sublayer writes, coordinate by coordinate, by weights that begin near zero, so that
a deep stack begins as almost nothing and can be trained. The table of positions is a square grid learned at one size of
picture; for another it is stretched, bicubically, as one stretches a picture.

Worked example: a picture of 2 x 4 pixels and one colour makes two patches of 2 x 2, read row by row.

>>> pixels = torch.arange(8.0).view(1, 1, 2, 4)
>>> patches_of(pixels, 2).tolist()
[[[0.0, 1.0, 4.0, 5.0], [2.0, 3.0, 6.0, 7.0]]]

With the weights of a DINOv2 of transformers it gives that model's states.

>>> from transformers import Dinov2Config, Dinov2Model
>>> theirs = Dinov2Model(Dinov2Config(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, image_size=56)).eval()
>>> ours = VisionTransformer.from_pretrained(theirs)
>>> pixels = torch.randn(1, 3, 28, 42, generator=torch.Generator().manual_seed(0))
>>> with torch.inference_mode():
...     seen = ours.look(pixels)
...     bool((seen.states - theirs(pixels).last_hidden_state).abs().max() < 1e-5)
True
>>> seen.grid, tuple(seen.patterns.shape), tuple(seen.cls_attention.shape)
((2, 3), (2, 1, 4, 7, 7), (2, 1, 4, 2, 3))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.transformer.attention import Hook, Kernel, KernelName
from explorer.stack.transformer.block import Block, Pass, norm_of
from explorer.stack.transformer.config import ACTIVATIONS, DecoderConfig
from explorer.stack.transformer.config_fields import config_and_weights
from explorer.stack.transformer.few_rows import Linear
from explorer.stack.transformer.hook_points import HookedModule, HookPoint

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

#: in each layer: ours -> transformers', which renamed the four of attention; either name is read
LAYER = {
    "ln1": ("norm1",),
    "attn.W_Q": ("attention.q_proj", "attention.attention.query"),
    "attn.W_K": ("attention.k_proj", "attention.attention.key"),
    "attn.W_V": ("attention.v_proj", "attention.attention.value"),
    "attn.W_O": ("attention.o_proj", "attention.output.dense"),
    "ln2": ("norm2",),
    "mlp.W_in": ("mlp.fc1",),
    "mlp.W_out": ("mlp.fc2",),
}


@dataclass(frozen=True)
class VisionConfig:
    """A stack that is not causal, and how a picture becomes its rows."""

    stack: DecoderConfig
    """`d_vocab` is 1, as there is none. `n_ctx` counts CLS and the patches of the learned grid."""
    patch: int = 14
    """Pixels on a patch's side."""
    channels: int = 3

    def __post_init__(self) -> None:
        if self.stack.causal or self.stack.placement != "pre" or self.stack.positions != "none":
            raise BadRequestError("A vision transformer is pre-norm, not causal, and adds its own grid of positions.")
        if self.side**2 + 1 != self.stack.n_ctx:
            raise BadRequestError(f"n_ctx is 1 for CLS and a square grid, not {self.stack.n_ctx}.")

    @property
    def side(self) -> int:
        """Patches on a side of the learned grid."""
        return round((self.stack.n_ctx - 1) ** 0.5)

    @classmethod
    def from_hf(cls, hf: PreTrainedConfig) -> VisionConfig:
        """Read a config of transformers' DINOv2. Raises NotApplicableError for another type."""
        if hf.model_type != "dinov2" or hf.use_swiglu_ffn:
            raise NotApplicableError(
                f"The explorer's own vision transformer does not know how a “{hf.model_type}” is put together.",
                "It takes DINOv2 in its small, base and large sizes.",
            )
        stack = DecoderConfig(
            n_layers=hf.num_hidden_layers,
            d_model=hf.hidden_size,
            n_heads=hf.num_attention_heads,
            n_kv_heads=hf.num_attention_heads,
            d_head=hf.hidden_size // hf.num_attention_heads,
            d_mlp=int(hf.hidden_size * hf.mlp_ratio),
            d_vocab=1,
            n_ctx=(hf.image_size // hf.patch_size) ** 2 + 1,
            norm="layer",
            eps=hf.layer_norm_eps,
            positions="none",
            activation=ACTIVATIONS[hf.hidden_act],
            gated=False,
            attention_bias=hf.qkv_bias,
            output_bias=True,
            mlp_bias=True,
            causal=False,
        )
        return cls(stack, hf.patch_size, hf.num_channels)


@dataclass(frozen=True, eq=False)
class Looked:
    """What a vision transformer made of its pictures, stage by stage."""

    hidden: Float[Tensor, "depth batch pos d_model"]
    """The stream before the first block and after each: depth is n_layers + 1, pos is CLS and then the patches."""
    patterns: Float[Tensor, "layer batch head query key"]
    states: Float[Tensor, "batch pos d_model"]
    """The last of the stream behind the final norm."""
    grid: tuple[int, int]
    """Rows and columns of patches."""

    @property
    def cls(self) -> Float[Tensor, "batch d_model"]:
        """The whole picture's vector."""
        return self.states[:, 0]

    @property
    def patches(self) -> Float[Tensor, "batch row column d_model"]:
        """Each patch's vector, in its place."""
        return self.states[:, 1:].unflatten(1, self.grid)

    @property
    def cls_attention(self) -> Float[Tensor, "layer batch head row column"]:
        """How much CLS takes from each patch, in each layer and head; what is missing from 1 it takes from itself."""
        return self.patterns[:, :, :, 0, 1:].unflatten(-1, self.grid)

    def attention_from(self, row: int, column: int) -> Float[Tensor, "layer batch head row column"]:
        """How much one patch takes from each patch."""
        return self.patterns[:, :, :, 1 + row * self.grid[1] + column, 1:].unflatten(-1, self.grid)

    def principal(self, count: int = 3) -> Float[Tensor, "batch row column component"]:
        """Each patch along the directions in which the picture's patches differ most, between 0 and 1.

        Three of them taken as red, green and blue give like parts like colours (Oquab et al. 2023, figure 1). A
        direction's sign is arbitrary; here its largest coordinate is positive.
        """
        rows = self.states[:, 1:]
        rows = rows - rows.mean(1, keepdim=True)
        directions = torch.linalg.svd(rows, full_matrices=False).Vh[:, :count]  # batch component d_model
        largest = directions.gather(-1, directions.abs().argmax(-1, keepdim=True))  # batch component 1
        along = rows @ (directions * largest.sign()).mT  # batch patch component
        low, high = along.amin(1, keepdim=True), along.amax(1, keepdim=True)
        return ((along - low) / (high - low)).unflatten(1, self.grid)


def patches_of(pixels: Float[Tensor, "batch channel height width"], patch: int) -> Float[Tensor, "batch patch pixel"]:
    """Cut pictures into squares, row by row; each is flattened colour by colour.

    Raises BadRequestError unless both sides are multiples of `patch`.
    """
    height, width = pixels.shape[-2:]
    if height % patch or width % patch or not height or not width:
        raise BadRequestError(f"{width} x {height} pixels cannot be cut into patches of {patch} x {patch}.")
    squares = pixels.unfold(2, patch, patch).unfold(3, patch, patch)  # batch channel row column patch patch
    return squares.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


class ScaledBlock(Block):
    """A block whose sublayers write by LayerScale."""

    def __init__(self, config: DecoderConfig, layer: int) -> None:
        super().__init__(config, layer)
        self.ln1_scale = nn.Parameter(torch.ones(config.d_model))
        self.ln2_scale = nn.Parameter(torch.ones(config.d_model))

    def _add(self, x: Tensor, at: Pass, sublayer: Callable[[Tensor], Tensor], norm: str, hook: Hook) -> Tensor:
        return x + hook(getattr(self, f"{norm}_scale") * sublayer(at.through(getattr(self, norm), x)))


class VisionTransformer(HookedModule):
    """Patches, CLS, positions, and a stack of blocks that see everything."""

    config: VisionConfig

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config, stack = config, config.stack
        self.embed = Linear(config.channels * config.patch**2, stack.d_model)
        self.cls = nn.Parameter(torch.zeros(stack.d_model))
        self.positions = nn.Parameter(torch.zeros(stack.n_ctx, stack.d_model))
        self.hook_embed = HookPoint()  # batch pos d_model
        self.blocks = nn.ModuleList(ScaledBlock(stack, layer) for layer in range(stack.n_layers))
        self.ln_final = norm_of(stack)
        self.name_hook_points()

    @classmethod
    def from_pretrained(
        cls, model: PreTrainedModel | PreTrainedConfig, state: Mapping[str, Tensor] | None = None
    ) -> VisionTransformer:
        """On the weights of a DINOv2 of transformers, or of its config and state dict. Nothing is copied.

        Raises NotApplicableError for another architecture.
        """
        hf, given = config_and_weights(model, state)
        config = VisionConfig.from_hf(hf)
        with torch.device("meta"):
            made = cls(config)
        try:
            weights = dict(_named(config, given))
        except KeyError as error:
            raise NotApplicableError(
                f"The weights have no “{error.args[0]}”.", "They are not of the architecture that their config names."
            ) from error
        made.load_state_dict(weights, assign=True)
        return made.eval().requires_grad_(False)

    def look(self, pixels: Float[Tensor, "batch channel height width"]) -> Looked:
        """Look at pictures and keep every layer's states and patterns."""
        patterns: dict[int, Tensor] = {}
        hidden = self._run(pixels, "eager", patterns)
        kept = torch.stack([patterns[layer] for layer in sorted(patterns)])
        grid = (pixels.shape[2] // self.config.patch, pixels.shape[3] // self.config.patch)
        return Looked(torch.stack(hidden), kept, self.ln_final(hidden[-1]), grid)

    def forward(
        self, pixels: Float[Tensor, "batch channel height width"], kernel: KernelName | Kernel = "sdpa"
    ) -> Float[Tensor, "batch pos d_model"]:
        """The last states alone."""
        return self.ln_final(self._run(pixels, kernel)[-1])

    def grid_positions(self, rows: int, columns: int) -> Float[Tensor, "pos d_model"]:
        """CLS's position vector and those of a grid of this size, stretched from the learned one."""
        side = self.config.side
        if (rows, columns) == (side, side):
            return self.positions
        square = self.positions[1:].T.unflatten(1, (side, side))[None]  # 1 d_model side side
        stretched = F.interpolate(square, (rows, columns), mode="bicubic", align_corners=False)
        return torch.cat([self.positions[:1], stretched[0].flatten(1).T])

    def streams(
        self,
        pixels: Float[Tensor, "batch channel height width"],
        n_blocks: int | None = None,
        change: Callable[[int, Tensor], Tensor] | None = None,
    ) -> list[Float[Tensor, "batch pos d_model"]]:
        """The stream after the embedding and after each of the first blocks. `change(depth, stream)` is what goes on in
        the stream's place; depth 0 is the embedding."""
        return self._run(pixels, "sdpa", n_blocks=n_blocks, change=change)

    def _run(
        self,
        pixels: Tensor,
        kernel: KernelName | Kernel,
        patterns: dict[int, Tensor] | None = None,
        n_blocks: int | None = None,
        change: Callable[[int, Tensor], Tensor] | None = None,
    ) -> list[Float[Tensor, "batch pos d_model"]]:
        """The stream after the embedding and after each block."""
        if pixels.shape[1] != self.config.channels:
            raise BadRequestError(f"A picture has {self.config.channels} channels here, not {pixels.shape[1]}.")
        x = self.embed(patches_of(pixels, self.config.patch))  # batch patch d_model
        x = torch.cat([self.cls.expand(len(x), 1, -1), x], 1)  # batch pos d_model
        x = x + self.grid_positions(*(n // self.config.patch for n in pixels.shape[-2:]))
        stream = [self.hook_embed(x) if change is None else change(0, self.hook_embed(x))]
        at = Pass(torch.arange(x.shape[1]).expand(x.shape[:2]), kernel, patterns=patterns)
        for depth, block in enumerate(self.blocks[:n_blocks], 1):
            x = block(stream[-1], at)
            stream.append(x if change is None else change(depth, x))
        return stream


def _named(config: VisionConfig, state: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """transformers' names -> ours. Their patch embedding is a convolution, which is the same product."""
    yield "embed.weight", state["embeddings.patch_embeddings.projection.weight"].flatten(1)
    yield "embed.bias", state["embeddings.patch_embeddings.projection.bias"]
    yield "cls", state["embeddings.cls_token"][0, 0]
    yield "positions", state["embeddings.position_embeddings"][0]
    for layer in range(config.stack.n_layers):
        ours, theirs = f"blocks.{layer}", f"encoder.layer.{layer}"
        for n in (1, 2):
            yield f"{ours}.ln{n}_scale", state[f"{theirs}.layer_scale{n}.lambda1"]
        for name, known in LAYER.items():
            named = next((each for each in known if f"{theirs}.{each}.weight" in state), known[0])
            yield f"{ours}.{name}.weight", state[f"{theirs}.{named}.weight"]
            if f"{theirs}.{named}.bias" in state:
                yield f"{ours}.{name}.bias", state[f"{theirs}.{named}.bias"]
    for part in ("weight", "bias"):
        yield f"ln_final.{part}", state[f"layernorm.{part}"]
