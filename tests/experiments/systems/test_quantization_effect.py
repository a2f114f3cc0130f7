"""A text in every format: as it comes, against products with widened weights, and what is measured only once."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from explorer.experiments.systems import quantization_effect as experiment
from explorer.stack.systems.quantization.matrices import matrices
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.tracing import TraceKey, capture, parse_intervention
from explorer.zoo.model import Model

TEXT = "Once upon a time there was"


def read(model: Model, where: str = "all") -> list[experiment.Effects]:
    ids = capture(model, TraceKey(model.name, TEXT)).ids
    return [made for (made,) in experiment.measure(model, [ids], where, lambda *_: None)]


@pytest.mark.thorough
def test_formats_come_one_by_one(moe: Model) -> None:
    seen = read(moe)
    assert [len(each.formats) for each in seen] == list(range(1, seen[0].total + 1))
    whole = seen[-1]
    assert {each.name for each in whole.formats} | {name for name, _ in whole.refused} == set(SCHEMES)
    assert whole.plain.kl.abs().max() == 0


@pytest.mark.thorough
def test_a_row_is_the_run_with_that_format(moe: Model) -> None:
    row = next(each for each in read(moe, "1")[-1].formats if each.name == "int8_affine")
    plain = capture(moe, TraceKey(moe.name, TEXT))
    now = capture(moe, TraceKey(moe.name, TEXT, interventions=(parse_intervention("quant:1:int8_affine"),)))
    expected = F.kl_div(
        now.logits.double().log_softmax(-1), plain.logits.double().log_softmax(-1), reduction="none", log_target=True
    ).sum(-1)
    assert torch.allclose(row.answers.kl, expected, rtol=1e-3, atol=1e-7)
    assert row.answers.ids.tolist() == now.logits.argmax(-1).tolist()
    changed = [each.weight for each in matrices(moe.decoder) if each.layer == 1]
    packed = sum(weight.numel() + 8 * len(weight) for weight in changed)  # a byte a code; step and low of a row
    assert row.bits == pytest.approx(8 * packed / sum(weight.numel() for weight in changed))
    whole = sum(each.nbytes for each in set(moe.decoder.parameters()))
    assert row.nbytes == whole - sum(4 * weight.numel() for weight in changed) + packed


@pytest.mark.thorough
def test_what_was_measured_of_a_text_is_not_measured_again(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(moe)[-1]
    monkeypatch.setattr(experiment, "_measured", lambda *_: pytest.fail("measured again"))
    assert read(moe)[-1].formats == first.formats
    with pytest.raises(pytest.fail.Exception, match="measured again"):
        list(experiment.measure(moe, [capture(moe, TraceKey(moe.name, "Twice")).ids], "all", lambda *_: None))
