"""The explorer's own decoder as a model of transformers: what is put together as no library has it is opened so.

Its config.json names the type `explorer` and holds the decoder's own settings (`stack.transformer.config_table`); its
weights bear the decoder's own names. It is loaded, looked over and placed as any folder is, and runs without
TransformerLens, on hook points of its own (`zoo.decoder_runner`).

>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = ExplorerConfig(settings=table_of(DecoderConfig(2, 8, 2, 1, 4, 16, 50, 32, positions="alibi")))
>>> config.num_attention_heads, config.windows, config.decoder_config.positions
(2, (None, None), 'alibi')
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from explorer.errors import NotApplicableError
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.config_table import config_of, table_of
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND = "explorer"
ARCHITECTURE = "ExplorerForCausalLM"
#: What a config without settings is: transformers makes one to compare with.
SMALLEST = DecoderConfig(1, 2, 1, 1, 2, 2, 2, 1)
#: Slots of a cache at first.
SLOTS = 128


class ExplorerConfig(PreTrainedConfig):
    """The decoder's settings; sizes are read from them under transformers' names."""

    model_type: ClassVar[str] = KIND

    def __init__(self, settings: dict[str, Any] | None = None, **more: Any) -> None:
        self.settings = settings  # first: transformers looks at what is read from them
        super().__init__(**more)

    @property
    def decoder_config(self) -> DecoderConfig:
        """Raises UnsupportedModelError where the settings say none."""
        # Not kept in the config, whose attributes are written to its file.
        return SMALLEST if self.settings is None else _read(json.dumps(self.settings))

    @property
    def windows(self) -> tuple[int | None, ...]:
        return self.decoder_config.windows

    @property
    def layer_types(self) -> list[str]:
        return ["full_attention" if each is None else "sliding_attention" for each in self.windows]

    @property
    def tie_word_embeddings(self) -> bool:
        return self.decoder_config.tied

    def __getattr__(self, name: str) -> object:
        if name in SIZES:
            return getattr(self.decoder_config, SIZES[name])
        raise AttributeError(f"{type(self).__name__} has no setting “{name}”")


@lru_cache
def _read(settings: str) -> DecoderConfig:
    return config_of(json.loads(settings))


#: transformers' names of sizes -> ours
SIZES = {
    "vocab_size": "d_vocab",
    "hidden_size": "d_model",
    "intermediate_size": "d_mlp",
    "num_hidden_layers": "n_layers",
    "num_attention_heads": "n_heads",
    "num_key_value_heads": "n_kv_heads",
    "head_dim": "d_head",
    "hidden_act": "activation",
    "max_position_embeddings": "n_ctx",
    "rms_norm_eps": "eps",
    "num_local_experts": "n_experts",
    "num_experts_per_tok": "k",
    "final_logit_softcapping": "logit_cap",
}


class GrowingCache(ContiguousCache):
    """Twice the slots whenever they are full."""

    def _place(self, start: int, positions: Tensor) -> int:
        while start + positions.shape[1] > self.capacity:
            self.capacity *= 2
            with torch.inference_mode(False):
                self.keys, self.values = (torch.cat([t, torch.zeros_like(t)], 3) for t in (self.keys, self.values))
                self.k, self.v = list(self.keys), list(self.values)
                self.positions = torch.cat([self.positions, torch.full_like(self.positions, -1)], 1)
        return super()._place(start, positions)

    #: as transformers calls it
    batch_select_indices = ContiguousCache.reorder


class ExplorerForCausalLM(PreTrainedModel):
    """A `Decoder`, called as transformers' causal models are."""

    config_class = ExplorerConfig
    base_model_prefix = "decoder"
    _tied_weights_keys: ClassVar[dict[str, str]] = {"decoder.unembed.weight": "decoder.embed.weight"}

    def __init__(self, config: ExplorerConfig) -> None:
        super().__init__(config)
        self.decoder = Decoder(config.decoder_config)
        self.generation_config = GenerationConfig(eos_token_id=getattr(config, "eos_token_id", None))
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """None is made here: all are read."""

    def get_input_embeddings(self) -> nn.Module:
        return self.decoder.embed

    def get_output_embeddings(self) -> nn.Module:
        return self.decoder.unembed

    def new_cache(self, batch: int) -> GrowingCache:
        weight = self.decoder.embed.weight
        return GrowingCache(self.decoder.config, batch, SLOTS, weight.dtype, weight.device)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        past_key_values: GrowingCache | None = None,
        labels: Tensor | None = None,
        use_cache: bool | None = None,
        output_hidden_states: bool | None = None,
        output_attentions: bool | None = None,
        logits_to_keep: int = 0,
        **_: object,
    ) -> CausalLMOutputWithPast:
        """`attention_mask`: of all columns so far, 0 where a shorter text is padded on the left.

        Stream and attention are those of a second pass, stage by stage: the logits are of the fused one.
        """
        if use_cache and past_key_values is None:
            past_key_values = self.new_cache(len(input_ids))
        streams, patterns = None, None
        if output_hidden_states or output_attentions:
            streams, patterns = self._stages(input_ids)
        positions = None if attention_mask is None else positions_of(attention_mask)[:, -input_ids.shape[1] :]
        x = self.decoder.stream(input_ids, positions, past_key_values)
        logits = self.decoder.unembedded(x[:, -logits_to_keep:] if logits_to_keep else x)
        loss = None
        if labels is not None:
            loss = F.cross_entropy(logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten())
        return CausalLMOutputWithPast(
            loss=loss, logits=logits, past_key_values=past_key_values, hidden_states=streams, attentions=patterns  # pyright: ignore[reportArgumentType]
        )  # fmt: skip

    def _stages(self, ids: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """What enters each block and what the unembedding reads; each layer's attention."""
        x, at = self.decoder.entered(ids)
        at.patterns = {}
        streams = []
        for block in self.decoder.blocks:
            streams.append(x)
            x = block(x, at)
        return (*streams, self.decoder.read(x)), tuple(at.patterns[layer] for layer in range(len(streams)))


def positions_of(mask: Tensor) -> Tensor:
    """
    >>> positions_of(torch.tensor([[0, 0, 1, 1], [1, 1, 1, 1]])).tolist()
    [[-1, -1, 0, 1], [0, 1, 2, 3]]
    """
    return mask.cumsum(-1).sub(1).masked_fill(mask == 0, -1)


def settings_and_state(decoder: Decoder) -> tuple[Mapping[str, object], Mapping[str, Tensor]]:
    """config.json and weights of a decoder: a Llama's or a Mixtral's where it is one, else the explorer's own."""
    try:
        return decoder.hf_config(), decoder.hf_state_dict()
    except NotApplicableError:
        state = {f"decoder.{name}": tensor.detach() for name, tensor in decoder.state_dict().items()}
        if decoder.config.tied:
            del state["decoder.unembed.weight"]
        return {"architectures": [ARCHITECTURE], "model_type": KIND, "settings": table_of(decoder.config)}, state


def known_to_transformers() -> None:
    """Let transformers' own loader open the type."""
    AutoConfig.register(KIND, ExplorerConfig, exist_ok=True)
    AutoModelForCausalLM.register(ExplorerConfig, ExplorerForCausalLM, exist_ok=True)
