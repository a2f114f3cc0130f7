"""A state-space model, called as TransformerLens' bridge is, which takes models with attention alone: see `own_runner`.

What runs are the explorer's own Mamba layers on the weights that transformers has read; transformers' own run of them
is what every model's first run is held against. Between two calls lie the layers' states, of a fixed size, in place of
keys and values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import UnsupportedModelError
from explorer.stack.frontier.state_spaces.mamba import LayerState, MambaMixer
from explorer.stack.frontier.state_spaces.model import Layer, StateSpaceModel
from explorer.stack.transformer.hook_points import HookedModule, HookPoint
from explorer.zoo.own_runner import OwnRunner

if TYPE_CHECKING:
    from transformers import Cache, PreTrainedModel

States = list[LayerState]


class HookedLayer(nn.Module):
    """Norm and mixer of a layer, and the stream around them. It has one writer: behind it the stream is the layer's."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        assert isinstance(layer.mixer, MambaMixer)
        self.ln1, self.mixer = layer.norm, layer.mixer
        self.hook_resid_pre, self.hook_resid_mid, self.hook_resid_post = HookPoint(), HookPoint(), HookPoint()

    def forward(
        self, x: Float[Tensor, "batch pos d_model"], state: LayerState | None
    ) -> tuple[Float[Tensor, "batch pos d_model"], LayerState]:
        x = self.hook_resid_pre(x)
        run = self.mixer.run(self.ln1(x), state)
        return self.hook_resid_post(self.hook_resid_mid(x + run.out)), run.state


class HookedStateSpace(HookedModule):
    """A model of Mamba layers with hook points in it; the layers are shared, not copied."""

    def __init__(self, model: StateSpaceModel) -> None:
        super().__init__()
        self.embed, self.ln_final = model.backbone.embeddings, model.backbone.norm_f
        self.blocks = nn.ModuleList(HookedLayer(layer) for layer in model.layers)
        self.name_hook_points()

    def forward(
        self, ids: Int[Tensor, "batch pos"], states: States | None
    ) -> tuple[Float[Tensor, "batch pos d_model"], States]:
        """The stream behind the last layer, and each layer's state."""
        x, made = self.embed(ids), []
        for at, block in enumerate(self.blocks):
            x, state = block(x, None if states is None else states[at])
            made.append(state)
        return x, made


class StateSpaceRunner(OwnRunner):
    """A model of Mamba layers, float32 on the CPU wherever transformers' own lies."""

    def __init__(self, hf: PreTrainedModel) -> None:
        config, state = hf.config.to_dict(), {name: each.cpu() for name, each in hf.state_dict().items()}
        self.model = StateSpaceModel.from_hf(config, state)
        self.hooked = HookedStateSpace(self.model)
        super().__init__(self.hooked)
        self.original_model = hf
        self.blocks = tuple(self.hooked.blocks)
        self.ln_final: nn.Module | None = self.hooked.ln_final
        self.unembed = cast("nn.Module", hf.get_output_embeddings())

    def forward(self, ids: Tensor, **how: object) -> tuple[Tensor, Cache | None]:
        """how: `past_key_values`, the states to read on from; `logits_to_keep`, of so many last positions.

        Raises UnsupportedModelError for padded texts: padding would pass through the state.
        """
        if how.get("attention_mask") is not None:
            raise UnsupportedModelError("A state-space model reads no padded batch.", "Run its texts one by one.")
        states = cast("States | None", how.get("past_key_values"))
        x, states = self.hooked(ids.cpu(), states)
        kept = int(str(how.get("logits_to_keep") or 0))
        return self.model.unembedded(x[:, -kept:] if kept else x), cast("Cache", states)
