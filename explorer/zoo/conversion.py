"""A fetched file turned once into a sealed folder in transformers' layout: config.json, model.safetensors, tokenizer.

What the file is, its suffix says: .gguf a language model; .zip such a folder already; .onnx the graph of a vision
transformer; .files the folder's files one behind the other; .parts those of a speech model.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from explorer.errors import UnsupportedModelError, WeightsDamagedError
from explorer.fetching import cache
from explorer.fetching.progress import Progress, silent
from explorer.zoo import gguf_file
from explorer.zoo.card import Card

KEPT = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
STAGE = "Converting to safetensors, once"


def convert(card: Card, path: Path, sha256: str, target: Path, progress: Progress = silent) -> Path:
    """Write the card's file as a sealed folder at `target`, whole or not at all."""
    if path.suffix == ".gguf":
        return gguf_file.convert(path, sha256, target, progress)
    with cache.staging(path.stat().st_size) as staged:
        folder = staged / "model"
        folder.mkdir()
        progress(STAGE, 0, 1)
        match path.suffix:
            case ".zip":
                unpack(path, folder)
            case ".onnx":
                from explorer.zoo.dinov2_files import write_dinov2

                write_dinov2(path, folder)
            case ".files":
                from explorer.zoo.parts import write_files

                write_files(card, path, folder)
            case ".parts":
                from explorer.zoo.moonshine_files import write_moonshine

                write_moonshine(card, path, folder)
            case other:
                raise UnsupportedModelError(
                    f"{path.name} is of the kind {other}, which the explorer does not read.", "Mend its card."
                )
        cache.seal(folder, sha256)
        cache.install(folder, target)
        progress(STAGE, 1, 1)
    return target


def unpack(path: Path, folder: Path) -> None:
    """Take the model and its tokenizer out of an archive; nothing else, and nothing by a path of its own."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in KEPT:
                (folder / name).write_bytes(archive.read(name))
    except (KeyError, zipfile.BadZipFile) as error:
        raise WeightsDamagedError(f"{path.name} does not hold the model whole: {error}", "Fetch it again.") from error
