"""A loaded model: the transformers model, its tokenizer and vocabulary, and the bridge through which runs are
traced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from explorer.errors import NotApplicableError, UnsupportedModelError
from explorer.zoo.card import STATE_SPACES, Card
from explorer.zoo.placement import Placement, in_force
from explorer.zoo.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch
    from transformer_lens.model_bridge import TransformerBridge
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

    from explorer.stack.systems.quantization.format import Packed
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.own_runner import OwnRunner
    from explorer.zoo.reference import Reference
    from explorer.zoo.verdict import Verdict


@dataclass(frozen=True)
class Dims:
    """The sizes of a decoder, by the field's names."""

    n_layers: int
    n_heads: int
    """0 in a state-space model, as are the sizes of heads and of an MLP: its layers are one mixer each."""
    n_kv_heads: int
    d_head: int
    d_model: int
    d_mlp: int
    d_vocab: int
    n_ctx: int
    eps: float
    """The normalisation's epsilon."""
    parameters: int
    """Distinct parameters; tied ones count once."""
    n_experts: int = 0
    """Of each mixture-of-experts layer; 0 in a dense model."""
    experts_per_token: int = 0
    experts_renormalised: bool = True
    """The weights of a token's experts are scaled up to sum to 1 (Mixtral), not left as shares of all (OLMoE)."""

    @classmethod
    def of(cls, hf: PreTrainedModel) -> Dims:
        """Read them from the model's config (its text part, if it has several).

        Raises UnsupportedModelError for a model that is neither one of attention heads, of the same sizes in every
        layer, nor a state-space model of a known kind.
        """
        config = hf.config.get_text_config()
        try:
            return cls._read(config, hf)
        except (AttributeError, RuntimeError) as error:  # a setting that this architecture lacks, or has layer by layer
            missing = str(error).partition(". ")[0][:160]
            raise UnsupportedModelError(
                f"A {config.model_type} does not have the same attention heads in every layer ({missing}).",
                "Choose a decoder with attention in every layer, such as Llama, Qwen, Gemma, GPT-2, Mistral or OLMo.",
            ) from error

    @classmethod
    def _read(cls, config: PreTrainedConfig, hf: PreTrainedModel) -> Dims:
        d_model, n_heads = config.hidden_size, 0 if config.model_type in STATE_SPACES else config.num_attention_heads
        one_kv = bool(getattr(config, "multi_query", False)) and not getattr(config, "new_decoder_architecture", False)
        n_kv = _first(config, "num_key_value_heads", "num_kv_heads") or n_heads
        return cls(
            n_layers=config.num_hidden_layers,
            n_heads=n_heads,
            n_kv_heads=1 if one_kv else n_kv,
            # DeepSeek's heads have coordinates that turn and others that do not; its `head_dim` counts the first alone.
            d_head=_first(config, "qk_head_dim", "head_dim") or d_model // n_heads if n_heads else 0,
            d_model=d_model,
            d_mlp=(_first(config, "intermediate_size", "n_inner", "ffn_dim") or 4 * d_model) if n_heads else 0,
            d_vocab=cast("torch.nn.Embedding", hf.get_input_embeddings()).weight.shape[0],
            n_ctx=_first(config, "max_position_embeddings", "n_positions") or 2048,
            eps=float(_first(config, "rms_norm_eps", "layer_norm_epsilon", "layer_norm_eps", "norm_eps") or 1e-5),
            parameters=sum(parameter.numel() for parameter in hf.parameters()),
            n_experts=_first(config, "num_local_experts", "num_experts", "n_routed_experts") or 0,
            experts_per_token=_first(config, "num_experts_per_tok", "num_experts_per_token") or 0,
            experts_renormalised=bool(getattr(config, "norm_topk_prob", True))
            and getattr(config, "routed_scaling_factor", None) in (None, 1, 1.0),
        )


def stop_ids(hf: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Tokens after which a model has nothing more to say."""
    ends = getattr(hf.generation_config, "eos_token_id", None)
    ends = ends if isinstance(ends, list) else [ends]
    return frozenset(int(i) for i in [*ends, tokenizer.eos_token_id] if isinstance(i, int))


def _first(config: PreTrainedConfig, *names: str) -> Any:
    """The first of these settings that the config has: architectures name the same thing differently."""
    return next((value for name in names if (value := getattr(config, name, None)) is not None), None)


@dataclass(frozen=True, eq=False)
class Model:
    """Everything that a trace needs. Shared by threads; nothing in it is changed after loading."""

    name: str
    card: Card
    hf: PreTrainedModel
    """Eager attention, eval, no gradients. The bridge's components stand in its layers."""
    tokenizer: PreTrainedTokenizerBase
    bridge: TransformerBridge | OwnRunner
    vocabulary: Vocabulary
    dims: Dims
    reference: Reference | None = field(repr=False)
    """What transformers itself computed, before the bridge was put on; None where the verdict knows it all."""
    verdict: Verdict = field(repr=False)
    """What was found when the explorer's own computations were held against it."""
    weights: Mapping[str, torch.Tensor] = field(repr=False)
    """By name, as they were loaded: under the bridge, and while a run is captured, layers stand under other names."""
    placement: Placement = field(default_factory=in_force)
    """The device on which all this lies, and the format of its weights."""
    loaded: Model | None = field(default=None, repr=False)
    """The loaded model that this is a copy of, with other weights; None for a loaded one itself."""
    edits: tuple[str, ...] = ()
    """Texts of the interventions that changed the weights."""
    packed: Mapping[str, Packed] = field(default_factory=dict, repr=False)
    """The changed matrices in their formats, by the decoder's names; in `weights` they stand widened to float32."""

    @property
    def nbytes(self) -> int:
        """Bytes of its weights; what shares memory counts once."""
        parts = {each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in self.weights.values()}
        return sum(parts.values())

    @property
    def original(self) -> Model:
        """The loaded model."""
        return self.loaded or self

    @cached_property
    def device(self) -> torch.device:
        import torch

        return torch.device(self.placement.device)

    @cached_property
    def decoder(self) -> Decoder:
        """The explorer's own decoder on these weights, none of them copied.

        Raises NotApplicableError for an architecture that it does not know, or if its logits on a few tokens are not
        those of transformers.
        """
        from explorer.stack.transformer.decoder import Decoder

        self.check_decoder()
        made = Decoder.from_pretrained(self.hf.config, self.weights)
        if not self.verdict.knows("decoder"):
            self.verdict.add({"decoder": self._compared(made)})
            return self.decoder
        return made

    def check_decoder(self) -> None:
        """Raises NotApplicableError where it is known, without a comparison, that `decoder` does."""
        from explorer.stack.transformer.config import DecoderConfig
        from explorer.zoo.verdict import refused

        if reason := self.verdict.refusal("decoder"):
            raise refused("decoder", reason)
        DecoderConfig.from_hf(self.hf.config)

    @property
    def plain_decoder(self) -> Decoder:
        """`decoder`, where its weights are what a run's stored stream is read with: float32 on the CPU.

        Raises NotApplicableError elsewhere.
        """
        self.check_plain()
        return self.decoder

    def check_plain(self) -> None:
        """Raises NotApplicableError where weights are not float32 on the CPU: what computes on weights itself (kernels
        in C, packed formats, times of this machine) is written for those."""
        if not self.placement.plain:
            raise NotApplicableError(
                f"This computes in float32 on the CPU, and the model’s weights are: {self.placement.title}.",
                "Start the server with EXPLORER_DEVICE=cpu and EXPLORER_DTYPE=float32, or load(device=, dtype=) so.",
            )

    def _compared(self, decoder: Decoder) -> str:
        """How the decoder's logits differ, from one pass and from steps over a cache; nothing if they do not."""
        import torch

        from explorer.stack.transformer.kv_cache import ContiguousCache
        from explorer.zoo.reference import STEPS, relative

        assert self.reference is not None
        ids, expected = self.reference.ids[None].to(self.device), self.reference.logits
        with torch.inference_mode():
            whole = decoder(ids)[0]
            cache = ContiguousCache(decoder.config, 1, ids.shape[1], self.placement.torch_dtype, self.device)
            parts = [ids[:, :-STEPS], *ids[:, -STEPS:].split(1, 1)]
            stepped = torch.cat([decoder(part, cache=cache)[0] for part in parts])
        for way, logits in (("in one pass", whole), ("over a cache", stepped)):
            error = relative(logits.float().cpu(), expected)
            if error > self.placement.relative:
                return f"read {way}, its logits are {100 * error:.2g} % of the largest away from those of transformers."
        return ""

    def __repr__(self) -> str:
        return f"Model({self.name!r}, {self.dims.parameters:,} parameters, {self.card.architecture})"
