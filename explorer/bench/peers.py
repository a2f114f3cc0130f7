"""The peers that several benchmarks run: the default model in transformers, in llama.cpp and in TransformerLens."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
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


BITSANDBYTES = Peer("bitsandbytes", "bitsandbytes", "pip install bitsandbytes")
TORCHAO = Peer("torchao", "torchao", "pip install torchao", "its int8 alone runs on a processor")
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
            model.hf.config.name_or_path, attn_implementation=attention, dtype=dtype, local_files_only=True
        ).eval()


def generate(model: Any, ids: torch.Tensor, new: int) -> None:
    """transformers' own greedy generation of exactly `new` tokens. ids: [1 pos]."""
    with torch.inference_mode():
        made = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, min_new_tokens=new, do_sample=False,
            pad_token_id=0,
        )  # fmt: skip
    assert made.shape[1] == ids.shape[1] + new


def bitsandbytes_model(report: Report, model: Model, bits: int) -> Any | None:
    """The same weights in transformers through bitsandbytes: NF4 in float32 products, or LLM.int8()."""
    if report.peer(BITSANDBYTES) is None:
        return None
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    four: dict[str, Any] = {"bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.float32}
    config = BitsAndBytesConfig(load_in_4bit=True, **four) if bits == 4 else BitsAndBytesConfig(load_in_8bit=True)
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # else its int8 writes a line for every product
    with quiet():
        return AutoModelForCausalLM.from_pretrained(
            model.hf.config.name_or_path, quantization_config=config, dtype=torch.float32, device_map="cpu",
            local_files_only=True,
        ).eval()  # fmt: skip


def torchao_model(report: Report, model: Model) -> Any | None:
    """The same weights in transformers with torchao's int8."""
    if report.peer(TORCHAO) is None:
        return None
    from torchao.quantization import Int8WeightOnlyConfig, quantize_  # pyright: ignore[reportMissingImports]

    made = transformers_model(model, torch.float32)
    quantize_(made, Int8WeightOnlyConfig())
    return made


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
        write_as(q4, f32, "F32")
        settings = llama_settings(n_ctx, threads, n_batch)
        yield {
            "llama.cpp F32": package.Llama(str(f32), **settings),
            "llama.cpp Q4_1": package.Llama(str(q4), **settings),
        }


@contextmanager
def llama_cpp_in(
    report: Report, model: Model, types: Sequence[str], n_ctx: int, threads: int
) -> Iterator[dict[str, Any]]:
    """llama.cpp on the same weights in these of its types, by the type; empty where the package is absent."""
    if (package := report.peer(LLAMA_CPP)) is None:
        yield {}
        return
    with cache.staging() as folder:
        source, settings = obtain(model.card), llama_settings(n_ctx, threads)
        for kind in types:
            write_as(source, folder / f"{kind}.gguf", kind)
        yield {kind: package.Llama(str(folder / f"{kind}.gguf"), **settings) for kind in types}


def llama_settings(n_ctx: int, threads: int, n_batch: int = 2048) -> dict[str, Any]:
    """The cache in float32, as ours."""
    return {
        "n_ctx": n_ctx, "n_batch": n_batch, "n_threads": threads, "n_threads_batch": threads, "verbose": False,
        "logits_all": False, "type_k": 0, "type_v": 0,  # GGML_TYPE_F32
    }  # fmt: skip


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


def write_as(source: Path, target: Path, wanted: str) -> None:
    """The same GGUF with its matrices in another type ("F32", "BF16", "Q4_0" …); metadata and norms stay.

    Where matrices have four bits, the vocabulary's has eight (Q8_0).
    """
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter
    from gguf.quants import dequantize, quantize

    reader = GGUFReader(source)
    writer = GGUFWriter(target, str(reader.fields["general.architecture"].contents()))
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        sub = field.types[-1] if kind is GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=sub)
    for tensor in reader.tensors:
        numbers = np.ascontiguousarray(dequantize(tensor.data, tensor.tensor_type), np.float32)
        sensitive = wanted.startswith("Q4") and tensor.name == "token_embd.weight"
        used = GGMLQuantizationType["F32" if numbers.ndim < 2 else "Q8_0" if sensitive else wanted]
        writer.add_tensor(tensor.name, quantize(numbers, used), raw_dtype=used)
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
