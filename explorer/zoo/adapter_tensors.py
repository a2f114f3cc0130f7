"""adapter_model.safetensors of peft's: its tensors as changes of layers, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import NotApplicableError, UnsupportedModelError, WeightsDamagedError
from explorer.zoo.adapter_settings import CONFIG, WEIGHTS, Settings

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.stack.finetuning.adapter import Adapter
    from explorer.stack.finetuning.change import Change
    from explorer.stack.finetuning.virtual_tokens import VirtualTokens
    from explorer.stack.transformer.decoder import Decoder

_LORA = re.compile(
    r"base_model\.model\.(?P<module>.+)\.lora_(?P<part>[AB]\.weight|magnitude_vector(?:\.weight)?)", re.ASCII
)
_IA3 = re.compile(r"base_model\.model\.(?P<module>.+)\.(?P<part>ia3_l)", re.ASCII)
_VIRTUAL = "prompt_embeddings"
_BLOCK = re.compile(r"(?:model\.layers|blocks)\.(\d+)\.(.+)", re.ASCII)


def theirs(name: str) -> str:
    """transformers' name of a layer of the explorer's decoder.

    >>> theirs("blocks.3.attn.W_Q"), theirs("unembed"), ours("model.layers.3.mlp.down_proj"), ours("model.norm")
    ('model.layers.3.self_attn.q_proj', 'lm_head', 'blocks.3.mlp.W_out', None)
    """
    from explorer.stack.transformer.weights import LLAMA  # torch: whoever lists names waits for none

    if name == "unembed":
        return "lm_head"
    matched = _BLOCK.fullmatch(name)
    if matched is None or matched[2] not in LLAMA:
        raise NotApplicableError(f"peft has no name for the layer “{name[:80]}”.", "Choose attention's matrices.")
    return f"model.layers.{matched[1]}.{LLAMA[matched[2]]}"


def ours(name: str) -> str | None:
    """The other way; None for a layer that a Llama has not."""
    from explorer.stack.transformer.weights import LLAMA

    if name == "lm_head":
        return "unembed"
    matched, back = _BLOCK.fullmatch(name), {theirs: own for own, theirs in LLAMA.items()}
    return f"blocks.{matched[1]}.{back[matched[2]]}" if matched and matched[2] in back else None


def changes(name: str, settings: Settings, tensors: Mapping[str, Tensor]) -> dict[str, Change]:
    """By transformers' names of layers. Raises UnsupportedModelError for a tensor that is none of an adapter's,
    WeightsDamagedError for one that lacks its fellow, or holds numbers that are none."""
    from explorer.stack.finetuning.change import finite

    pattern = _LORA if settings.kind == "LORA" else _IA3
    found: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if (matched := pattern.fullmatch(key)) is None or tensor.ndim != _axes(matched["part"]):
            what = "LoRA" if settings.kind == "LORA" else "IA3"
            raise UnsupportedModelError(
                f"The adapter “{name}” holds “{key[:80]}”, which is no {what} matrix of a linear layer.",
                "Merge it with peft, and open the merged folder.",
            )
        found.setdefault(matched["module"], {})[matched["part"].removesuffix(".weight")] = tensor.float()
    made: dict[str, Change] = {module: _change(name, settings, module, parts) for module, parts in found.items()}
    if bad := next((module for module, each in made.items() if not finite(each)), None):
        raise WeightsDamagedError(
            f"The adapter “{name}” holds numbers that are none (NaN or infinite) at “{bad[:80]}”.", "Train it again."
        )
    return made


def _axes(part: str) -> int:
    return 1 if part.startswith("magnitude") else 2


def _change(name: str, settings: Settings, module: str, parts: Mapping[str, Tensor]) -> Change:
    from explorer.stack.finetuning.dora import DoRA
    from explorer.stack.finetuning.lora import LoRA
    from explorer.stack.finetuning.vectors import Scaling

    if settings.kind == "IA3":
        l = parts["ia3_l"]  # noqa: E741
        return Scaling(l.flatten(), inputs=l.shape[0] == 1 and l.shape[1] > 1)
    if not {"A", "B"} <= parts.keys():
        raise WeightsDamagedError(f"The adapter “{name}” has one of two matrices of “{module}”.", "Copy it again.")
    if settings.dora != ("magnitude_vector" in parts):
        raise WeightsDamagedError(
            f"{CONFIG} of the adapter “{name}” says use_dora = {settings.dora}, and at “{module[:80]}” it "
            f"{'lacks' if settings.dora else 'has'} the lengths of rows.",
            "Copy it again.",
        )
    if settings.dora:
        return DoRA(parts["A"], parts["B"], settings.scale, parts["magnitude_vector"])
    return LoRA(parts["A"], parts["B"], settings.scale)


def virtual(name: str, settings: Settings, tensors: Mapping[str, Tensor]) -> VirtualTokens:
    """A prefix or a prompt. Raises UnsupportedModelError for other tensors, WeightsDamagedError for no numbers."""
    import torch

    from explorer.stack.finetuning.virtual_tokens import Prefix, Prompt

    if tensors.keys() != {_VIRTUAL} or tensors[_VIRTUAL].ndim != 2:
        raise UnsupportedModelError(
            f"The adapter “{name}” holds more than the rows of its virtual tokens.",
            "A prefix with a network of its own is not read: save it with peft in inference mode.",
        )
    rows = tensors[_VIRTUAL].float()
    if not bool(torch.isfinite(rows).all()):
        raise WeightsDamagedError(
            f"The adapter “{name}” holds numbers that are none (NaN or infinite).", "Train it again."
        )
    return (Prefix if settings.kind == "PREFIX_TUNING" else Prompt)(rows)


def write(folder: Path, trained: Adapter | VirtualTokens, decoder: Decoder, base: str) -> None:
    """Both files, as peft loads them. Raises NotApplicableError for what peft has no form for."""
    from safetensors.torch import save_file

    from explorer.stack.finetuning.adapter import Adapter

    made = _of_changes(trained) if isinstance(trained, Adapter) else _of_virtual(trained, decoder)
    config, tensors = made
    shared = {"task_type": "CAUSAL_LM", "base_model_name_or_path": base, "inference_mode": True}
    folder.mkdir(parents=True, exist_ok=True)
    save_file({key: each.detach().contiguous() for key, each in tensors.items()}, folder / WEIGHTS, {"format": "pt"})
    (folder / CONFIG).write_text(json.dumps(shared | config, indent=2) + "\n", encoding="utf-8")


Files = tuple[dict[str, object], dict[str, "Tensor"]]


def _of_changes(adapter: Adapter) -> Files:
    from explorer.stack.finetuning.dora import DoRA
    from explorer.stack.finetuning.lora import LoRA
    from explorer.stack.finetuning.vectors import Scaling

    tensors: dict[str, Tensor] = {}
    kinds, scales = set[type](), set[tuple[int, float]]()
    inputs: list[str] = []
    for name, each in adapter.changes.items():
        change = each.plain if isinstance(each, LoRA) else each
        key, kind = f"base_model.model.{theirs(name)}", type(change)
        kinds.add(kind)
        if isinstance(change, LoRA | DoRA):
            scales.add((change.A.shape[0], change.scale))
            tensors |= {f"{key}.lora_A.weight": change.A, f"{key}.lora_B.weight": change.B}
        if isinstance(change, DoRA):
            tensors[f"{key}.lora_magnitude_vector"] = change.m
        if isinstance(change, Scaling):
            tensors[f"{key}.ia3_l"] = change.l[None] if change.inputs else change.l[:, None]
            inputs += [theirs(name)] if change.inputs else []
    if len(kinds) != 1 or not kinds <= {LoRA, DoRA, Scaling} or len(scales) > 1:
        raise NotApplicableError(
            "peft has no file for this adapter: it keeps LoRA, DoRA and IA3, one kind, rank and scale in each.",
            "Concatenate adapters of one rank, or keep the merged model.",
        )
    targets: dict[str, object] = {"target_modules": sorted(theirs(name) for name in adapter.names)}
    if kinds == {Scaling}:
        return targets | {"peft_type": "IA3", "feedforward_modules": sorted(inputs)}, tensors
    ((r, scale),) = scales
    lora = {"peft_type": "LORA", "r": r, "lora_alpha": scale * r, "use_dora": kinds == {DoRA}, "bias": "none"}
    return targets | lora, tensors


def _of_virtual(trained: VirtualTokens, decoder: Decoder) -> Files:
    from explorer.stack.finetuning.virtual_tokens import Prefix

    config = decoder.config
    heads = config.n_kv_heads if isinstance(trained, Prefix) else config.n_heads
    width = heads * config.d_head if isinstance(trained, Prefix) else config.d_model
    return {
        "peft_type": "PREFIX_TUNING" if isinstance(trained, Prefix) else "PROMPT_TUNING",
        "num_virtual_tokens": trained.n, "token_dim": width, "num_layers": config.n_layers,
        "num_attention_heads": heads, "num_transformer_submodules": 1,
    }, {_VIRTUAL: trained.weight}  # fmt: skip
