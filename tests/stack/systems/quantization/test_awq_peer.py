"""AWQ against llmcompressor's on the same inputs of a real block; skipped where that is not installed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.bench.gptq import LLM_COMPRESSOR
from explorer.stack.systems.quantization.awq import rounded, scale_of, search
from explorer.stack.systems.quantization.calibration import Inputs, collected
from explorer.stack.systems.quantization.format import Scales, grouped, nonzero
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.gptq import loss
from explorer.stack.systems.quantization.integers import Integers
from explorer.stack.systems.quantization.matrices import Matrix, matrices

AWQ = "llmcompressor.modifiers.transform.awq.base"
BLOCK = 2
SEAMS = (("W_Q", "W_K", "W_V"), ("W_O",), ("W_gate", "W_in"), ("W_out",))
"""Matrices that read the same channels."""


@pytest.fixture(scope="module")
def block() -> tuple[dict[str, Matrix], dict[str, Inputs]]:
    from explorer import zoo
    from explorer.experiments.systems.calibration_text import windows

    model = zoo.load("six-kinds-dense")
    found = {each.role: each for each in matrices(model.decoder) if each.layer == BLOCK}
    inputs = collected(model.decoder, windows(model), [BLOCK], keep=True)
    return found, {role: inputs[each.name] for role, each in found.items()}


class Together(nn.Module):
    """The matrices of a seam, their outputs side by side."""

    def __init__(self, weights: list[Tensor]) -> None:
        super().__init__()
        self.each = nn.ModuleList(nn.Linear(*reversed(weight.shape), bias=False) for weight in weights)
        for linear, weight in zip(self.each, weights, strict=True):
            linear.weight = nn.Parameter(weight.detach().float().clone(), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([linear(x) for linear in self.each], -1)


def theirs(peer: Any, weights: list[Tensor], inputs: Inputs, bits: int, duo: bool) -> tuple[Tensor, float]:
    """llmcompressor's scales, and the loss that it finds by its own forward passes, as tr((W - Q) H (W - Q)^T)."""
    from compressed_tensors.quantization import (  # pyright: ignore[reportMissingImports]
        QuantizationArgs,
        QuantizationScheme,
        initialize_module_for_quantization,
    )

    assert inputs.rows is not None
    rows, parent = inputs.rows, Together(weights)
    linears: Any = list(parent.each)
    args = QuantizationArgs(num_bits=bits, type="int", symmetric=True, strategy="group", group_size=32)
    for linear in linears:
        initialize_module_for_quantization(linear, QuantizationScheme(targets=["Linear"], weights=args))
        linear.quantization_enabled = False  # the search rounds the weights itself

    class Modifier(peer.AWQModifier):
        def _run_samples(self, module: nn.Module) -> list[Tensor]:
            return [module(rows)]

    modifier = Modifier(duo_scaling=duo)
    modifier._smooth_activation_stats["seam"] = [rows.abs().sum(0), torch.tensor(len(rows))]
    mapping = SimpleNamespace(smooth_name="seam", balance_layers=linears, parent=parent, parent_name="seam")
    plain = [linear.weight.detach().clone() for linear in linears]
    scale = modifier._compute_best_scale(mapping, [parent(rows)], dict(zip(linears, plain, strict=True)))
    out = sum(len(weight) for weight in weights)
    return scale, 2 * out * modifier._error_metrics[0]["best_error"]


class Theirs(Integers):
    """llmcompressor's rounding: from -2^(b-1) to 2^(b-1) - 1, and the largest of a group lies half a step further."""

    def fit(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Scales:
        step = grouped(weight, self.group).abs().amax(-1) / ((2**self.bits - 1) / 2)
        return self._scales({"step": nonzero(step)}, weight.shape[0])


@pytest.mark.parametrize("bits", [4, 3])
@pytest.mark.parametrize("roles", SEAMS, ids="+".join)
def test_loss_is_no_worse_than_llmcompressors(
    roles: tuple[str, ...], bits: int, block: tuple[dict[str, Matrix], dict[str, Inputs]]
) -> None:
    pytest.importorskip(LLM_COMPRESSOR.module, reason=LLM_COMPRESSOR.install)
    peer, (found, inputs) = pytest.importorskip(AWQ), block
    weights, read = [found[role].weight.float() for role in roles], inputs[roles[0]]
    scale, reached = theirs(peer, weights, read, bits, duo=False)
    rounding = Theirs("theirs", "llmcompressor's", bits, 32)
    again = sum(loss(weight, rounded(weight, scale.flatten(), rounding), read.hessian) for weight in weights)
    assert again == pytest.approx(reached, rel=0.01)  # the same loss: theirs by forward passes, ours by H

    grid = tuple(at / 19 for at in range(20))  # theirs; the authors' and ours is at / 20
    near = [float((scale_of(read.mean_abs, alpha) / scale.flatten() - 1).abs().max()) for alpha in grid]
    assert min(near) < 1e-3
    assert search(weights, read, rounding, grid).loss <= 1.01 * again  # exponents side by side lose nearly the same

    ours = search(weights, read, FORMATS[f"int{bits}"]).loss
    _, duo = theirs(peer, weights, read, bits, duo=True)
    assert ours <= 1.01 * min(reached, duo)
