"""Tokens a second of prefill: a whole prompt in one pass, of which only the last token's logits are made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from explorer.bench import Report, peers
from explorer.bench.passage import of_length
from explorer.stack.systems.attention_kernels import by_length
from explorer.stack.systems.quantization.formats import named
from explorer.stack.systems.quantization.matrices import packed_in, quantized
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

DESCRIPTION = "prompts of 64, 512 and 2,048 tokens at batch 1: ours, transformers and llama.cpp"
LENGTHS = (64, 512, 2048)
PASSAGE = 256


def run(report: Report) -> None:
    """Add milliseconds, tokens a second and ratios for each length, the subjects taking turns."""
    model = peers.default()
    threads = torch.get_num_threads()
    report.add("threads of every subject", "explorer", threads, "threads")
    passage = model.vocabulary.encode(of_length(model, PASSAGE))
    decoder = model.decoder
    ours = {"float32": decoder}
    for name in ("bf16", "int8"):  # activations in the weights' own type: 16-bit products, and whole numbers (W8A8)
        ours[name] = quantized(decoder, packed_in(decoder, named(name)), narrow=True)
    plain = {name: peers.transformers_model(model, getattr(torch, name)) for name in ("float32", "bfloat16")}
    of_theirs: list[float] = []
    with peers.llama_cpp(report, model, max(LENGTHS), threads) as llamas:
        for length in LENGTHS:
            ids = (passage * (length // PASSAGE + 1))[:length]
            tensor = torch.tensor([ids])
            subjects: dict[str, Callable[[], object]] = {
                **{f"explorer {name}": partial(_ours, each, tensor) for name, each in ours.items()},
                **{f"transformers {name}": partial(_transformers, each, tensor) for name, each in plain.items()},
                **{name: partial(_llama_cpp, each, ids) for name, each in llamas.items()},
            }
            case = f"{length:,} tokens"
            medians = report.time(case, subjects, rounds=5)
            for subject, milliseconds in medians.items():
                report.add(case, subject, length / milliseconds * 1e3, "tokens/s")
            for mine, peer in (
                ("explorer float32", "transformers float32"),
                ("explorer float32", "llama.cpp F32"),
                ("explorer bf16", "transformers bfloat16"),
                ("explorer int8", "explorer float32"),
            ):
                if peer in medians:
                    speed = medians[peer] / medians[mine]
                    report.add(f"{case}: speed, of {peer}", mine, speed, "times")
                    of_theirs += [speed] if peer.startswith("transformers") else []
    slowest = min(of_theirs)
    what = f"at least transformers' speed: the slowest of {len(of_theirs)}"
    report.judge(what, slowest, "times", slowest >= 1)


def _ours(decoder: Decoder, ids: torch.Tensor) -> object:
    with torch.inference_mode():
        cache = ContiguousCache(decoder.config, 1, ids.shape[1])
        return decoder(ids, cache=cache, kernel=by_length, last_only=True)


def _transformers(model: Any, ids: torch.Tensor) -> object:
    with torch.inference_mode():
        return model(ids, use_cache=True, logits_to_keep=1).logits


def _llama_cpp(llama: Any, ids: list[int]) -> None:
    llama.reset()
    llama.eval(ids)
