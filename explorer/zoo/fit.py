"""Whether config, weights and tokenizer belong to one another: before the model is built, and after it is loaded.

A config may ask for a million layers or for a vocabulary of 10**12: building that takes minutes or all memory, and the
weight files, whose headers are cheap to read, say beforehand that it cannot be right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from explorer.errors import UnsupportedModelError, WeightsDamagedError
from explorer.zoo.json_file import Table

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from explorer.zoo.safetensors_header import Entry

Report = dict[str, Any]
"""What transformers says of a load: keys that are missing, of another shape, not expected."""
APART = "The weights do not match this config.json: fetch or copy both again."
PARTS = re.compile(r"layer|block|expert|group|head|depth|stage|codebook", re.IGNORECASE)
SIZES = re.compile(r"(size|length|eps|rank|dim|id|ids|window)$", re.IGNORECASE)
POSITIONS = re.compile(r"max.*position|n_positions|n_ctx|max.*seq|context_length", re.IGNORECASE)
OTHER = ("BOOL", "U8", "I8", "I16", "U16", "I32", "U32", "I64", "U64", "C64")
NOT_SIZES = ("model_type", "quantization_config", "auto_map")
FEWEST_PARTS = 1024
"""A count of layers, heads or experts up to this is never refused for its size alone."""
MOST_POSITIONS = 1 << 24
MASK = re.compile(r"(^|\.)(attn|attention)\.(masked_)?bias$")
"""GPT-2's and its kin's causal mask, which old files keep beside the weights."""


def check_sizes(config: Table, shapes: Sequence[tuple[int, ...]], name: str) -> None:
    """Raise WeightsDamagedError where the config asks for far more than the tensors of these shapes can fill."""
    most = max(FEWEST_PARTS, len(shapes), *(max(shape, default=0) for shape in shapes))
    for key, value in _whole_numbers(config):
        if PARTS.search(key) and not SIZES.search(key) and value > most:
            raise WeightsDamagedError(
                f"The config of {name} says {key} = {value:,}; its weights are {len(shapes):,} tensors.", APART
            )
        if POSITIONS.search(key) and (value > MOST_POSITIONS or (value < 1 and key == "max_position_embeddings")):
            raise WeightsDamagedError(
                f"The config of {name} says {key} = {value:,}; from 1 to {MOST_POSITIONS:,} positions are read.", APART
            )
    stored = sum(math.prod(shape) for shape in shapes)
    # Weights that are packed several into a number are fewer in the file.
    room = (16 if config.get("quantization_config") else 2) * stored + (1 << 20)
    if (needed := _parameters(config)) is not None and needed > room:
        raise WeightsDamagedError(
            f"The config of {name} describes {needed:,} parameters; its weights are {stored:,} numbers.", APART
        )


def check_types(config: Mapping[str, object], entries: Mapping[str, Entry], name: str) -> None:
    """Raise WeightsDamagedError for weights that are not floating-point: whole numbers would be read as factors in the
    thousands. Masks and tables of positions may be; so may packed weights, of which the config says how."""
    if config.get("quantization_config"):
        return
    shapes = {key: entry.shape for key, entry in entries.items()}
    for key, entry in entries.items():
        if entry.dtype in OTHER and not key.endswith("position_ids") and not _is_mask(key, shapes):
            raise WeightsDamagedError(
                f"The tensor {key[:80]} of {name} is of the type {entry.dtype}; weights are floating-point numbers.",
                "If they are quantized, save them as floating-point numbers.",
            )


def _tensors(found: Sequence[object]) -> str:
    """
    >>> _tensors("a"), _tensors("ab")
    ('a tensor', '2 tensors')
    """
    return "a tensor" if len(found) == 1 else f"{len(found)} tensors"


def _by(shape: Iterable[int]) -> str:
    """
    >>> _by((48, 32))
    '48 × 32'
    """
    return " × ".join(str(each) for each in shape)


def _whole_numbers(config: Table) -> Iterator[tuple[str, int]]:
    """Every whole number of the config and of the tables within it, with its key."""
    waiting: list[tuple[str, Any]] = list(config.items())
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(str(inner), each) for inner, each in value.items()]
        elif isinstance(value, int) and not isinstance(value, bool):
            yield key, value


def _parameters(config: Table) -> int | None:
    """How many parameters the config describes, without any memory for them; None if transformers cannot say."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.initialization import meta_device_safe_creation_ops, no_init_weights

    from explorer.zoo.quiet import quiet

    try:
        with quiet(), torch.device("meta"), meta_device_safe_creation_ops(), no_init_weights():
            settings = {key: value for key, value in config.items() if key not in NOT_SIZES}
            made = AutoConfig.for_model(config["model_type"], **settings)
            model = AutoModelForCausalLM.from_config(made, trust_remote_code=False)
            return sum(parameter.numel() for parameter in model.parameters())
    except Exception as error:
        if "overflow" in str(error).lower():
            raise WeightsDamagedError(
                f"The sizes in the config need more memory than any machine has: {error}", APART
            ) from error
        # Whatever else is wrong with the config, the load itself says with its own words.
        return None


def check_places(name: str, report: Report, hint: str) -> None:
    """Raise WeightsDamagedError for a tensor of another shape, and for one that is missing."""
    if other := sorted(report["mismatched_keys"]):
        key, stored, needed = other[0]
        raise WeightsDamagedError(
            f"{name} has {_tensors(other)} of another shape than its config asks for, such as {key}: "
            f"{_by(stored)}, not {_by(needed)}.",
            hint,
        )
    if wrong := sorted(report["missing_keys"]):
        raise WeightsDamagedError(
            f"{name} has {_tensors(wrong)} missing that its config asks for, such as {wrong[0]}.", hint
        )


def check_loaded(name: str, hf: PreTrainedModel, report: Report, shapes: dict[str, tuple[int, ...]]) -> None:
    """Raise WeightsDamagedError unless every tensor has found its place and every place its tensor."""
    check_places(name, report, APART)
    if left := sorted(key for key in report["unexpected_keys"] if not _is_mask(key, shapes)):
        raise WeightsDamagedError(
            f"The config of {name} has no place for {len(left)} of its tensors, {left[0]} for one: "
            "without them it would be another model.",
            APART,
        )
    embedding: Any = hf.get_input_embeddings()
    head: Any = hf.get_output_embeddings()
    tied = getattr(hf.config.get_text_config(), "tie_word_embeddings", False)
    if tied and head is not None and head.weight.data_ptr() != embedding.weight.data_ptr():
        raise WeightsDamagedError(
            f"The config of {name} ties the unembedding to the embedding, but its weights hold two different ones.",
            "Set tie_word_embeddings to false in config.json if you mean the second one.",
        )


def _is_mask(key: str, shapes: dict[str, tuple[int, ...]]) -> bool:
    """Whether the tensor is a stored causal mask [1, 1, n, n], or the number that GPT-2 once masked with."""
    # transformers may report it with the base model's name in front, or without.
    found = (each for name, each in shapes.items() if f".{name}".endswith(f".{key}") or f".{key}".endswith(f".{name}"))
    shape = next(found, None) if MASK.search(key) else None
    if shape is None:
        return False
    return math.prod(shape) == 1 or (len(shape) == 4 and shape[:2] == (1, 1) and shape[2] == shape[3])


def check_tokenizer(name: str, tokenizer: PreTrainedTokenizerBase, embedding: torch.nn.Module) -> None:
    """Raise UnsupportedModelError if a text could become an id that the embedding has no row for, or draws its ids.

    More rows than tokens are fine: many embeddings are padded. So are special tokens past the end that neither a
    text nor the chat template can produce (Gemma 3 keeps its picture's token there).
    """
    if how := _drawn(tokenizer):
        raise UnsupportedModelError(
            f"The tokenizer of {name} {how}, so that one text gets other ids each time it is read.",
            "Set it to null in tokenizer.json: it is meant for training.",
        )
    weight: Any = embedding.weight
    rows = int(weight.shape[0])
    beyond = {token: i for token, i in _vocabulary(tokenizer) if i >= rows}
    if not beyond:
        return
    added: dict[int, Any] = dict(getattr(tokenizer, "added_tokens_decoder", {}))
    template = str(getattr(tokenizer, "chat_template", None) or "")
    lead = set(tokenizer("")["input_ids"])  # type: ignore[arg-type]
    reachable = [
        token for token, i in beyond.items() if i not in added or not added[i].special or token in template or i in lead
    ]
    if reachable:
        raise UnsupportedModelError(
            f"The tokenizer of {name} has ids up to {max(beyond.values()):,}, and its embedding {rows:,} rows: "
            f"{reachable[0][:40]!r} has none.",
            "The tokenizer does not match the weights: fetch or copy both again.",
            rows=rows,
        )


def _drawn(tokenizer: PreTrainedTokenizerBase) -> str:
    """What the tokenizer draws at random; empty if a text always gives the same ids."""
    model = getattr(getattr(tokenizer, "backend_tokenizer", None), "model", None)
    if dropout := getattr(model, "dropout", None):
        return f"drops merges at random (dropout {dropout:g})"
    sampled: object = getattr(tokenizer, "sp_model_kwargs", None)
    if getattr(model, "alpha", None) is not None or (isinstance(sampled, dict) and sampled.get("enable_sampling")):
        return "draws how it cuts a word (alpha, enable_sampling)"
    return ""


def _vocabulary(tokenizer: PreTrainedTokenizerBase) -> Iterable[tuple[str, int]]:
    return tokenizer.get_vocab().items()
