"""Tokens a second of decode in every format of weights, the bytes that each reads, and how near memory's speed it is.

Memory's speed is measured among the other subjects, turn by turn: all threads read the very bytes that a step of a
format reads, in the same order and with the same shares, and do nothing but add them up. What a step takes longer than
that is arithmetic, attention, the meetings of the threads and the sampler.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from explorer.bench import Report, peers
from explorer.bench.passage import of_length
from explorer.errors import NotApplicableError
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.fused.decoder import FusedDecoder
from explorer.stack.inference.fused.lanes import LANES
from explorer.stack.inference.fused.team import compiled, share, team_of
from explorer.stack.systems.quantization.formats import FORMATS

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

DESCRIPTION = (
    "decode in every weight format: tokens/s, bytes a token, share of memory's speed; llama.cpp, bitsandbytes, torchao"
)
#: One token in, so that all that is timed is decode.
PROMPT, NEW = 1, 64
#: Tokens of a peer that makes one or two a second.
FEW = 4
#: Formats of ours that a step reads; those of 2 and 3 bits take 4 there.
OURS = (
    "float32", "bf16", "fp16", "int8", "q8_0", "fp8_e4m3", "q6_k", "q4_0", "q4_1", "q4_k", "int4", "nf4", "fp4",
    "mxfp4",
)  # fmt: skip
#: Ours, and llama.cpp's type of the same name.
LLAMA = {"float32": "F32", "bf16": "BF16", "fp16": "F16", "q8_0": "Q8_0", "q4_0": "Q4_0", "q4_1": "Q4_1"}


@compiled
def read(weights: Any, layers: Any, seen: Any, gate: Any, member: Any, size: Any) -> None:  # noqa: ARG001
    """This member's bytes of all matrices, in a step's order."""
    total = np.uint64(0)
    for layer in range(layers):
        for each in weights:
            if layer < each.matrices.shape[0]:
                _, begin, tile_bytes, _ = each.matrices[layer]
                first, last = share(each.tiles, member, size)
                words = each.memory[begin + first * tile_bytes : begin + last * tile_bytes].view(np.uint64)
                for word in words:
                    total += word
    seen[member] = total


def run(report: Report) -> None:
    """Add milliseconds, tokens a second, bytes, shares of memory's speed and ratios; all subjects take turns."""
    model = peers.default()
    threads = torch.get_num_threads()
    report.add("threads of every subject", "explorer", threads, "threads")
    ids = model.vocabulary.encode(of_length(model, PROMPT))
    tensor = torch.tensor([ids])
    fused = _fused(model.decoder)
    subjects: dict[str, Callable[[], object]] = {}
    tokens: dict[str, int] = {}

    def add(name: str, act: Callable[[int], object], new: int = NEW) -> None:
        subjects[name], tokens[name] = partial(act, new), new

    for name, fast in fused.items():
        add(f"explorer {name}", partial(_ours, fast, ids))
        add(f"memory {name}", partial(_memory, fast))
    add("transformers float32", partial(peers.generate, peers.transformers_model(model, torch.float32), tensor))
    for name, made in (
        ("bitsandbytes int8", peers.bitsandbytes_model(report, model, 8)),
        ("bitsandbytes nf4", peers.bitsandbytes_model(report, model, 4)),
    ):
        if made is not None:
            add(name, partial(peers.generate, made, tensor))
    if (ao := peers.torchao_model(report, model)) is not None:
        add("torchao int8", partial(peers.generate, ao, tensor), FEW)
    types = [kind for name, kind in LLAMA.items() if name in fused]
    with peers.llama_cpp_in(report, model, types, PROMPT + NEW, threads) as llamas:
        for kind, each in llamas.items():
            add(f"llama.cpp {kind}", partial(peers.llama_cpp_generate, each, ids))
        case = f"{PROMPT} tokens in, {NEW} out"
        medians = report.time(case, subjects, rounds=5)
    each_takes = {name: medians[name] / tokens[name] for name in subjects}  # ms a token
    for name, milliseconds in each_takes.items():
        if not name.startswith("memory"):
            report.add("decode", name, 1e3 / milliseconds, "tokens/s")
    for name, fast in fused.items():
        _compare(report, name, fast.nbytes, each_takes)


def _fused(decoder: Decoder) -> dict[str, FusedDecoder]:
    """Those of our formats that suit this model."""
    found = {}
    for name in OURS:
        if name == "float32" or name in FORMATS:
            try:
                found[name] = FusedDecoder(decoder, name, PROMPT + NEW)
            except NotApplicableError:
                continue
    return found


def _ours(fast: FusedDecoder, ids: list[int], new: int) -> None:
    (made,) = Engine(fast).generate([ids], new)
    assert len(made.new_ids) == new


def _memory(fast: FusedDecoder, new: int) -> None:
    seen = np.zeros(LANES, np.uint64)
    for _ in range(new):
        team_of(fast.threads).run(read, fast.weights, fast.config.n_layers, seen)


def _compare(report: Report, name: str, nbytes: int, each_takes: dict[str, float]) -> None:
    """One of our formats against memory, float32 and the peers that have it."""
    ours, memory = each_takes[f"explorer {name}"], each_takes[f"memory {name}"]
    subject = f"explorer {name}"
    report.add("weights that a token reads", subject, nbytes / 1e6, "MB")
    report.add("memory's speed for these bytes", subject, nbytes / memory / 1e6, "GB/s")
    report.add("reached of it", subject, 100 * memory / ours, "%")
    report.add("speed, of explorer float32", subject, each_takes["explorer float32"] / ours, "times")
    rivals = {"int8": ("bitsandbytes int8", "torchao int8"), "nf4": ("bitsandbytes nf4",)}.get(name, ())
    for peer in (*rivals, f"llama.cpp {LLAMA.get(name)}", "transformers float32" if name == "float32" else ""):
        if peer in each_takes:
            report.add(f"speed, of {peer}", subject, each_takes[peer] / ours, "times")
