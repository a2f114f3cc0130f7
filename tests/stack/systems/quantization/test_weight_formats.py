"""What holds for every format: its bytes, its way there and back, its error on normal numbers."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.systems.quantization import format as format_module
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.formats import FORMATS, named
from explorer.stack.systems.quantization.matrices import matrices, quantized, weight_bytes
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from tests.tiers import spread

FORM = pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
#: Root mean square error on normal numbers: NF4 of bitsandbytes; others by their own library or by arithmetic.
KNOWN = {
    "bf16": 0.00166, "fp8_e4m3": 0.0264, "mxfp4": 0.115, "nvfp4": 0.0952, "nf4": 0.0922, "nf4_dq": 0.0922,
    "fp4": 0.122, "e8": 0.302,
    "ternary": 0.5134,
}  # fmt: skip


@FORM
@given(seed=st.integers(0, 999), power=st.floats(-4, 3))
def test_codes_and_scales_come_back_from_the_bytes(form: Format, seed: int, power: float) -> None:
    weight = torch.randn(3, 512, generator=torch.Generator().manual_seed(seed)) * 10**power
    scales = form.fit(weight)
    codes = form.encode(weight, scales)
    again, held = form.unpack(form.pack(codes, scales))
    assert torch.equal(again, codes)
    assert torch.equal(held.step, scales.step)
    assert codes.shape == (3, 512 // form.vector)


@pytest.mark.parametrize(
    "form", spread([each for each in FORMATS.values() if each.vector == 1], 10), ids=lambda each: each.name
)
@given(seed=st.integers(0, 999), power=st.floats(-4, 3))
def test_each_weight_goes_to_the_nearest_number_of_its_group(form: Format, seed: int, power: float) -> None:
    weight = torch.randn(2, 256, generator=torch.Generator().manual_seed(seed)) * 10**power
    scales = form.fit(weight)
    values = form.decode(form.encode(weight, scales), scales).double()
    levels = form.levels[form.levels.isfinite()].double().sort().values
    groups = scales.step.shape[1]
    step, low = scales.step.double()[..., None], 0 if scales.low is None else scales.low.double()[..., None]
    unit = (weight.double().unflatten(1, (groups, -1)) - low) / step
    above = torch.searchsorted(levels, unit).clamp(1, len(levels) - 1)
    least = torch.minimum((unit - levels[above - 1]).abs(), (levels[above] - unit).abs())
    error = ((values - weight.double()).unflatten(1, (groups, -1)) / step).abs()
    assert bool((error <= least * (1 + 1e-5) + 1e-5 * unit.abs() + 1e-6).all())


@FORM
def test_rows_are_those_of_the_whole(form: Format) -> None:
    weight = torch.randn(9, 512, generator=torch.Generator().manual_seed(1))
    packed = form.quantize(weight)
    assert torch.equal(packed.rows(2, 7).dequantize(), packed.dequantize()[2:7])
    x = torch.randn(4, 512, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(packed.multiply(x), x @ packed.dequantize().T, atol=1e-4, rtol=1e-4)


@FORM
def test_no_format_beats_the_bound_on_normal_numbers(form: Format) -> None:
    """Shannon: R bits a number leave an error of at least 2^-R."""
    weight = torch.randn(256, 1024, generator=torch.Generator().manual_seed(0))
    packed = form.quantize(weight)
    error = float((packed.dequantize() - weight).square().mean().sqrt())
    assert math.log2(1 / error) < packed.bits_per_weight
    assert packed.bits_per_weight >= form.bits
    if form.name in KNOWN:
        assert error == pytest.approx(KNOWN[form.name], rel=0.02)


@FORM
def test_zeros_stay_and_what_is_no_number_is_refused(form: Format) -> None:
    assert not form.quantize(torch.zeros(2, 512)).dequantize().any()
    with pytest.raises(NotApplicableError, match="no numbers"):
        form.quantize(torch.full((2, 512), math.nan))


CONFIG = DecoderConfig(n_layers=2, d_model=64, n_heads=4, n_kv_heads=2, d_head=16, d_mlp=128, d_vocab=300, n_ctx=16)


@FORM
def test_a_decoder_runs_on_matrices_of_every_format(form: Format) -> None:
    """Its logits are those of the same decoder with dequantized weights; bytes are those of its parts."""
    decoder = Decoder(CONFIG).initialise(torch.Generator().manual_seed(0)).eval().requires_grad_(False)
    known = [each for each in matrices(decoder) if form.misfit(each.weight.shape[1]) is None]
    if not known:
        pytest.skip("its rows are longer than this decoder's: test_fused_weights.py multiplies with it")
    packed = {each.name: form.quantize(each.weight) for each in known}
    small, ids = quantized(decoder, packed), torch.arange(40).view(4, 10)
    logits = small(ids)
    norms = weight_bytes(small) - sum(each.nbytes for each in packed.values())
    assert norms == 4 * sum(p.numel() for name, p in decoder.named_parameters() if "norm" in name or "ln" in name)
    for each in known:
        each.weight.copy_(packed[each.name].dequantize())
    torch.testing.assert_close(logits, decoder(ids), atol=1e-4, rtol=1e-4)


def test_names() -> None:
    assert all(named(name).name == name for name in FORMATS)
    assert len({form.title for form in FORMATS.values()}) == len(FORMATS)
    with pytest.raises(BadRequestError, match="no weight format"):
        named("q9")


@pytest.mark.parametrize("name", FORMATS)
def test_rows_alone_and_rows_at_a_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is rounded as if it were alone where the format says so; how many are rounded at a time changes nothing."""
    weight = 0.05 * torch.randn(13, 512, generator=torch.Generator().manual_seed(0))
    weight[3] *= 20
    made = FORMATS[name].quantize(weight)
    alone = FORMATS[name].quantize(weight[8:]).dequantize()
    assert torch.equal(made.dequantize()[8:], alone) is FORMATS[name].by_rows
    monkeypatch.setattr(format_module, "CODES_AT_ONCE", 5 * 512)
    again = FORMATS[name].quantize(weight)
    assert all(torch.equal(again.parts[part], made.parts[part]) for part in made.parts)


@FORM
@pytest.mark.parametrize("size", [1e-12, 1e5, 1e20, 1e38])
def test_weights_of_any_size_are_finite_or_refused(form: Format, size: float) -> None:
    """Told as numbers of the matrix's own size, or not at all."""
    weight = torch.randn(4, 256, generator=torch.Generator().manual_seed(0)).clamp(-3.4, 3.4) * size
    weight[2] *= 3.4e38 / float(weight[2].abs().max()) if size == 1e38 else 1
    try:
        made = form.quantize(weight).dequantize()
    except NotApplicableError:
        assert size > 1
        return
    assert bool(made.isfinite().all())
    assert float(made.abs().max()) <= 2.1 * float(weight.abs().max())
    if size > 1 and form.name != "fp16":  # what passes float16 becomes its end there
        assert float((made.double() - weight).norm() / weight.double().norm()) < 0.8


@FORM
@pytest.mark.parametrize("size", [0.0, 1e-9])
def test_a_row_of_next_to_nothing_stays_so(form: Format, size: float) -> None:
    if not form.by_rows:
        return  # a scale of the whole matrix has no step so small
    weight = torch.randn(4, 256, generator=torch.Generator().manual_seed(1))
    weight[2] *= size
    made = form.quantize(weight).dequantize()
    assert float(made[2].abs().max()) <= 1.5 * size * 4
    assert float((made[1] - weight[1]).norm() / weight[1].norm()) < 0.8
