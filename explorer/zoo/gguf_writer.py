"""A model written as a GGUF file that llama.cpp runs: `python -m explorer quantize MODEL --format q4_k_m --out FILE`.

The matrices take the formats of one of llama.cpp's mixes (`stack.systems.quantization.mix`) and are stored as the bytes
of their blocks. Metadata and tokenizer come from the GGUF file that the model was made from, or from its config and
tokenizer. ggml turns adjacent pairs of a head's coordinates where transformers turns its two halves, so that rows of
Llama's queries and keys stand in another order; Gemma's norms are stored with their 1. The file is written beside its
place and renamed into it when it is whole.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from explorer.errors import BadRequestError, StorageError, UnsupportedModelError
from explorer.fetching.progress import Progress, silent
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.mix import KINDS, Mix, Place, chosen
from explorer.zoo.gguf_tokenizer import add_tokenizer

if TYPE_CHECKING:
    from gguf import GGUFWriter

    from explorer.zoo.model import Model

ARCHITECTURES = {"LlamaForCausalLM": "llama", "Gemma3ForCausalLM": "gemma3"}


@dataclass(frozen=True)
class Written:
    """What was written."""

    path: Path
    nbytes: int
    formats: Mapping[str, int]
    """How many tensors took each."""
    fallen: Mapping[int, int]
    """By the length of their rows, how many matrices fell back from a K type."""


def write(
    model: Model,
    made: Mix,
    out: Path,
    *,
    importance: Mapping[str, Tensor] | None = None,
    force: bool = False,
    progress: Progress = silent,
) -> Written:
    """Write the model to `out`. importance: by the name of a decoder's matrix, one number an input.

    Raises BadRequestError for a place that is taken (unless `force`) or is no file's, StorageError for one that cannot
    be written, UnsupportedModelError for an architecture that this does not write. A part of a file is never left.
    """
    architecture = check(model, out, force)
    try:
        with tempfile.TemporaryDirectory(prefix=".explorer-", dir=out.parent) as folder:
            part = Path(folder) / out.name
            formats, fallen = _write(model, architecture, made, part, importance or {}, progress)
            part.replace(out)
    except OSError as error:
        raise StorageError(
            f"{out} cannot be written ({error.strerror or error}).", "Give --out a place in a folder that can be."
        ) from error
    return Written(out, out.stat().st_size, formats, fallen)


def check(model: Model, out: Path, force: bool = False) -> str:
    """GGUF's name of the architecture. Raises what `write` raises before it begins."""
    if out.is_dir():
        raise BadRequestError(f"{out} is a folder.", "Give --out the name of a file, such as model.gguf.")
    if out.exists() and not force:
        raise BadRequestError(f"{out} is there already.", "Give another name, or --force to replace it.")
    architecture = ARCHITECTURES.get(str((model.hf.config.architectures or [""])[0]))
    if architecture is None:
        raise UnsupportedModelError(
            f"A {model.card.architecture} cannot be written as GGUF.", f"{', '.join(ARCHITECTURES)} can."
        )
    return architecture


def _write(
    model: Model, architecture: str, made: Mix, part: Path, importance: Mapping[str, Tensor], progress: Progress
) -> tuple[Counter[str], Counter[int]]:
    from gguf import GGMLQuantizationType, GGUFWriter

    writer, formats, fallen = GGUFWriter(part, architecture), Counter(), Counter()
    try:
        _add_settings(writer, model, architecture)
        writer.add_file_type(made.file_type)
        writer.add_quantization_version(2)
        weights = dict(tensors(model, architecture))
        tied, blocks = "output.weight" not in weights, model.dims.n_layers
        by_tensor = {_tensor_name(name): each for name, each in importance.items()}
        if tied and "unembed" in importance:
            by_tensor["token_embd.weight"] = importance["unembed"]
        for done, (name, weight) in enumerate(weights.items()):
            progress("Quantizing", done, len(weights))
            if weight.ndim < 2 or name.endswith("_norm.weight"):
                writer.add_tensor(name, weight.float().numpy())
                formats["f32"] += 1
                continue
            at = _place(name, tied, blocks, weight.shape[1], model, bool(importance))
            taken = chosen(made, at)
            formats[taken] += 1
            if made.base.endswith("_k") and weight.shape[1] % 256:
                fallen[weight.shape[1]] += 1
            if taken in ("f32", "f16"):
                writer.add_tensor(name, weight.to(torch.float16 if taken == "f16" else torch.float32).numpy())
                continue
            packed = FORMATS[taken].quantize(weight, by_tensor.get(name))
            kind = GGMLQuantizationType[taken.upper()]
            writer.add_tensor(name, packed.parts["blocks"].numpy(), raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()
    progress("Quantizing", 1, 1)
    return formats, fallen


def _place(name: str, tied: bool, blocks: int, d_in: int, model: Model, important: bool) -> Place:
    kind, dims = name.split(".")[-2], model.dims
    if tied and kind == "token_embd":
        kind = "output"
    block = int(name.split(".")[1]) if name.startswith("blk.") else 0
    return Place(kind, block, blocks, d_in, dims.n_heads // dims.n_kv_heads, dims.n_experts, important)


def _tensor_name(name: str) -> str:
    """GGUF's name of a decoder's matrix.

    >>> _tensor_name("blocks.3.attn.W_V"), _tensor_name("unembed")
    ('blk.3.attn_v.weight', 'output.weight')
    """
    parts = name.split(".")
    kind = KINDS[parts[-1]]
    return f"blk.{parts[1]}.{kind}.weight" if parts[0] == "blocks" else f"{kind}.weight"


def tensors(model: Model, architecture: str) -> Iterator[tuple[str, Tensor]]:
    """Each tensor under GGUF's name, its rows in ggml's order. float32, as the model has it."""
    from gguf import MODEL_ARCH_NAMES, get_tensor_name_map

    kind = next(each for each, name in MODEL_ARCH_NAMES.items() if name == architecture)
    names = get_tensor_name_map(kind, model.dims.n_layers)
    tied = bool(model.hf.config.tie_word_embeddings)
    for name, weight in model.weights.items():
        if tied and name == "lm_head.weight":
            continue
        found = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if found is None:
            raise UnsupportedModelError(
                f"GGUF has no name for {name}.", "Only Llama's and Gemma 3's tensors are written."
            )
        if architecture == "llama" and name.endswith(("q_proj.weight", "k_proj.weight")):
            heads = model.dims.n_heads if "q_proj" in name else model.dims.n_kv_heads
            weight = paired(weight, heads)
        if architecture == "gemma3" and name.endswith("norm.weight"):
            weight = weight + 1
        yield found, weight.detach().float().contiguous()


def paired(weight: Tensor, heads: int) -> Tensor:
    """Rows of queries or keys with each head's two halves interleaved: coordinates that turn together stand together.

    >>> paired(torch.arange(8)[:, None], 2).flatten().tolist()
    [0, 2, 1, 3, 4, 6, 5, 7]
    """
    halves = weight.unflatten(0, (heads, 2, -1))  # head half pair in
    return halves.transpose(1, 2).reshape(weight.shape)


def source_of(model: Model) -> Path | None:
    """The GGUF file that the model was made from, where it is at hand."""
    from explorer.fetching import cache

    brought = Path(model.name).expanduser()
    if brought.suffix.lower() == ".gguf" and brought.is_file():
        return brought
    weights = model.card.weights
    if weights is None or not weights.file.endswith(".gguf"):
        return None
    path = cache.weights_file(weights.file, weights.sha256)
    return path if path.is_file() else None


def _add_settings(writer: GGUFWriter, model: Model, architecture: str) -> None:
    if (source := source_of(model)) is not None:
        _copy_settings(writer, source)
        return
    config: Any = model.hf.config
    rope = config.rope_parameters
    scaled = [
        each
        for each in (rope, *rope.values())
        if isinstance(each, dict) and each.get("rope_type", "default") != "default"
    ]
    if scaled:
        raise UnsupportedModelError("Its RoPE is scaled, and scaling is not written.", "Plain RoPE is.")
    dims = model.dims
    writer.add_name(model.card.title)
    writer.add_context_length(dims.n_ctx)
    writer.add_embedding_length(dims.d_model)
    writer.add_block_count(dims.n_layers)
    writer.add_feed_forward_length(dims.d_mlp)
    writer.add_head_count(dims.n_heads)
    writer.add_head_count_kv(dims.n_kv_heads)
    writer.add_key_length(dims.d_head)
    writer.add_value_length(dims.d_head)
    writer.add_layer_norm_rms_eps(dims.eps)
    writer.add_vocab_size(dims.d_vocab)
    if architecture == "gemma3":
        writer.add_sliding_window(config.sliding_window)
        writer.add_rope_freq_base(rope["full_attention"]["rope_theta"])
    else:
        writer.add_rope_dimension_count(dims.d_head)
        writer.add_rope_freq_base(rope["rope_theta"])
    add_tokenizer(writer, model.tokenizer, dims.d_vocab)


def _copy_settings(writer: GGUFWriter, source: Path) -> None:
    """All settings of a GGUF file but those that say how its numbers are stored."""
    from gguf import GGUFReader, GGUFValueType

    own = ("general.architecture", "general.file_type", "general.quantization_version")
    for field in GGUFReader(source).fields.values():
        if not field.name.startswith("GGUF.") and field.name not in own:
            kind = field.types[0]
            sub = field.types[-1] if kind is GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kind, sub_type=sub)
