"""A GGUF file turned once into a folder of safetensors, so that the next start takes half a second and not twelve.

transformers dequantizes every tensor to float32; the numbers are those of the file, only wider. Mended on the way: the
settings that transformers leaves out (see `gguf_config`), the split of text before the merges (see `pre_tokenizer`),
and the loaded model must forget that it came from a quantized file, or the saved folder could not be read. Whatever
part of the file would be left out is a reason to refuse it. While it is read the file is mapped into memory: whoever
cuts it short then kills the process; once converted it is not needed again.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from explorer.compat import gguf as gguf_library
from explorer.compat import transformers as transformers_library
from explorer.errors import ExplorerError, UnsupportedModelError
from explorer.fetching import cache
from explorer.fetching.progress import Progress, silent
from explorer.zoo import gguf_config
from explorer.zoo.config_settings import why
from explorer.zoo.fit import check_places, check_sizes
from explorer.zoo.gguf_header import AGAIN, INSTEAD, Header, read_header
from explorer.zoo.gguf_mixture import is_mixtral, mixtral_config
from explorer.zoo.pre_tokenizer import FIRST_TOKEN, restore_pre_tokenizer
from explorer.zoo.unmapped import named_tensors

REVISION = 2
"""Raised when the conversion of brought files changes, so that folders made before are not taken."""
ROPE_TENSORS = frozenset({"rope_freqs.weight"})
"""Tensors that become settings."""


def check_gguf(path: Path) -> Header:
    """Raise WeightsDamagedError unless the file is GGUF and holds everything that it announces; returns its header."""
    return read_header(path)


def convert(path: Path, sha256: str, target: Path, progress: Progress = silent) -> Path:
    """Write the GGUF file as a sealed transformers folder at `target`, whole or not at all."""
    header = check_gguf(path)
    with cache.staging(_bytes(header)) as staged:
        folder = staged / "model"
        folder.mkdir()
        _write_folder(header, folder, progress)
        progress("Sealing the converted weights", 0, 1)
        cache.seal(folder, sha256)
        cache.install(folder, target)
        progress("Sealing the converted weights", 1, 1)
    return target


#: Of architectures whose tokenizer class makes its own stages: the split for which these are right.
OWN_SPLIT = {"gemma": "", "qwen": "qwen2", "olmoe": "olmo"}


def _bytes(header: Header) -> int:
    """What the folder takes: its weights are float32."""
    return sum(4 * math.prod(tensor.shape) for tensor in header.tensors.values())


def _write_folder(header: Header, folder: Path, progress: Progress) -> None:
    from explorer.zoo.quiet import quiet

    with quiet():
        try:
            model, tokenizer = _read(header, progress)
        except ExplorerError:
            raise
        except Exception as error:  # transformers raises whatever its inner layers raise
            raise UnsupportedModelError(
                f"transformers cannot read the GGUF file {header.path.name}: {why(error, {})}.", INSTEAD
            ) from error
        model.config.architectures = [type(model).__name__]
        model.config.name_or_path = header.path.stem
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.hf_quantizer = None
        model.is_quantized = False
        progress("Writing safetensors", 0, 1)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        progress("Writing safetensors", 1, 1)


def _read(header: Header, progress: Progress) -> tuple[Any, Any]:
    """The file's model and tokenizer as transformers reads them, with what it leaves out put back."""
    with transformers_library.gguf_mixtures(mixtral := is_mixtral(header)):
        return _read_known(header, mixtral, progress)


def _read_known(header: Header, mixtral: bool, progress: Progress) -> tuple[Any, Any]:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

    path, stage = header.path, "Converting to safetensors, once"
    places: set[str] = set()
    watched = transformers_library.gguf_watched(
        lambda done, total: progress(stage, done, total), places.update, "llama" if mixtral else None
    )
    source: dict[str, Any] = {"gguf_file": path.name, "local_files_only": True}
    config = AutoConfig.from_pretrained(path.parent, **source)
    if mixtral:
        config = mixtral_config(config, header)
    gguf_config.complete(config, header)
    gguf_config.bring_biases(config, header)
    check_sizes(config.to_dict(), [tensor.shape for tensor in header.tensors.values()], path.name)
    kind = PreTrainedTokenizerFast if _another_class(header) else AutoTokenizer
    tokenizer = kind.from_pretrained(path.parent, **source)
    _restore_split(tokenizer, header)
    with named_tensors(path.name), watched, gguf_library.names_kept():
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            path.parent, config=config, dtype=torch.float32, output_loading_info=True, **source
        )
    model, report = loaded
    _check_whole(header, places, report)
    return model, tokenizer


def _check_whole(header: Header, places: set[str], report: dict[str, Any]) -> None:
    """Every tensor of the file has a place in the model, and every place a tensor."""
    check_places(header.path.name, report, AGAIN)
    left = set(report["unexpected_keys"])
    if places:  # transformers' older reader passes over what it has no name for
        stems = {name.removesuffix(".weight") for name in places} | places
        left |= {name for name in header.tensors if name not in stems and name.removesuffix(".weight") not in stems}
    if left := sorted(left - ROPE_TENSORS):
        raise UnsupportedModelError(
            f"transformers has no place for {len(left)} tensors of {header.path.name}, {left[0]} for one: "
            "without them it would be another model.",
            INSTEAD,
        )


def _another_class(header: Header) -> bool:
    """Whether the tokenizer is a byte-level one of another kind than transformers' class for this architecture makes:
    Gemma's marks spaces, which bytes have no mark for, and Qwen's and OLMo's normalize and split in their own way."""
    if header.settings.get("tokenizer.ggml.model") != "gpt2":
        return False
    name, architecture = str(header.settings.get("tokenizer.ggml.pre") or ""), header.architecture
    own = next((split for start, split in OWN_SPLIT.items() if architecture.startswith(start)), name)
    return name != own


def _restore_split(tokenizer: Any, header: Header) -> None:
    """Split, first token and space in front as the file's own settings say."""
    settings = header.settings
    kind, name = settings.get("tokenizer.ggml.model"), str(settings.get("tokenizer.ggml.pre") or "")
    if kind == "gpt2":
        if not name and header.architecture == "gpt2":
            name = "gpt-2"
        restore_pre_tokenizer(tokenizer, name)
        if name in FIRST_TOKEN and "tokenizer.ggml.add_bos_token" not in settings:
            tokenizer.add_bos_token = True
    elif kind == "llama" and settings.get("tokenizer.ggml.add_space_prefix") is False:
        _restore_no_prefix(tokenizer)


def _restore_no_prefix(tokenizer: Any) -> None:
    """A SentencePiece vocabulary that puts no space before a text: transformers' class puts one."""
    from tokenizers import decoders, pre_tokenizers

    backend = tokenizer.backend_tokenizer
    if isinstance(backend.pre_tokenizer, pre_tokenizers.Metaspace):
        backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="never", split=False)
        backend.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
