"""transformers: how it reads weights, where it offers no setting.

- `modeling_gguf_pytorch_utils`: the GGUF reader's tables of architectures, of settings and of tensors' processors, its
  bar of progress and its map of names. Mixtral and OLMoE are not in them; what the reader has no name for it passes
  over. Until transformers reads both and reports what it leaves out (5.23 does not).
- `modeling_utils.safe_open`: safetensors by pread instead of a map of the file. Its own switch (`disable_mmap`) holds
  the file twice. Until it takes a backend (5.23 does not).
- `modeling_utils.log_state_dict_report`: weights that do not fit are printed as a table. Until they are raised.
- `PreTrainedModel._from_config`: a model without weights, with a choice of attention. Until `from_config` of the class
  itself is public (that of `AutoModel` goes by the config's class, which a mended config need not have).
- `PreTrainedConfig._attn_implementation`, `_experts_implementation`: which code runs. Until a config can be asked.

Why it is pinned to one minor version stands in `compat.transformer_lens`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from explorer.compat.replaced import replaced

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel

OF_EXPERTS = "_exps.weight"


def gguf_mixtures(mixtral: bool) -> AbstractContextManager[None]:
    """While this holds, the GGUF reader reads OLMoE; and, if so, the tensors of a Llama's experts."""
    import transformers.modeling_gguf_pytorch_utils as loading

    known: dict[str, Any] = loading.GGUF_TO_TRANSFORMERS_MAPPING
    configs: dict[str, Any] = {**known["config"], "olmoe": known["config"]["qwen3_moe"]}
    processors = {**loading.TENSOR_PROCESSORS, "olmoe": loading.Qwen2MoeTensorProcessor}
    if mixtral:
        processors["llama"] = _mixtral_processor()
    return replaced(
        loading,
        GGUF_TO_TRANSFORMERS_MAPPING={**known, "config": configs},
        GGUF_SUPPORTED_ARCHITECTURES=list(configs),
        TENSOR_PROCESSORS=processors,
    )


def _mixtral_processor() -> type:
    from transformers.modeling_gguf_pytorch_utils import LlamaTensorProcessor, Qwen2MoeTensorProcessor

    class Mixtral(Qwen2MoeTensorProcessor, LlamaTensorProcessor):
        def process(self, weights: Any, name: str, **about: Any) -> Any:
            way = Qwen2MoeTensorProcessor if name.endswith(OF_EXPERTS) else LlamaTensorProcessor
            return way.process(self, weights, name, **about)

    return Mixtral


def gguf_watched(
    read: Callable[[int, int], None], found: Callable[[Iterable[str]], None], kind: str | None
) -> AbstractContextManager[None]:
    """While this holds, the GGUF reader tells `read(done, total)` of its tensors and `found` the names that it has a
    place for; `kind` is the architecture whose names it looks up where it is told none."""
    import transformers.modeling_gguf_pytorch_utils as loading

    find_places = loading.get_gguf_hf_weights_map

    def told(tensors: Any, **_: object) -> Iterator[Any]:
        for done, tensor in enumerate(tensors):
            read(done, len(tensors))
            yield tensor

    def noted(model: Any, processor: Any, own: str | None = None, *more: Any, **how: Any) -> dict[str, str]:
        places = find_places(model, processor, own or kind, *more, **how)
        found(places)
        return places

    return replaced(loading, tqdm=told, get_gguf_hf_weights_map=noted)


def safetensors_by_pread() -> AbstractContextManager[None]:
    """While this holds, safetensors are read, not mapped."""
    import transformers.modeling_utils as loading
    from safetensors import safe_open as opened

    def safe_open(*where: object, **how: object) -> object:
        return opened(*where, **{**how, "backend": "pread"})

    return replaced(loading, safe_open=safe_open)


def misfits_told(report: Callable[[dict[str, str], list[str]], None]) -> AbstractContextManager[None]:
    """While this holds, `report(errors by tensor, other errors)` is called in place of transformers' own, which prints
    a table; those of another shape stand in what loading returns."""
    import transformers.modeling_utils as loading

    def instead(*_: object, loading_info: Any, **__: object) -> None:
        report(
            {name: str(said) for name, said in loading_info.conversion_errors.items()}, list(loading_info.error_msgs)
        )

    return replaced(loading, log_state_dict_report=instead)


def without_weights(kind: type[PreTrainedModel], config: PreTrainedConfig, dtype: torch.dtype) -> PreTrainedModel:
    """A model of this class whose weights are still to come, with transformers' plain attention."""
    return kind._from_config(config, attn_implementation="eager", dtype=dtype)


def attention_is_plain(config: PreTrainedConfig) -> bool:
    """Whether the model's attention is written out in torch's operations."""
    return config._attn_implementation == "eager"


def run_experts_by(config: PreTrainedConfig, way: str) -> None:
    """Which of transformers' ways a mixture's experts are run: "eager", "grouped_mm", ..."""
    config._experts_implementation = way
