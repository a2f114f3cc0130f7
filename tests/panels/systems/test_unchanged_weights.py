"""What a view of formats says about the weights that it rounds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.experiments.systems.unchanged_weights import against
from explorer.zoo.model import Model


@pytest.mark.parametrize(("bits", "warned"), [(4, True), (5, True), (8, True), (16, False), (32, False), (None, False)])
def test_weights_that_a_file_has_rounded_rank_no_formats(small: Model, bits: int | None, warned: bool) -> None:
    card = replace(small.card, weights_note="GGUF Q4_1, dequantized to float32", weight_bits=bits)
    said = against("Errors", card)
    assert said.startswith("Errors are measured from the unchanged weights. The model card of ")
    assert ("the order of the formats here may not hold" in said) == warned
    if warned:
        assert f"rounded to {bits} bits before" in said
