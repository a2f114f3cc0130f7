"""Tokens a second of decode at batch 1, format by format, with what each format costs in quality."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from explorer.bench import Report, peers
from explorer.bench.passage import of_length
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.fused.decoder import FusedDecoder
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

DESCRIPTION = "128 new tokens at batch 1: ours in four weight formats, transformers, TransformerLens and llama.cpp"
PROMPT, NEW = 16, 128
FORMATS = ("float32", "bf16", "int8", "q4_1")
#: ours, and the peer that it is to be compared with
PAIRS = (
    ("explorer float32", "transformers float32"),
    ("explorer float32", "llama.cpp F32"),
    ("explorer bf16", "transformers bfloat16"),
    ("explorer q4_1", "llama.cpp Q4_1"),
)


def run(report: Report) -> None:
    """Add seconds, tokens a second and ratios of all subjects, taking turns; then KL to float32 and logit errors."""
    model = peers.default()
    threads = torch.get_num_threads()
    report.add("threads of every subject", "explorer", threads, "threads")
    ids = model.vocabulary.encode(of_length(model, PROMPT))
    tensor = torch.tensor([ids])
    decoder = model.decoder
    fused: dict[str, FusedDecoder] = {fmt: FusedDecoder(decoder, fmt, PROMPT + NEW) for fmt in FORMATS}
    plain = {name: peers.transformers_model(model, getattr(torch, name)) for name in ("float32", "bfloat16")}
    bridge: Any = model.bridge

    def ours(reader: FusedDecoder | Decoder) -> None:
        (made,) = Engine(reader).generate([ids], NEW)
        assert len(made.new_ids) == NEW

    def lens() -> None:
        with torch.inference_mode():
            bridge.generate(tensor, NEW, stop_at_eos=False, do_sample=False, verbose=False, return_type="tokens")

    with peers.llama_cpp(report, model, PROMPT + NEW, threads) as llamas:
        subjects: dict[str, Callable[[], object]] = {
            **{f"explorer {fmt}": partial(ours, fast) for fmt, fast in fused.items()},
            "explorer unfused": partial(ours, decoder),
            **{f"transformers {name}": partial(peers.generate, hf, tensor, NEW) for name, hf in plain.items()},
            "transformer_lens float32": lens,
            **{name: partial(peers.llama_cpp_generate, each, ids, NEW) for name, each in llamas.items()},
        }
        case = f"{PROMPT} tokens in, {NEW} out"
        medians = report.time(case, subjects, rounds=5)
        for subject, milliseconds in medians.items():
            report.add(case, subject, NEW / milliseconds * 1e3, "tokens/s")
        for ours_name, peer in PAIRS:
            if peer in medians:
                report.add(f"speed, of {peer}", ours_name, medians[peer] / medians[ours_name], "times")
        (made,) = Engine(decoder).generate([ids], NEW)
        _quality(report, decoder, fused, plain, llamas, ids + made.new_ids)
    for fmt, fast in fused.items():
        report.add("weights that a token reads", f"explorer {fmt}", fast.nbytes / 1e6, "MB")


def _quality(
    report: Report,
    decoder: Decoder,
    fused: dict[str, FusedDecoder],
    plain: dict[str, Any],
    llamas: dict[str, Any],
    text: list[int],
) -> None:
    """KL to float32's distribution, and the largest difference of a logit, over float32's own continuation."""
    with torch.inference_mode():
        whole = decoder(torch.tensor([text]))[0, PROMPT - 1 : -1]  # pos d_vocab
        others = {f"explorer {fmt}": steps(decoder, fast, text) for fmt, fast in fused.items()}
        for name, hf in plain.items():
            others[f"transformers {name}"] = hf(torch.tensor([text])).logits[0, PROMPT - 1 : -1].float()
    for name, llama in llamas.items():
        others[name] = peers.llama_cpp_logits(llama, text[:-1])[PROMPT - 1 :]
    for name, logits in others.items():
        n = len(logits)
        report.add("KL to float32, mean of the new tokens", name, peers.mean_kl(whole[-n:], logits), "nats")
        report.add("largest difference of a logit", name, float((whole[-n:] - logits).abs().max()), "")


def steps(decoder: Decoder, fast: FusedDecoder, text: list[int]) -> torch.Tensor:
    """Logits of every step but the prompt's, [pos d_vocab]."""
    cache = ContiguousCache(decoder.config, 1, len(text))
    decoder(torch.tensor([text[:PROMPT]]), cache=cache, last_only=True)
    return torch.cat([fast(torch.tensor([[token]]), cache=cache)[0] for token in text[PROMPT:-1]])
