"""GPTQ of a whole model at 4 bits: how long it takes and what it loses, against rounding to nearest and a peer."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from explorer import zoo
from explorer.bench import Peer, Report
from explorer.experiments.systems.calibration_text import windows
from explorer.stack.systems.quantization.calibration import collected
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.gptq import gptq, loss
from explorer.stack.systems.quantization.layerwise import by_gptq
from explorer.stack.systems.quantization.matrices import Matrix, matrices, quantized

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

DESCRIPTION = "GPTQ of all of the default model's matrices at 4 bits, against rounding to nearest and llmcompressor"

LLM_COMPRESSOR = Peer(
    "llmcompressor",
    "llmcompressor.modifiers.gptq.gptq_quantize",
    "pip install --no-deps llmcompressor compressed-tensors loguru",
    "without dependencies, since its own would replace transformers",
)
FORMAT = FORMATS["int4"]
#: The block whose matrices both round.
LAYER = 10
#: Windows of the held-out text, which follow those of the calibration.
HELD_OUT = 16
CALIBRATION = 32


def run(report: Report) -> None:
    """Add the seconds of the whole model and of one block, losses, and the loss of the next word on other text."""
    model = zoo.load(zoo.DEFAULT)
    texts = torch.cat(windows(model, CALIBRATION + HELD_OUT))
    calibration, held_out = list(texts[:CALIBRATION].split(4)), texts[CALIBRATION:]
    report.add("calibration", "explorer", texts[:CALIBRATION].numel(), "tokens")
    _block(report, model.decoder, calibration)
    _whole(report, model.decoder, calibration, held_out)


def _block(report: Report, decoder: Decoder, calibration: list[Tensor]) -> None:
    """One block's matrices, from their Hessians on: ours and the peer's on the same scales and in the same order."""
    inputs = collected(decoder, calibration, [LAYER])
    found = [each for each in matrices(decoder) if each.layer == LAYER]
    ways: dict[str, Callable[[Matrix], Tensor]] = {
        "explorer": lambda each: gptq(
            each.weight, inputs[each.name].hessian, FORMAT, act_order=True
        ).packed.dequantize()
    }
    if (peer := report.peer(LLM_COMPRESSOR)) is not None:
        ways["llmcompressor"] = lambda each: theirs(peer, each.weight, inputs[each.name].hessian, FORMAT)
    case = f"GPTQ in act-order of block {LAYER}’s {len(found)} matrices, Hessians given"
    report.time(case, {name: lambda way=way: [way(each) for each in found] for name, way in ways.items()}, rounds=5)
    nearest = sum(
        loss(each.weight, FORMAT.quantize(each.weight).dequantize(), inputs[each.name].hessian) for each in found
    )
    for name, way in ways.items():
        lost = sum(loss(each.weight, way(each), inputs[each.name].hessian) for each in found)
        report.add(f"{case}: loss, of rounding to nearest", name, lost / nearest, "share")


def theirs(peer: ModuleType, weight: Tensor, hessian: Tensor, format: Format) -> Tensor:  # noqa: A002
    """llmcompressor's GPTQ on our scales, its columns by activation and its groups where they lie."""
    from compressed_tensors.quantization import QuantizationArgs  # pyright: ignore[reportMissingImports]

    step = format.fit(weight.float()).step
    settings = QuantizationArgs(
        num_bits=format.bits, type="int", symmetric=True, strategy="group", group_size=format.group, actorder="static"
    )
    zero = torch.zeros_like(step)[None]
    made = peer.quantize_weight(weight.float().clone()[None], hessian.float()[None], step[None], zero, None, settings)
    return made[0][0]


def _whole(report: Report, decoder: Decoder, calibration: list[Tensor], held_out: Tensor) -> None:
    every = matrices(decoder)
    case = f"all {len(every)} matrices at 4 bits"
    start = time.perf_counter()
    made = list(by_gptq(decoder, calibration, lambda _: FORMAT, act_order=True))
    report.add(f"{case}, GPTQ block after block, one run", "explorer", time.perf_counter() - start, "s")
    shares = torch.tensor([each.loss / each.rounded_loss for each in made])
    report.add(
        f"{case}, median of a matrix’s loss by GPTQ, of rounding to nearest",
        "explorer",
        float(shares.median()),
        "share",
    )
    start = time.perf_counter()
    nearest = {each.name: FORMAT.quantize(each.weight) for each in every}
    report.add(f"{case}, rounded to nearest, one run", "explorer", time.perf_counter() - start, "s")
    subjects = {
        "as loaded": decoder,
        "rounded to nearest": quantized(decoder, nearest),
        "GPTQ": quantized(decoder, {each.name: each.packed for each in made}),
    }
    for name, each in subjects.items():
        report.add(f"loss on {held_out.numel():,} other tokens, {name}", "explorer", _next_word(each, held_out), "nats")


@torch.inference_mode()
def _next_word(decoder: Decoder, held_out: Tensor) -> float:
    """Mean -log p of each next token."""
    total, count = 0.0, 0
    for ids in held_out.split(4):
        scores = decoder(ids)[:, :-1].log_softmax(-1)
        total -= float(scores.gather(-1, ids[:, 1:, None]).sum())
        count += ids[:, 1:].numel()
    return total / count
