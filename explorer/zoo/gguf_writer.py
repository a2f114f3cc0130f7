"""A model written as a GGUF file that llama.cpp runs: `python -m explorer quantize MODEL --format q4_k_m --out FILE`.

The matrices take the formats of one of llama.cpp's mixes (`stack.systems.quantization.mix`) and are stored as the bytes
of their blocks, a mixture's experts one after the other. The file is written beside its place and renamed into it when
it is whole.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from explorer.errors import BadRequestError, StorageError
from explorer.fetching.progress import Progress, silent
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.mix import Mix, Place, chosen
from explorer.zoo.gguf_settings import add_settings
from explorer.zoo.gguf_tensors import architecture_of, places, tensors

if TYPE_CHECKING:
    from gguf import GGUFWriter

    from explorer.zoo.model import Model


@dataclass(frozen=True)
class Written:
    """What was written."""

    path: Path
    nbytes: int
    formats: Mapping[str, int]
    """How many tensors took each."""
    fallen: Mapping[int, int]
    """By the length of their rows, how many matrices fell back from a K type; each expert's counts as one."""


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
    return architecture_of(model)


def _write(
    model: Model, architecture: str, made: Mix, part: Path, importance: Mapping[str, Tensor], progress: Progress
) -> tuple[Counter[str], Counter[int]]:
    from gguf import GGUFWriter

    writer, formats, fallen = GGUFWriter(part, architecture), Counter(), Counter()
    try:
        add_settings(writer, model, architecture)
        writer.add_file_type(made.file_type)
        writer.add_quantization_version(2)
        weights = dict(tensors(model, architecture))
        tied = "output.weight" not in weights
        weigh = _by_tensor(importance, tied)
        for done, (name, weight) in enumerate(weights.items()):
            progress("Quantizing", done, len(weights))
            taken = "f32"
            if weight.ndim > 1:
                at = _place(name, tied, weight.shape[-1], model, bool(importance))
                taken = chosen(made, at)
                if taken != "f32" and made.base.endswith("_k") and weight.shape[-1] % 256:
                    fallen[weight.shape[-1]] += weight[..., 0, 0].numel()
            formats[taken] += 1
            _add(writer, name, weight, taken, weigh.get(name, {}))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()
    progress("Quantizing", 1, 1)
    return formats, fallen


def _place(name: str, tied: bool, d_in: int, model: Model, important: bool) -> Place:
    kind, dims = name.split(".")[-2], model.dims
    if tied and kind == "token_embd":
        kind = "output"
    block = int(name.split(".")[1]) if name.startswith("blk.") else 0
    return Place(kind, block, dims.n_layers, d_in, dims.n_heads // dims.n_kv_heads, dims.n_experts, important)


def _by_tensor(importance: Mapping[str, Tensor], tied: bool) -> dict[str, dict[int | None, Tensor]]:
    """The same by GGUF's names, and there by the expert (None where the tensor is a matrix)."""
    found: dict[str, dict[int | None, Tensor]] = {}
    for matrix, each in importance.items():
        names, expert = places(matrix)
        for name in names:
            found.setdefault("token_embd.weight" if tied and name == "output.weight" else name, {})[expert] = each
    return found


def _add(writer: GGUFWriter, name: str, weight: Tensor, taken: str, weigh: Mapping[int | None, Tensor]) -> None:
    from gguf import GGMLQuantizationType

    if taken in ("f32", "f16"):
        writer.add_tensor(name, weight.to(torch.float16 if taken == "f16" else torch.float32).numpy())
        return
    blocks = _blocks(weight, FORMATS[taken], weigh)
    writer.add_tensor(name, blocks.numpy(), raw_dtype=GGMLQuantizationType[taken.upper()])


def _blocks(weight: Tensor, fmt: Format, weigh: Mapping[int | None, Tensor]) -> Tensor:
    """The bytes of a matrix, [out bytes], or of all experts', [expert out bytes]: each is rounded by its own rows."""
    if weight.ndim == 2:
        return fmt.quantize(weight, weigh.get(None)).parts["blocks"]
    return torch.stack([fmt.quantize(each, weigh.get(at)).parts["blocks"] for at, each in enumerate(weight)])
