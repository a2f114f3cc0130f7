"""Calibration and GPTQ: against closed forms, hand-worked cases and the model itself."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.systems.quantization.calibration import LEAST, Sums, collected
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.gguf_blocks import Blocks
from explorer.stack.systems.quantization.gptq import Column, apart, damped, factor, gptq, loss
from explorer.stack.systems.quantization.layerwise import by_gptq
from explorer.stack.systems.quantization.matrices import matrices, quantized
from tests.stack.systems.quantization.rounding_cases import correlated, decoder_of, drawn, text
from tests.tiers import spread


def columnwise(d_in: int) -> list[str]:
    """Formats whose columns can be rounded one by one with scales of their groups' own, and whose codes are the nearest
    to the stored scales."""
    probe = torch.ones(2, d_in)
    return [
        name
        for name, each in FORMATS.items()
        if each.vector == 1 and not isinstance(each, Blocks) and apart(each, probe[:, : each.group], d_in)
    ]


# ---- calibration --------------------------------------------------------------------------------------------------


def test_inputs_are_those_that_the_matrices_read() -> None:
    decoder, windows = decoder_of(), text()
    found = collected(decoder, windows)
    assert found.keys() == {each.name for each in matrices(decoder)}
    seen: list[Tensor] = []
    hook = decoder.blocks[1].mlp.W_out.register_forward_pre_hook(lambda _, read: seen.append(read[0]))  # pyright: ignore
    for ids in windows:
        decoder(ids)
    hook.remove()
    x = torch.cat(seen).flatten(0, 1).double()
    inputs = found["blocks.1.mlp.W_out"]
    assert inputs.tokens == len(x) == 240
    assert torch.allclose(inputs.hessian, 2 / len(x) * x.T @ x, atol=1e-6)
    assert torch.allclose(inputs.mean_abs, x.abs().mean(0), atol=1e-7)
    assert torch.equal(inputs.largest.double(), x.abs().amax(0))
    assert found["blocks.0.attn.W_Q"] is found["blocks.0.attn.W_V"]


def test_some_layers_alone_are_the_same_and_nothing_listens_on() -> None:
    decoder, windows = decoder_of(), text()
    every, first = collected(decoder, windows), collected(decoder, windows, layers=[0])
    assert {name.split(".")[1] for name in first} == {"0"}
    assert torch.equal(first["blocks.0.attn.W_O"].hessian, every["blocks.0.attn.W_O"].hessian)
    assert not any(part._forward_pre_hooks for part in decoder.modules())


def test_reading_can_be_stopped_and_leaves_no_hook() -> None:
    decoder = decoder_of()

    def nobody(done: int, total: int) -> None:
        assert total == 3
        if done == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        collected(decoder, text(), progress=nobody)
    assert not any(part._forward_pre_hooks for part in decoder.modules())
    with pytest.raises(BadRequestError):
        collected(decoder, [])


def test_an_expert_sees_its_own_tokens() -> None:
    decoder = decoder_of(n_experts=6, k=2)
    found = collected(decoder, text())
    experts = [found[f"blocks.0.mlp.experts.{expert}.gate_in"] for expert in range(6)]
    everyone = found["blocks.0.mlp.experts"]
    assert sum(each.tokens for each in experts) == 2 * everyone.tokens == 480
    total = sum((each.mean_square * each.tokens for each in experts), torch.zeros(64, dtype=torch.float64))
    assert torch.allclose(total / 2, everyone.mean_square * everyone.tokens, rtol=1e-6)
    assert found["blocks.0.mlp.experts.0.out"].tokens == experts[0].tokens
    few = Sums(4)
    few.add(torch.randn(LEAST - 1, 4))
    assert torch.equal(few.inputs().hessian, torch.eye(4, dtype=torch.float64))


# ---- GPTQ ---------------------------------------------------------------------------------------------------------


def one_by_one(weight: Tensor, H: Tensor, name: str) -> Tensor:
    """Optimal brain surgery word for word: the inverse of what is left, taken anew for each column."""
    format, W = FORMATS[name], weight.double().clone()  # noqa: A001
    Q, step = torch.zeros_like(W), format.fit(weight[:, : format.group])
    for j in range(W.shape[1]):
        if format.group and j % format.group == 0:
            step = format.fit(W[:, j : j + format.group].float().contiguous())
        inverse = torch.linalg.inv(H[j:, j:])
        code = format.encode(W[:, j : j + 1].float(), step)
        Q[:, j] = format.decode(code, step)[:, 0].double()
        W[:, j:] -= torch.outer((W[:, j] - Q[:, j]) / inverse[0, 0], inverse[0])
    return Q


@pytest.mark.parametrize("name", ["int4", "int3", "int4_affine"])
def test_it_is_optimal_brain_surgery(name: str) -> None:
    x, weight = correlated(300, 128), torch.randn(24, 128, generator=drawn(9))
    H = 2 / 300 * x.T.double() @ x.double()
    made = gptq(weight, H, FORMATS[name])
    assert torch.equal(made.packed.dequantize().double(), one_by_one(weight, damped(H), name))


def test_a_code_of_many_weights_is_no_column() -> None:
    with pytest.raises(NotApplicableError, match="column by column"):
        gptq(torch.randn(2, 64), torch.eye(64, dtype=torch.float64), FORMATS["e8"])


@pytest.mark.parametrize("name", columnwise(128))
@pytest.mark.parametrize("act_order", [False, True])
def test_an_identity_hessian_rounds_to_nearest(name: str, act_order: bool) -> None:
    weight = torch.randn(20, 128, generator=drawn(3))
    made = gptq(weight, 3 * torch.eye(128, dtype=torch.float64), FORMATS[name], act_order=act_order)
    assert torch.equal(made.packed.dequantize(), FORMATS[name].quantize(weight).dequantize())
    assert made.packed.nbytes == FORMATS[name].quantize(weight).nbytes


@pytest.mark.parametrize("name", spread(columnwise(192), 6))
@pytest.mark.parametrize("act_order", [False, True])
def test_blocked_equals_sequential(name: str, act_order: bool) -> None:
    x, weight = correlated(400, 192), torch.randn(20, 192, generator=drawn(4))
    H = x.T.double() @ x.double()
    one = gptq(weight, H, FORMATS[name], act_order=act_order, block=1)
    for block in (7, 64, 128, 192):
        other = gptq(weight, H, FORMATS[name], act_order=act_order, block=block)
        assert torch.equal(one.packed.dequantize(), other.packed.dequantize())


@pytest.mark.parametrize("name", spread([name for name, each in FORMATS.items() if isinstance(each, Blocks)], 5))
@pytest.mark.parametrize("act_order", [False, True])
def test_gguf_takes_whole_blocks_and_reads_them_back(name: str, act_order: bool) -> None:
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import dequantize

    fmt, weight = FORMATS[name], torch.randn(20, 512, generator=drawn(3))
    made = gptq(weight, torch.eye(512, dtype=torch.float64), fmt, act_order=act_order)
    scales = fmt.fit(weight)
    assert torch.equal(made.packed.dequantize(), fmt.decode(fmt.encode(weight, scales), scales))
    assert made.packed.nbytes == fmt.quantize(weight).nbytes
    x = correlated(700, 512)
    H = x.T.double() @ x.double()
    one, other = (gptq(weight, H, fmt, act_order=act_order, block=block) for block in (1, 300))
    assert torch.equal(one.packed.dequantize(), other.packed.dequantize())
    assert loss(weight, one.packed.dequantize(), H) < 0.8 * loss(weight, fmt.quantize(weight).dequantize(), H)
    theirs = dequantize(one.packed.parts["blocks"].numpy(), GGMLQuantizationType[fmt.title])
    assert torch.equal(torch.from_numpy(theirs), one.packed.dequantize())


@given(st.integers(0, 10**6), st.booleans(), st.sampled_from(["int4", "int3", "int2"]))
def test_the_pushed_errors_are_the_loss(seed: int, act_order: bool, name: str) -> None:
    x, weight = correlated(100, 64, seed), torch.randn(8, 64, generator=drawn(seed))
    seen: list[Column] = []
    made = gptq(weight, x.T.double() @ x.double(), FORMATS[name], act_order=act_order, watch=seen.append)
    Q = made.packed.dequantize()
    assert made.loss == pytest.approx(loss(weight, Q, made.damped), rel=1e-6)
    assert [column.index for column in seen] == made.order.tolist()
    U, order = factor(made.damped[made.order][:, made.order]), made.order
    E = torch.stack([column.error for column in seen], 1)
    assert torch.allclose(E @ U, (weight.double() - Q.double())[:, order], atol=1e-8)


def test_loss_is_what_the_outputs_move() -> None:
    x, weight = correlated(300, 64), torch.randn(16, 64, generator=drawn(5))
    made = gptq(weight, 2 / 300 * x.T.double() @ x.double(), FORMATS["int3"])
    Q = made.packed.dequantize()
    moved = (x.double() @ (weight.double() - Q.double()).T).square().sum() * 2 / 300
    assert loss(weight, Q, 2 / 300 * x.T.double() @ x.double()) == pytest.approx(float(moved), rel=1e-9)
    nearest = FORMATS["int3"].quantize(weight).dequantize()
    assert loss(weight, Q, x.T.double() @ x.double()) < 0.6 * loss(weight, nearest, x.T.double() @ x.double())


def test_channels_that_never_speak_are_rounded_as_they_are() -> None:
    x = correlated(300, 64)
    x[:, 5] = 0
    weight = torch.randn(8, 64, generator=drawn(6))
    made = gptq(weight, x.T.double() @ x.double(), FORMATS["int8"])
    assert torch.equal(made.packed.dequantize()[:, 5], FORMATS["int8"].quantize(weight).dequantize()[:, 5])
    with pytest.raises(NotApplicableError):
        gptq(weight, torch.ones(64, 64, dtype=torch.float64), FORMATS["int4"], damping=0.0)
    with pytest.raises(NotApplicableError):
        gptq(weight[:, :60], torch.eye(60, dtype=torch.float64), FORMATS["int4"])


def test_layer_after_layer_reads_the_rounded_stream() -> None:
    decoder, windows = decoder_of(), text(6)
    told: list[tuple[int, int]] = []
    made = {
        e.name: e for e in by_gptq(decoder, windows, lambda _: FORMATS["int3"], progress=lambda *at: told.append(at))
    }
    assert made.keys() == {each.name for each in matrices(decoder)}
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    first = {name: each.packed for name, each in made.items() if name.startswith("blocks.0")}
    after = collected(quantized(decoder, first), windows, layers=[1])["blocks.1.attn.W_Q"]
    weight = next(each.weight for each in matrices(decoder) if each.name == "blocks.1.attn.W_Q")
    again = gptq(weight, after.hessian, FORMATS["int3"]).packed
    assert torch.equal(again.dequantize(), made["blocks.1.attn.W_Q"].packed.dequantize())


def test_a_mixture_is_rounded_whole() -> None:
    decoder = decoder_of(n_experts=4, k=2)
    made = list(by_gptq(decoder, text(8), lambda name: FORMATS["int4"] if "experts" in name else None))
    assert len(made) == 2 * 4 * 2
    for each in made:
        if each.tokens >= LEAST:
            assert each.loss < each.rounded_loss
        else:
            assert each.loss == pytest.approx(each.rounded_loss)
