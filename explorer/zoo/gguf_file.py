"""A GGUF file turned once into a folder of safetensors, so that the next start takes half a second and not twelve.

transformers dequantises every tensor to float32; the numbers are those of the file, only wider. Two things are mended
on the way: the loaded model must forget that it came from a quantised file, or the saved folder could not be read, and
the tokenizer's splitting of digits, which transformers drops (see `restore_pre_tokenizer`).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from explorer.errors import UnsupportedModelError, WeightsDamagedError
from explorer.zoo import cache
from explorer.zoo.progress import Progress, silent

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

AGAIN = "Fetch or copy it again."


def check_gguf(path: Path) -> None:
    """Raise WeightsDamagedError unless the file is GGUF and long enough for every tensor that it announces."""
    with path.open("rb") as stream:
        head = stream.read(8)
    if len(head) < 8 or head[:4] != b"GGUF":
        raise WeightsDamagedError(f"{path.name} is not a GGUF file: it does not begin with the letters GGUF.", AGAIN)
    version = struct.unpack("<I", head[4:])[0]
    if version not in (2, 3):
        raise WeightsDamagedError(f"{path.name} is GGUF version {version}; versions 2 and 3 are read.", AGAIN)
    from gguf import GGUFReader

    try:
        tensors = GGUFReader(path).tensors
    except Exception as error:  # the reader indexes a memory map: a cut file shows as any of a dozen errors
        raise WeightsDamagedError(f"{path.name} is cut short or altered: {error}", AGAIN) from error
    end = max((tensor.data_offset + tensor.n_bytes for tensor in tensors), default=0)
    if not tensors or end > path.stat().st_size:
        raise WeightsDamagedError(f"{path.name} is cut short: {path.stat().st_size:,} of {end:,} bytes.", AGAIN)


def convert(path: Path, sha256: str, target: Path, progress: Progress = silent) -> Path:
    """Write the GGUF file as a sealed transformers folder at `target`, whole or not at all."""
    check_gguf(path)
    with cache.staging() as staged:
        folder = staged / "model"
        folder.mkdir()
        _write_folder(path, folder, progress)
        progress("Sealing the converted weights", 0, 1)
        cache.seal(folder, sha256)
        cache.install(folder, target)
        progress("Sealing the converted weights", 1, 1)
    return target


def _write_folder(path: Path, folder: Path, progress: Progress) -> None:
    import torch
    import transformers.modeling_gguf_pytorch_utils as gguf_loading
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from explorer.zoo.quiet import quiet

    stage = "Converting to safetensors, once"

    def told(tensors: Any, **_: object) -> Any:
        for done, tensor in enumerate(tensors):
            progress(stage, done, len(tensors))
            yield tensor

    with quiet(), patch.object(gguf_loading, "tqdm", told):
        try:
            source = {"gguf_file": path.name, "local_files_only": True}
            tokenizer = AutoTokenizer.from_pretrained(path.parent, **source)
            model: Any = AutoModelForCausalLM.from_pretrained(path.parent, dtype=torch.float32, **source)
        except (ValueError, NotImplementedError, KeyError) as error:
            raise UnsupportedModelError(
                f"transformers cannot read the GGUF file {path.name}: {error}",
                "Give the model's safetensors folder instead, if there is one.",
            ) from error
        restore_pre_tokenizer(tokenizer, _pre_tokenizer_name(path))
        model.config.architectures = [type(model).__name__]
        model.config.name_or_path = path.stem
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.hf_quantizer = None
        model.is_quantized = False
        progress("Writing safetensors", 0, 1)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        progress("Writing safetensors", 1, 1)


def _pre_tokenizer_name(path: Path) -> str:
    from gguf import GGUFReader

    field = GGUFReader(path).get_field("tokenizer.ggml.pre")
    return str(field.contents()) if field else ""


def restore_pre_tokenizer(tokenizer: PreTrainedTokenizerBase, name: str) -> None:
    """Put back what `tokenizer.ggml.pre` says and transformers ignores.

    "smollm": every digit is a piece of its own before the byte-level split. The vocabulary has no token of two digits,
    so that most text is the same either way; but two spaces before a digit are one token with it, two without.
    """
    if name == "smollm":
        from tokenizers import pre_tokenizers

        backend: Any = tokenizer
        backend.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
