"""GPTQ against llmcompressor's on the same scales, Hessian and order; skipped where that is not installed."""

from __future__ import annotations

import pytest

from explorer.bench.gptq import LLM_COMPRESSOR, theirs
from explorer.stack.systems.quantization.calibration import collected
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.gptq import gptq, loss
from explorer.stack.systems.quantization.matrices import matrices


@pytest.mark.parametrize("name", ["int4", "int3"])
def test_loss_is_no_worse_than_llmcompressors(name: str) -> None:
    peer = pytest.importorskip(LLM_COMPRESSOR.module, reason=LLM_COMPRESSOR.install)
    from explorer import zoo
    from explorer.experiments.systems.calibration_text import windows

    model = zoo.load("six-kinds-dense")
    inputs = collected(model.decoder, windows(model), [2])
    for each in matrices(model.decoder):
        if each.layer != 2:
            continue
        H = inputs[each.name].hessian
        ours = gptq(each.weight, H, FORMATS[name], act_order=True).packed.dequantize()
        other = theirs(peer, each.weight, H, FORMATS[name])
        assert float((ours != other).float().mean()) < 0.02  # float32 there, float64 here
        assert loss(each.weight, ours, H) <= 1.01 * loss(each.weight, other, H)
