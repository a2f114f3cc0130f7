"""The sample of a model's weights and the errors on it: by hand on a small decoder."""

from __future__ import annotations

import copy
from itertools import pairwise

import pytest
import torch

from explorer.experiments.systems import number_formats as experiment
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import matrices
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

CONFIG = DecoderConfig(n_layers=2, d_model=64, n_heads=4, n_kv_heads=2, d_head=16, d_mlp=96, d_vocab=200, n_ctx=8)


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(CONFIG).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)


def test_a_small_model_is_taken_whole(decoder: Decoder) -> None:
    taken = experiment.sample(decoder, "all")
    assert taken.matrices == taken.of == len(matrices(decoder)) == 15
    assert taken.weights == sum(taken.sizes)
    assert experiment.roles(decoder) == ["all", "W_Q", "W_K", "W_V", "W_O", "W_gate", "W_in", "W_out", "unembed"]


def test_of_a_large_one_whole_rows_are_taken_evenly(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "WEIGHTS", 2000)
    taken = experiment.sample(decoder, "unembed")
    (rows,), weight = taken.rows, decoder.unembed.weight
    at = [int((weight == row).all(1).nonzero()[0]) for row in rows]
    assert len(at) == round(2000 / 64)
    assert {b - a for a, b in pairwise(at)} <= {6, 7}
    assert (at[0] + 199 - at[-1]) <= 7
    with pytest.raises(LookupError):
        experiment.sample(decoder, "W_none")


def test_each_matrix_counts_by_its_size(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "WEIGHTS", 10)  # the least rows of each
    taken = experiment.sample(decoder, "all")
    assert {len(rows) for rows in taken.rows} == {experiment.LEAST_ROWS}
    form = FORMATS["int4"]
    *_, (measured,) = experiment.errors(taken, [form])
    wrong = [float((form.quantize(rows).dequantize() - rows).square().mean()) for rows in taken.rows]  # groups: no ends
    whole = [float(rows.square().mean()) for rows in taken.rows]
    share = torch.tensor(taken.sizes) / sum(taken.sizes)
    expected = float(((share * torch.tensor(wrong)).sum() / (share * torch.tensor(whole)).sum()).sqrt())
    assert measured.real == pytest.approx(expected, rel=1e-5)
    assert measured.bits == 4.5


@pytest.mark.parametrize("name", ["int8_tensor", "int8_affine_tensor", "nvfp4"])
def test_a_scale_of_the_whole_matrix_is_its_own(decoder: Decoder, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(experiment, "WEIGHTS", 10)
    decoder = copy.deepcopy(decoder)
    weight = decoder.unembed.weight
    weight[3, 5], weight[150, 9] = 40.0, -30.0  # in no row of the sample
    taken, form = experiment.sample(decoder, "unembed"), FORMATS[name]
    assert float(taken.rows[0].abs().max()) < 30
    *_, (measured,) = experiment.errors(taken, [form])
    at = torch.tensor([int((weight == row).all(1).nonzero()[0]) for row in taken.rows[0]])
    whole = form.quantize(weight).dequantize()[at]
    expected = (whole - weight[at]).square().mean().sqrt() / weight[at].square().mean().sqrt()
    assert measured.real == pytest.approx(float(expected), rel=1e-5)


def test_a_mix_gives_each_matrix_its_format(decoder: Decoder) -> None:
    taken = experiment.sample(decoder, "all")
    given = {name: FORMATS["int8" if "unembed" in name else "int4"] for name in taken.names}
    *_, (alone, mixed) = experiment.errors(taken, [FORMATS["int4"]], mixed=given)
    assert mixed.name == "q4_k_m"
    assert mixed.bits is not None
    assert alone.bits is not None
    assert alone.bits < mixed.bits < 8.5
    assert mixed.real < alone.real


def test_what_does_not_fit_says_why(decoder: Decoder) -> None:
    taken, told = experiment.sample(decoder, "W_out"), []
    shown = list(experiment.errors(taken, [FORMATS["nf4"], FORMATS["int8"]], lambda *at: told.append(at)))
    assert [len(each) for each in shown] == [1, 2]
    assert told == [(0, 2), (1, 2)]
    nf4, int8 = shown[-1]
    assert nf4.bits is None
    assert nf4.misfit == "Rows of 96 weights cannot be cut into groups of 64."
    assert int8.bits == 8 + 32 / 96
