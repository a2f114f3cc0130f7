"""Checkpoints of trainings on this machine, as folders that transformers opens; the least recently used go first.

A checkpoint's place follows from its name and from the code that trains: of other code it is another one. It is written
beside its place and renamed into it, sealed (`fetching.cache`), so that one that was cut is noticed and made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import UntrainedError
from explorer.fetching import cache
from explorer.zoo.card import Card, Folder
from explorer.zoo.json_file import MB, read_table
from explorer.zoo.made_names import Trained

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

#: Bytes of checkpoints on the disk; EXPLORER_CHECKPOINT_BYTES overrides it.
DISK_BYTES = 10**9
ABOUT = "checkpoint.json"
#: Hexadecimal digits of a hash of weights.
DIGITS = 12
#: What no weight depends on.
_NOT_TRAINING = ("shell", "panels", "figures", "bench", "lessons", "scaffold")


@dataclass(frozen=True)
class Checkpoint:
    """What is known of one."""

    title: str
    note: str
    """What it was trained on, and how far."""
    weights: str
    """The hash of its weights."""
    parameters: int
    architecture: str
    kind: str
    nbytes: int
    trained_length: int
    """Tokens of the longest texts that it was trained on."""


def weights_hash(state: Mapping[str, Tensor]) -> str:
    """Of all weights, by name: two that differ in one bit differ here.

    >>> import torch
    >>> ones = {"a": torch.ones(2), "b": torch.zeros(1)}
    >>> weights_hash(ones), weights_hash(dict(reversed(ones.items()))) == weights_hash(ones)
    ('d25393f0d41c', True)
    >>> weights_hash(ones | {"b": torch.full((1,), 1e-30)}) == weights_hash(ones)
    False
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()[:DIGITS]


def find(name: Trained) -> Checkpoint | None:
    """The checkpoint, if it lies here whole; then it is the last to go."""
    folder = folder_of(name)
    if not folder.is_dir() or cache.damage(folder) is not None:
        return None
    with suppress(OSError):  # a disk that is only read
        os.utime(folder)
    return _about(folder)


def card_of(name: Trained) -> Card:
    """Its card. Raises UntrainedError where there is none."""
    if (found := find(name)) is None:
        raise UntrainedError(
            f"There is no checkpoint “{name.unverified.text}” here.", "It is trained when a run asks for it."
        )
    differs = ""
    if name.weights and name.weights != found.weights:
        differs = (
            f". The weights differ from those of the link: hash {found.weights} here, {name.weights} there. One recipe "
            "rounds otherwise on another kind of processor and with another version, so all numbers differ"
        )
    return Card(
        name=name.text,
        title=found.title,
        summary="A checkpoint of a training.",
        architecture=found.architecture,
        parameters=found.parameters,
        licence="Apache-2.0",
        weights_note=found.note + differs,
        weight_bits=32,
        sources=(Folder(folder_of(name)),),
        disk_bytes=found.nbytes,
        kind="moe" if found.kind == "moe" else "dense",
        trained_length=found.trained_length,
    )


def write(
    name: Trained,
    config: Mapping[str, object],
    state: Mapping[str, Tensor],
    tokenizer: Tokenizer,
    title: str,
    note: str,
    trained_length: int,
) -> Checkpoint:
    """Keep a checkpoint; one of the same name that lies here whole is left as it is."""
    from safetensors.torch import save_file

    if (kept := find(name)) is not None:
        return kept
    target, architectures = folder_of(name), config["architectures"]
    assert isinstance(architectures, list)
    with cache.locked(target.name), cache.staging() as staged:
        if (kept := find(name)) is not None:
            return kept
        folder = staged / "checkpoint"
        folder.mkdir()
        contiguous = {key: tensor.detach().contiguous() for key, tensor in state.items()}
        save_file(contiguous, folder / "model.safetensors", metadata={"format": "pt"})
        _json(folder / "config.json", {**config, "dtype": "float32", "bos_token_id": 0, "eos_token_id": 0})
        tokenizer.save(str(folder / "tokenizer.json"))
        shared = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
        _json(folder / "tokenizer_config.json", shared)
        made = Checkpoint(
            title,
            note,
            weights_hash(state),
            sum(tensor.numel() for tensor in contiguous.values()),
            str(architectures[0]),
            "moe" if _has_experts(config) else "dense",
            sum(path.stat().st_size for path in folder.iterdir()),
            trained_length,
        )
        _json(folder / ABOUT, asdict(made))
        cache.seal(folder, made.weights)
        cache.install(folder, target)
    shrink(int(os.environ.get("EXPLORER_CHECKPOINT_BYTES") or DISK_BYTES), but=target)
    return made


def _has_experts(config: Mapping[str, object]) -> bool:
    own = config.get("settings")
    return "num_local_experts" in config or (isinstance(own, Mapping) and bool(own.get("n_experts")))


def folder_of(name: Trained) -> Path:
    """Where it lies, or will."""
    digest = hashlib.sha256(f"{code_hash()} {name.unverified.text}".encode()).hexdigest()
    return _root() / digest[:24]


def shrink(most: int, but: Path | None = None) -> None:
    """Delete those that were asked for longest ago until at most so many bytes are left; never `but`."""
    from explorer.zoo.verdict import forget

    with cache.locked("checkpoints"):
        found = [(path.stat().st_mtime, path) for path in _root().iterdir() if path.is_dir()]
        sizes = {path: sum(file.stat().st_size for file in path.iterdir()) for _, path in found}
        total = sum(sizes.values())
        for _, path in sorted(found):
            if total <= most:
                return
            if path == but:
                continue
            forget(path)
            with cache.staging() as gone:  # out of sight at once: nobody opens half of it
                path.replace(gone / path.name)
                shutil.rmtree(gone / path.name, ignore_errors=True)
            total -= sizes[path]


def _root() -> Path:
    return cache.cache_folder() / "checkpoints"


def _about(folder: Path) -> Checkpoint | None:
    try:
        return Checkpoint(**read_table(folder / ABOUT, MB))
    except TypeError:  # of another version
        return None


def _json(path: Path, contents: object) -> None:
    path.write_text(json.dumps(contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@once
def code_hash() -> str:
    """Of torch's version and of all code that a training may use."""
    digest = hashlib.sha256(version("torch").encode())
    root = Path(__file__).resolve().parents[1]
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if inside.parts[0] not in _NOT_TRAINING:
            digest.update(str(inside).encode() + path.read_bytes())
    return digest.hexdigest()
