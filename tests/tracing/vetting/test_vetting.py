"""A model is held against transformers once; break a mechanism, and the part that rests on it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.errors import BadRequestError, NotApplicableError, UnsupportedModelError
from explorer.stack.transformer import config as decoder_config
from explorer.tracing import AblateMLP, TraceKey, capture
from explorer.tracing.bridge import hooks, readout, stand_ins
from explorer.tracing.vetting import vetting
from explorer.zoo import Model, verdict
from explorer.zoo.loading import open_folder
from tests.tiers import spread
from tests.tracing.tiny_configs import tiny

Open = Callable[[], Model]


@pytest.fixture
def llama(folder_of: Callable[[Any], Path], d_vocab: int, empty_cache: Path) -> Open:
    """Loads one tiny Llama, anew at each call."""
    folder = folder_of(tiny("llama", d_vocab))
    return lambda: open_folder(str(folder), None, folder)


def refused(model: Model) -> set[str]:
    capture(model, TraceKey(model.name, "Once upon a time"))
    return set(model.verdict.refusals())


def test_a_right_model_is_refused_nothing_and_asked_once(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    model = llama()
    assert refused(model) == set()
    assert model.decoder.config.n_layers == 3
    asked: list[str] = []
    monkeypatch.setattr(vetting, "examine", lambda *_: asked.append("again"))
    again = llama()
    assert again.reference is None  # all is known of these files: transformers is not asked again
    assert refused(again) == set()
    assert not asked


def test_a_verdict_is_for_these_weights(llama: Open) -> None:
    model = llama()
    path = Path(model.name) / "model.safetensors"
    before = model.verdict._path
    tensors = load_file(path)
    tensors["model.norm.weight"] = tensors["model.norm.weight"] + 1
    save_file(tensors, path, metadata={"format": "pt"})
    assert llama().verdict._path != before


@pytest.mark.thorough
def test_a_verdict_is_for_this_code(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    model = llama()
    capture(model, TraceKey(model.name, "Once"))
    assert llama().verdict.knows("run")
    monkeypatch.setattr(verdict, "code_hash", lambda: "0" * 64)
    assert not llama().verdict.knows("run")


@pytest.mark.thorough
def test_a_damaged_verdict_is_made_anew(llama: Open) -> None:
    model = llama()
    capture(model, TraceKey(model.name, "Once"))
    model.verdict._path.write_text("[" * 100_000)
    assert not llama().verdict.knows("run")


def test_another_scale_of_the_scores(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readout, "_scaling", lambda *_: 1.0)
    model = llama()
    assert refused(model) == {"scores"}
    trace = capture(model, TraceKey(model.name, "Once upon a time"))
    for wrong in (lambda: trace.scores(0), lambda: trace.rot_q, lambda: trace.rot_k):
        with pytest.raises(NotApplicableError, match="attention scores q·k would be wrong for this model: in block 0"):
            wrong()


def test_another_factor_on_the_logits(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readout, "_logit_scale", lambda _: 0.5)
    model = llama()
    assert refused(model) == {"lens", "attribution"}
    trace = capture(model, TraceKey(model.name, "Once upon a time"))
    for wrong in (
        trace.logit_lens,
        lambda: trace.lens_at(0),
        lambda: trace.rank(0, 1),
        lambda: trace.attribution(0, 1),
    ):
        with pytest.raises(NotApplicableError):
            wrong()


def test_another_order_of_the_rotation(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.tracing.bridge.rotary import Rotation

    monkeypatch.setattr(Rotation, "undo", lambda self, rotated: self.apply(rotated))
    model = llama()
    assert refused(model) == {"rotation"}
    with pytest.raises(NotApplicableError, match="rotation"):
        _ = capture(model, TraceKey(model.name, "Once upon a time")).q


def test_another_activation(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readout, "_activation", lambda *_: torch.relu)
    assert refused(llama()) == {"neurons"}


def test_attention_that_is_not_the_models(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = stand_ins.PlainAttention.forward

    def wrong(self: Any, hidden_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        out, pattern = forward(self, hidden_states, *args, **kwargs)
        return out * 1.01, pattern

    monkeypatch.setattr(stand_ins.PlainAttention, "forward", wrong)
    with pytest.raises(UnsupportedModelError, match=r"cannot be shown correctly: .*away from .*transformers"):
        refused(llama())


def test_an_intervention_that_nothing_passes(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hooks.EDITED, "mlp_out", "hook_nowhere")  # pyright: ignore[reportArgumentType]
    model = llama()
    assert refused(model) == {"mlp_out"}
    with pytest.raises(BadRequestError, match="mlp:1"):
        capture(model, TraceKey(model.name, "Once upon a time", interventions=(AblateMLP(1),)))


def test_an_intervention_whose_change_is_dropped(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AblateMLP, "edit", lambda _self, out, _run: out.clone())
    assert refused(llama()) == {"mlp_out"}


def test_routers_whose_weights_stand_by_size(folder_of: Callable[[Any], Path], d_vocab: int, empty_cache: Path) -> None:
    folder = folder_of(tiny("mixtral", d_vocab, num_experts_per_tok=4))
    model = open_folder(str(folder), None, folder)
    trace = capture(model, TraceKey(model.name, "Once upon a time"))
    assert "larger logit has the smaller weight" in model.verdict.refusal("experts")
    assert trace.expert_weights is None
    assert trace.router_logits is None


@pytest.mark.parametrize("architecture", ["gptj", "codegen"])
def test_scores_of_flat_attention(
    folder_of: Callable[[Any], Path], d_vocab: int, empty_cache: Path, architecture: str
) -> None:
    """Any scores give a flat pattern nearly: it is their differences that must be right."""
    folder = folder_of(tiny(architecture, d_vocab))
    path = folder / "model.safetensors"
    small = {name: tensor * (0.1 if tensor.ndim == 2 else 1) for name, tensor in load_file(path).items()}
    save_file(small, path, metadata={"format": "pt"})
    assert "scores" in refused(open_folder(str(folder), None, folder))


@pytest.mark.parametrize("architecture", spread(["gemma3_text", "gemma2", "olmo2", "llama"], 2))
def test_neurons_of_an_mlp_that_writes_its_mean(
    folder_of: Callable[[Any], Path], d_vocab: int, empty_cache: Path, architecture: str
) -> None:
    """The mean is taken behind the norm that some have after the MLP."""
    folder = folder_of(tiny(architecture, d_vocab))
    model = open_folder(str(folder), None, folder)
    trace = capture(model, TraceKey(model.name, "Once upon a time there was", interventions=(AblateMLP(2, "mean"),)))
    found = trace.attribution(len(trace) - 1, 77)
    neurons = found.neurons(2)
    assert neurons.total + neurons.bias == pytest.approx(float(found.mlp[2]), abs=1e-5)


def test_a_passing_lack_of_memory_is_no_verdict(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Any) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    with monkeypatch.context() as patched:
        patched.setattr(readout.Readout, "read", full)
        with pytest.raises(RuntimeError):
            refused(llama())
    assert refused(llama()) == set()


def test_the_own_decoder_reads_a_model_that_also_sees(d_vocab: int, tmp_path: Path) -> None:
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    from explorer.stack.transformer.decoder import Decoder

    seeing = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = tiny("gemma3_text", d_vocab)
    config = Gemma3Config(text_config=text, vision_config=seeing | {"image_size": 28, "patch_size": 14})
    model: Any = Gemma3ForConditionalGeneration(config).eval()
    ids = torch.arange(3, 13)[None]
    with torch.inference_mode():
        ours = Decoder.from_pretrained(model.config, model.state_dict())(ids)
        assert float((ours - model(ids).logits).abs().max()) < 1e-4


def test_the_own_decoder_with_another_norm(llama: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    made = decoder_config._llama_like
    monkeypatch.setattr(decoder_config, "_llama_like", lambda hf, kind: made(_with(hf, rms_norm_eps=0.5), kind))
    model = llama()
    for _ in range(2):  # the second time from what was found
        with pytest.raises(NotApplicableError, match="own decoder does not compute this model: read in one pass"):
            _ = model.decoder
    assert refused(model) == {"decoder"}


def _with(hf: Any, **settings: Any) -> Any:
    return type(hf).from_dict({**json.loads(hf.to_json_string(use_diff=False)), **settings})
