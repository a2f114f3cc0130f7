"""QLoRA and task vectors: what is counted, what adds up, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.experiments.finetuning import qlora as experiment
from explorer.experiments.finetuning import task_sums
from explorer.panels.protocol import Check, Rendered
from explorer.stack.finetuning import counts, qlora, task_vectors
from explorer.stack.systems.quantization import matrices, through

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
pytestmark = pytest.mark.usefixtures("on_the_shelf")


def test_bytes_of_each_part(view: View, small) -> None:
    made = view("qlora.bytes")[-1]
    assert all(each.holds for each in made.checks)
    parts = {each.name: each for each in made.data.parts}
    # Its table is tied, and counts once.
    assert parts["matrices"].numbers + parts["table and norms"].numbers == small.hf.num_parameters()
    assert parts["optimizer"].bytes == 2 * parts["gradients"].bytes == 2 * parts["adapter"].bytes
    assert parts["matrices"].bytes == pytest.approx(parts["matrices"].numbers * 4.127 / 8, rel=0.01)
    assert parts["activations"].bytes > 100_000


def test_the_large_example_by_hand() -> None:
    blocks, d, ff, vocabulary = 80, 8192, 22016, 32000
    linear = blocks * (4 * d * d + 3 * d * ff)
    assert linear + 2 * vocabulary * d == pytest.approx(65.29e9, rel=1e-3)  # its name says 65B
    for each in experiment.large():
        assert each.trained == blocks * each.r * (4 * (d + d) + 3 * (d + ff))
        assert each.rest == 16 * each.trained
        assert each.base == pytest.approx(linear * 4.12695 / 8 + 4 * vocabulary * d, rel=1e-5)


def test_a_gradient_of_exact_matrices_is_itself(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    made = view("qlora.gradient", items=2)[-1]
    assert made.checks[0].holds
    assert 0.5 < made.data.whole < 0.9999
    monkeypatch.setattr(qlora, "rounded", lambda decoder, _: decoder)
    exact = view("qlora.gradient", items=2)[-1].data
    assert exact.whole == pytest.approx(1, abs=1e-6)
    assert all(each.ratio == pytest.approx(1, abs=1e-4) for each in exact.each)


def test_the_order_of_merging_and_rounding_makes_other_models(view: View) -> None:
    shown = view("qlora.merging", items=2)
    assert shown[-1].checks[0].holds
    models = {each.name: each for each in shown[-1].data.models}
    assert models["exact"].kl == 0
    kls = [models[name].kl for name in ("beside", "merged, rounded", "rounded, merged, rounded", "base")]
    assert len({round(each, 7) for each in kls}) == 4
    assert min(kls) > 0


def test_a_model_is_rounded_once(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment._packed.clear()
    rounded: list[object] = []
    real = qlora.packed
    monkeypatch.setattr(qlora, "packed", lambda decoder: rounded.append(decoder) or real(decoder))
    for name in ("bytes", "gradient", "merging"):
        assert all(each.holds for each in view(f"qlora.{name}", **({} if name == "bytes" else {"items": 2}))[-1].checks)
    assert len(rounded) == 3  # the base; with the adapter merged in; merged into the rounded base
    assert len(set(map(id, rounded))) == 3


def test_what_was_added_can_be_subtracted(view: View) -> None:
    made = view("qlora.sums", items=2)[-1]
    data = made.data
    assert made.checks[0].holds
    assert (data.first, data.second, data.tasks) == ("one", "two", ("json", "units"))
    losses = {each.name: each.losses for each in data.each}
    assert "A and B part by part" not in losses  # they stand at other matrices
    for mine, theirs in zip(losses["A + B − A"], losses["B"], strict=True):
        assert mine == pytest.approx(theirs, abs=1e-4)
    assert losses["A + B"] != losses["A"]
    same = view("qlora.sums", items=2, second="one")[-1].data
    twice = {each.name: each.losses for each in same.each}
    assert twice["½ A + ½ B"][0] == pytest.approx(twice["A"][0], abs=1e-4)
    assert twice["A and B part by part"][0] != pytest.approx(twice["A + B"][0], abs=1e-4)


@pytest.mark.breaks("qlora.bytes", r"^Bits of a number in NF4")
def test_scales_that_are_not_quantized_once_more(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.packed_of

    def wide(decoder: object) -> object:
        found = real(decoder)  # pyright: ignore[reportArgumentType]
        for each in found:
            each.parts["absmax"] = each.parts["absmax"].float()  # pyright: ignore[reportIndexIssue]
        return found

    monkeypatch.setattr(experiment, "packed_of", wide)
    assert not check("qlora.bytes", "Bits of a number").holds


@pytest.mark.breaks("qlora.bytes", r"^Bytes of the optimizer’s state")
def test_a_moment_that_is_not_counted(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = counts.state_bytes
    monkeypatch.setattr(counts, "state_bytes", lambda optimiser: real(optimiser) // 2)
    assert not check("qlora.bytes", "Bytes of the optimizer").holds


@pytest.mark.breaks("qlora.gradient", r"^Gradient through packed matrices")
def test_a_gradient_that_skips_the_matrix(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = through.multiplied
    monkeypatch.setattr(matrices, "multiplied", lambda packed, x: real(packed, x.detach()))
    assert not check("qlora.gradient", "Gradient through packed", items=2).holds


@pytest.mark.breaks("qlora.merging", r"^Loss of NF4 with the adapter beside it")
def test_an_adapter_of_half_its_strength(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.adapted
    monkeypatch.setattr(experiment, "adapted", lambda decoder, *worn: real(decoder, *((a, by / 2) for a, by in worn)))
    assert not check("qlora.merging", "Loss of NF4", items=2).holds


@pytest.mark.breaks("qlora.sums", r"^Loss with both adapters worn")
def test_a_sum_without_one_of_them(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = task_vectors.concatenated
    monkeypatch.setattr(task_sums.task_vectors, "concatenated", lambda *worn: real(worn[0]))
    assert not check("qlora.sums", "Loss with both", items=2).holds
