"""Bytes of a 70B model: known totals, and what a mix of types comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.memory_table import MODELS, constant, inside, nbytes, packed_bits, q4_k_m


def test_parameters_are_the_published_ones() -> None:
    assert [model.parameters for model in MODELS] == [68_976_648_192, 70_553_706_496]
    eight = replace(MODELS[1], n_layers=32, d_model=4096, d_mlp=14336, n_heads=32)
    assert eight.parameters == 8_030_261_248  # Llama-3-8B


def test_published_files_of_the_mix() -> None:
    """Cards on the hub: Llama-2-70B 41.42 GB (TheBloke), Llama-3.1-70B 42.52 (bartowski), header included."""
    assert nbytes(MODELS[0], q4_k_m, 32) / 1e9 == pytest.approx(41.42, abs=0.01)
    assert nbytes(MODELS[1], q4_k_m, 32) / 1e9 == pytest.approx(42.52, abs=0.015)


def test_what_stays_wide_is_counted_wide() -> None:
    llama = MODELS[0]
    tables = 2 * llama.d_vocab * llama.d_model
    apart = nbytes(llama, inside(lambda _: 4.0)) - nbytes(llama, constant(4.0))
    assert apart == tables * 12 // 8


@pytest.mark.parametrize(
    ("name", "bits"), [("int4", 4 + 16 / 32), ("nf4", 4 + 32 / 64), ("nf4_dq", 4 + 8 / 64 + 32 / 16384), ("bf16", 16)]
)
def test_a_format_packs_what_its_definition_says(name: str, bits: float) -> None:
    assert packed_bits(FORMATS[name], 8192) == bits
