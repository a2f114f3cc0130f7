"""The peers that several benchmarks run: the default model in transformers, in llama.cpp and in TransformerLens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from explorer import zoo
from explorer.bench import Peer, Report
from explorer.fetching import cache
from explorer.zoo.quiet import quiet
from explorer.zoo.sources import obtain

if TYPE_CHECKING:
    from explorer.zoo import Model


LLAMA_CPP = Peer(
    "llama.cpp",
    "llama_cpp",
    'pip install "llama-cpp-python>=0.3.16"',
    "it is compiled: that takes a C++ compiler and some minutes",
)


def transformers_model(model: Model, dtype: torch.dtype, attention: str = "sdpa") -> Any:
    """A copy of the model that no bridge has touched: the first one's layers are the bridge's own."""
    from transformers import AutoModelForCausalLM

    with quiet():
        return AutoModelForCausalLM.from_pretrained(
            model.hf.config._name_or_path, attn_implementation=attention, dtype=dtype, local_files_only=True
        ).eval()


def generate(model: Any, ids: torch.Tensor, new: int) -> None:
    """transformers' own greedy generation of exactly `new` tokens. ids: [1 pos]."""
    with torch.inference_mode():
        made = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, min_new_tokens=new, do_sample=False,
            pad_token_id=0,
        )  # fmt: skip
    assert made.shape[1] == ids.shape[1] + new


@contextmanager
def llama_cpp(report: Report, model: Model, n_ctx: int, threads: int, n_batch: int = 2048) -> Iterator[dict[str, Any]]:
    """llama.cpp on the shelf's own Q4_1 file and on the same weights written as F32, its cache in float32.

    Empty where the package is absent, which the report then says.
    """
    if (package := report.peer(LLAMA_CPP)) is None:
        yield {}
        return
    with cache.staging() as folder:
        q4 = obtain(model.card)
        f32 = folder / "f32.gguf"
        write_f32(q4, f32)
        settings: dict[str, Any] = {
            "n_ctx": n_ctx, "n_batch": n_batch, "n_threads": threads, "n_threads_batch": threads, "verbose": False,
            "type_k": 0, "type_v": 0,  # GGML_TYPE_F32
        }  # fmt: skip
        yield {
            "llama.cpp F32": package.Llama(str(f32), logits_all=False, **settings),
            "llama.cpp Q4_1": package.Llama(str(q4), logits_all=False, **settings),
        }


def llama_cpp_generate(llama: Any, ids: list[int], new: int) -> None:
    """Greedy generation of exactly `new` tokens by the package's own loop, from an empty cache."""
    llama.reset()
    made = list(islice(llama.generate(ids, temp=0.0, repeat_penalty=1.0, reset=True), new))
    assert len(made) == new


def llama_cpp_logits(llama: Any, ids: list[int]) -> torch.Tensor:
    """Logits after each token, [pos d_vocab], one step each."""
    from llama_cpp import llama_get_logits_ith  # pyright: ignore[reportMissingImports]

    llama.reset()
    rows = []
    for token in ids:
        llama.eval([token])
        rows.append(np.ctypeslib.as_array(llama_get_logits_ith(llama.ctx, -1), (llama.n_vocab(),)).copy())
    return torch.from_numpy(np.stack(rows))


def write_f32(source: Path, target: Path) -> None:
    """The same GGUF with every tensor widened to float32: numbers and metadata stay."""
    from gguf import GGUFReader, GGUFValueType, GGUFWriter
    from gguf.quants import dequantize

    reader = GGUFReader(source)
    writer = GGUFWriter(target, str(reader.fields["general.architecture"].contents()))
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        sub = field.types[-1] if kind is GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=sub)
    writer.add_file_type(0)  # all F32
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, np.ascontiguousarray(dequantize(tensor.data, tensor.tensor_type), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def default() -> Model:
    """The shelf's default model."""
    return zoo.load(zoo.DEFAULT)


def mean_kl(reference: torch.Tensor, logits: torch.Tensor) -> float:
    """Mean over positions of KL(reference || other), nats. Both [pos d_vocab].

    >>> mean_kl(torch.tensor([[0.0, 0.0]]), torch.tensor([[0.0, 0.0]]))
    0.0
    """
    p, q = reference.double().log_softmax(-1), logits.double().log_softmax(-1)
    return float((p.exp() * (p - q)).sum(-1).mean())
