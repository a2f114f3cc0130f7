"""QLoRA: the gradient through NF4, the bits of double quantization, merging before and after."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from explorer.stack.finetuning import methods
from explorer.stack.finetuning.adapter import adapted
from explorer.stack.finetuning.counts import kept
from explorer.stack.finetuning.qlora import DOUBLE, rounded, three, widened
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.systems.quantization.matrices import PackedLinear
from tests.stack.finetuning.test_adapters import IDS, shaken, small
from tests.stack.finetuning.test_conversations import examples, padded


def test_outputs_and_gradients_are_those_of_the_widened_weights() -> None:
    decoder, rows, found = small(), padded(examples()), []
    for base in (rounded(decoder), widened(decoder)):
        adapter = shaken(methods.lora(base, methods.LINEAR, 2, generator=torch.Generator().manual_seed(0)))
        tuned = Tuned(base, adapter)
        loss = tuned.loss(rows).parts["lm"]
        loss.backward()
        grads = torch.cat([each.grad.flatten() for each in tuned.parameters() if each.grad is not None])
        found.append((float(loss.detach()), grads))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    assert float(found[1][1].abs().max()) > 0.01
    assert torch.allclose(found[0][1], found[1][1], atol=1e-5 * float(found[1][1].abs().max()))


def test_no_widened_weight_is_kept_for_the_backward_pass() -> None:
    packed = rounded(small())
    layers = [each for each in packed.modules() if isinstance(each, PackedLinear)]
    x = torch.randn(3, 64, requires_grad=True)
    layer = next(each for each in layers if each.in_features == 64)
    assert kept(lambda: layer(x).sum(), [x]) == 0
    wide = layer.packed.dequantize()
    (found,) = torch.autograd.grad(layer(x).square().sum(), x)
    expected = 2 * (x.detach() @ wide.T) @ wide
    assert torch.allclose(found, expected, atol=1e-4)


def test_bitsandbytes_gives_the_same_gradient() -> None:
    bnb = pytest.importorskip("bitsandbytes")
    weight = torch.randn(96, 128, generator=torch.Generator().manual_seed(2))
    layer = bnb.nn.LinearNF4(128, 96, bias=False, compute_dtype=torch.float32)
    layer.load_state_dict({"weight": weight})
    layer = layer.to("cpu")
    ours = PackedLinear(DOUBLE.quantize(weight), None)
    grads = []
    for each in (ours, layer):
        x = torch.ones(4, 128, requires_grad=True)
        each(x).square().sum().backward()
        assert x.grad is not None
        grads.append(x.grad)
    assert float((grads[0] - grads[1]).abs().max() / grads[1].abs().max()) < 1e-2


def test_double_quantization_takes_4_127_bits() -> None:
    packed = DOUBLE.quantize(torch.randn(256, 64 * 8))
    own = sum(packed.parts[name].nbytes for name in ("codes", "absmax", "unit"))
    assert own * 8 / (256 * 512) == pytest.approx(4 + 8 / 64 + 32 / (64 * 256))
    assert packed.nbytes - own == 4  # the mean, once a matrix


@torch.no_grad()
def test_merged_before_and_after_quantizing_are_other_models() -> None:
    decoder = small()
    adapter = shaken(methods.lora(decoder, methods.LINEAR, 2), by=0.2)
    exact = adapted(decoder, (adapter, 1.0))(IDS)
    made = three(decoder, adapter)
    found = [each(IDS) for each in (made.beside, made.merged_rounded, made.rounded_merged_rounded)]
    apart = [float((each - exact).norm() / exact.norm()) for each in found]
    assert all(0.001 < each < 1 for each in apart)
    assert len({round(each, 6) for each in apart}) == 3
    assert all(float((one - other).abs().max()) > 0.01 for one, other in pairwise(found))
