"""Quantization on the intervention stack: the run's model holds the changed weights, the loaded one is as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer import zoo
from explorer.errors import BadRequestError
from explorer.shell.views.subjects import at_hand, made
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import quantized
from explorer.stack.systems.quantization.schemes import SCHEMES, Scheme
from explorer.tracing import TraceKey, capture, parse_intervention
from explorer.tracing.capturing.changed_weights import forget, under
from explorer.tracing.changes.weight_edits import Quantize
from explorer.zoo import Model
from explorer.zoo.loading import open_folder
from tests.conftest import SMALL

TEXT = "The capital of France is"
blocks = st.integers(0, 99)
roles = st.sampled_from([None, "W_Q", "W_out"])
quantizes = st.one_of(
    st.builds(
        lambda role, fmt: Quantize(None, None, role, fmt), roles | st.just("unembed"), st.sampled_from([*SCHEMES])
    ),
    st.builds(lambda a, b, role: Quantize(min(a, b), max(a, b), role, "int4"), blocks, blocks, roles),
)


def key(name: str, *texts: str, text: str = TEXT) -> TraceKey:
    return TraceKey(name, text, interventions=tuple(parse_intervention(each) for each in texts))


@given(quantizes)
def test_text_form_gives_it_back(edit: Quantize) -> None:
    assert parse_intervention(edit.text) == edit
    assert edit.label


@pytest.mark.parametrize(
    "text",
    ["quant:all", "quant:all:int5", "quant:x:int4", "quant:3-:int4", "quant:3.W_X:int4", "quant:3.unembed:int4",
     "quant:-1:int4", "quant:all:int4:int8", "quant::int4", "quant:3-5-7:int4", "quant:all:<b>"],
)  # fmt: skip
def test_bad_text(text: str) -> None:
    with pytest.raises(BadRequestError):
        parse_intervention(text)


@pytest.mark.parametrize("text", ["quant:30:int4", "quant:5-3:int4", "quant:3-30:int4", "quant:all.gate_in:int4"])
def test_out_of_range(model: Model, text: str) -> None:
    with pytest.raises(BadRequestError):
        capture(model, key(model.name, text))


@pytest.mark.parametrize(
    "texts",
    [
        ("quant:2-3:q4_k_m",),
        *(
            pytest.param(texts, marks=pytest.mark.thorough)
            for texts in (("quant:all:int4",), ("quant:all:int8", "quant:3-5.W_out:int2"), ("quant:unembed:int3",))
        ),
    ],
)
@pytest.mark.thorough
def test_the_run_is_that_of_the_packed_matrices(model: Model, texts: tuple[str, ...]) -> None:
    before = capture(model, key(model.name))
    trace = capture(model, key(model.name, *texts))
    changed = under(model, trace.key)
    with torch.inference_mode():
        packed = quantized(model.decoder, changed.packed)(trace.ids[None])[0]
        own = changed.decoder(trace.ids[None])[0]
    assert (packed - trace.logits).abs().max() < 3e-4 * trace.logits.abs().max()
    assert (own - trace.logits).abs().max() < 3e-4 * trace.logits.abs().max()
    assert (trace.logits - before.logits).abs().max() > 0.1
    assert capture(model, key(model.name)).logits.equal(before.logits)


def test_the_later_of_two_edits_counts(model: Model) -> None:
    changed = under(model, key(model.name, "quant:2-3:int2", "quant:3.W_O:int8"))
    assert changed.packed["blocks.3.attn.W_O"].format.name == "int8"
    assert changed.packed["blocks.2.attn.W_O"].format.name == "int2"


def test_what_is_not_changed_is_shared(model: Model) -> None:
    changed = under(model, key(model.name, "quant:7.W_Q:int4"))
    differ = [name for name, each in changed.weights.items() if each.data_ptr() != model.weights[name].data_ptr()]
    assert differ == ["model.layers.7.self_attn.q_proj.weight"]
    assert changed.bridge is not model.bridge
    assert changed.original is model
    assert under(changed, key(model.name)) is model
    assert under(changed, key(model.name, "quant:7.W_Q:int4")) is changed


@pytest.mark.thorough
def test_other_interventions_act_on_the_changed_model(model: Model) -> None:
    both = capture(model, key(model.name, "quant:all:int3", "ablate:5.2", "mlp:9"))
    changed = under(model, both.key)
    alone = capture(model, key(model.name, "quant:all:int3"))
    assert both.z[5, :, 2].abs().max() == 0
    assert not both.logits.equal(alone.logits)
    assert both.readout.W_U.data_ptr() == changed.weights["model.embed_tokens.weight"].data_ptr()


@pytest.mark.parametrize(
    ("kind", "fused"),
    [("gpt2", "transformer.h.1.attn.c_attn.weight"), ("mixtral", "model.layers.1.mlp.experts.gate_up_proj")],
)
@pytest.mark.usefixtures("empty_cache")
def test_matrices_that_lie_within_others(folder_of: Callable[[Any], Path], d_vocab: int, kind: str, fused: str) -> None:
    """Transposed, fused or stacked in the checkpoint: transformers on tensors changed by hand says the same."""
    from transformers import AutoModelForCausalLM

    from tests.tracing.tiny_configs import tiny

    folder = folder_of(tiny(kind, d_vocab))
    loaded = open_folder(str(folder), None, folder)
    trace = capture(loaded, key(loaded.name, "quant:1:int8"))
    theirs: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            inside = (
                name.startswith(fused.partition("1.")[0] + "1.") and parameter.ndim > 1 and "gate.weight" not in name
            )
            if not inside:
                continue
            rows = parameter.T if kind == "gpt2" else parameter  # GPT-2 keeps [in out]
            step = rows.abs().amax(-1, keepdim=True) / 127
            rows.copy_((rows / step).round() * step)
        expected = theirs(trace.ids[None]).logits[0]
    assert fused in theirs.state_dict()
    assert (trace.logits - expected).abs().max() < 1e-4 * expected.abs().max()
    plain = capture(loaded, key(loaded.name))
    assert (trace.logits - plain.logits).abs().max() > 10 * (trace.logits - expected).abs().max()


def test_the_page_draws_from_the_changed_model() -> None:
    zoo.load(SMALL.name)
    query = key(SMALL.name, "quant:all:int4").query()
    forget()
    assert at_hand("model", query) is None
    drawn = made("run", query)
    model, run, base = drawn.traced
    assert model.edits == ("quant:all:int4",)
    assert base is not None
    assert not base.logits.equal(run.logits)
    again = at_hand("run", query)
    assert again is not None
    assert again.traced[0] is model
    only = at_hand("model", query)
    assert only is not None
    assert only.model is model
    plain = at_hand("model", key(SMALL.name).query())
    assert plain is not None
    assert plain.model is model.original


def test_rows_that_do_not_fit_are_told(model: Model) -> None:
    with pytest.raises(BadRequestError, match="192"):
        capture(zoo.load(SMALL.name), key(SMALL.name, "quant:0.W_Q:wide"))


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format whose groups are wider than the small model's rows."""
    from explorer.stack.systems.quantization.integers import Integers

    monkeypatch.setitem(FORMATS, "wide", Integers("wide", "INT4, groups of 256", 4, 256))
    monkeypatch.setitem(SCHEMES, "wide", Scheme("wide", "INT4, groups of 256"))
