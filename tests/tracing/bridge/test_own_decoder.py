"""The explorer's own decoder traced without TransformerLens: the fields of the bridge's trace, and what is absent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer import zoo
from explorer.errors import ExplorerError, NotApplicableError, UnsupportedModelError
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing import Trace, TraceKey, capture, parse_intervention
from explorer.tracing.capturing import together
from explorer.tracing.vetting.vetting import PARTS
from explorer.zoo import Model
from explorer.zoo.decoder_runner import DecoderRunner
from explorer.zoo.loading import open_folder
from explorer.zoo.verdict import Part
from tests.tracing.own_models import VARIANTS, as_own, decoder, written

PROMPT = "The capital of France is"
FIELDS = (
    "ids", "embed", "resid_mid", "resid_post", "attn_out", "mlp_out", "pattern", "rot_q", "rot_k", "q", "k", "v", "z",
    "cos", "sin", "mlp_pre", "mlp_pre_linear", "mlp_post", "ln1_scale", "ln2_scale", "ln_final_scale",
    "ln1_post_scale", "ln2_post_scale", "router_logits", "expert_weights", "logits",
)  # fmt: skip
CLOSE = 1e-4
ABSENT: dict[str, set[Part]] = {
    "alibi": {"scores"},
    "post-norm": {"attribution", "neurons"},
    "no residual path": {"attribution", "neurons"},
}


def key_of(model: Model, *interventions: str, new: int = 3, text: str = PROMPT) -> TraceKey:
    done = tuple(parse_intervention(each) for each in interventions)
    return TraceKey(model.name, text, max_new_tokens=new, sampler=Sampler(temperature=0), interventions=done)


def apart(a: Trace, b: Trace) -> dict[str, float]:
    """Of each field the largest difference, as a part of its largest number; inf where one trace lacks it."""
    found: dict[str, float] = {}
    for name in FIELDS:
        x, y = getattr(a, name), getattr(b, name)
        if (x is None and y is None) or (isinstance(x, Tensor) and x.numel() == 0 and x.shape == y.shape):
            continue  # there is none: no experts, nothing that turns
        found[name] = float("inf")
        if isinstance(x, Tensor) and isinstance(y, Tensor) and x.shape == y.shape:
            found[name] = float((x - y).abs().max() / y.abs().max().clamp_min(1e-30))
    return found


@pytest.fixture(scope="module")
def dense() -> Model:
    return zoo.load("six-kinds-dense")


@pytest.fixture(params=["smollm2-135m", "six-kinds-dense", "mixture"])
def bridged(request: pytest.FixtureRequest) -> Model:
    names = {"smollm2-135m": "model", "six-kinds-dense": "dense", "mixture": "moe"}
    return request.getfixturevalue(names[request.param])


def interventions_of(model: Model) -> tuple[str, ...]:
    some = ("ablate:1.0", "mlp:0", "scale:1:all:0.5")
    return (*some, "force:2:all:3") if model.dims.n_experts else some


@pytest.mark.parametrize("changed", [False, True])
def test_its_trace_is_the_bridges_field_by_field(bridged: Model, tmp_path: Path, changed: bool) -> None:
    own = as_own(bridged, tmp_path)
    done = interventions_of(bridged) if changed else ()
    theirs, ours = capture(bridged, key_of(bridged, *done)), capture(own, key_of(own, *done))
    assert isinstance(own.bridge, DecoderRunner)
    assert not isinstance(bridged.bridge, DecoderRunner)
    found = apart(ours, theirs)
    assert max(found.values()) < CLOSE, found
    assert {"mlp_pre", "mlp_post"} <= set(found) or {"router_logits", "expert_weights"} <= set(found)
    for name in ("W_O", "W_out", "b_O", "b_out"):
        for a, b in zip(getattr(ours.readout, name), getattr(theirs.readout, name), strict=True):
            assert torch.equal(a, b) if isinstance(a, Tensor) and isinstance(b, Tensor) else a is b
    assert ours.readout.refused == theirs.readout.refused
    assert torch.allclose(ours.readout.logits(ours.resid_post), theirs.readout.logits(theirs.resid_post), atol=1e-3)


@pytest.mark.parametrize("config", ["gpt2", "gemma2", "gemma3", "qwen3"])
def test_and_of_other_architectures(config: str, folder_of: Callable[[Any], Path], tmp_path: Path) -> None:
    """LayerNorm and learned positions; norms after the sublayers, windows and caps; two rotations; QK-norm."""
    from tests.tracing.test_architectures import configs

    theirs = open_folder(config, None, folder_of(configs()[config]()))
    found = apart(capture(as_own(theirs, tmp_path), key_of(theirs)), capture(theirs, key_of(theirs)))
    assert max(found.values()) < CLOSE, found
    assert config != "gemma2" or {"ln1_post_scale", "ln2_post_scale"} <= set(found)


def test_a_decoder_that_computes_something_else_is_found(dense: Model, tmp_path: Path) -> None:
    own = as_own(dense, tmp_path)
    runner = own.bridge
    assert isinstance(runner, DecoderRunner)
    before = capture(dense, key_of(dense))
    capture(own, key_of(own))  # what follows is not seen by the questions of the first run
    runner.decoder.blocks[1].get_submodule("ln1").__dict__["eps"] = 10.0
    found = apart(capture(own, key_of(own)), before)
    assert found["resid_mid"] > CLOSE
    assert found["logits"] > CLOSE


@pytest.mark.usefixtures("empty_cache")
def test_stages_that_are_not_those_of_the_plain_run_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is traced stage by stage, and held against the fused one."""
    from explorer.stack.transformer import attention

    eager = attention.eager

    def wrong(q: Any, k: Any, v: Any, visible: Any, scale: float, *rest: Any) -> Any:
        return eager(q, k, v, visible, 2 * scale, *rest)

    model = open_folder("wrong", None, written(tmp_path / "wrong", decoder(positions="none")))
    monkeypatch.setattr(attention, "eager", wrong)
    with pytest.raises(UnsupportedModelError, match="cannot be shown correctly"):
        capture(model, key_of(model))


@pytest.fixture(params=VARIANTS)
def variant(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Decoder, Model]:
    made = decoder(**VARIANTS[request.param])
    return request.param, made, open_folder(request.param, None, written(tmp_path / "variant", made))


def test_a_variant_of_no_library_is_opened_and_traced(variant: tuple[str, Decoder, Model]) -> None:
    name, made, model = variant
    assert isinstance(model.bridge, DecoderRunner)
    assert model.decoder.config == made.config
    trace = capture(model, key_of(model))
    with torch.inference_mode():
        assert float((made(trace.ids[None])[0] - trace.logits).abs().max()) < CLOSE
    assert trace.readout.refused.keys() == ABSENT.get(name, set())
    assert model.verdict.knows(*PARTS)
    for part in ABSENT.get(name, ()):
        with pytest.raises(NotApplicableError, match="means nothing in this decoder"):
            trace.readout.require(part)
    read = trace.readout.logits(trace.resid_post[-1].clone())
    assert float((read - trace.logits).abs().max()) < CLOSE


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("name", ABSENT)
def test_what_is_said_to_be_absent_would_be_wrong(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is called absent that the measurement would let pass."""
    from explorer.tracing.bridge import own_readout

    monkeypatch.setattr(own_readout, "_absent", lambda _: {})
    model = open_folder(name, None, written(tmp_path / "variant", decoder(**VARIANTS[name])))
    assert ABSENT[name] <= capture(model, key_of(model)).readout.refused.keys()


def test_a_head_that_is_off_is_one_whose_output_matrix_is_zero(variant: tuple[str, Decoder, Model]) -> None:
    _, made, model = variant
    off = capture(model, key_of(model, "ablate:1.2", new=0))
    with torch.no_grad():
        made.blocks[1].get_parameter("attn.W_O.weight")[:, 16:24] = 0
    with torch.inference_mode():
        assert float((made(off.ids[None])[0] - off.logits).abs().max()) < CLOSE


def test_a_quantized_variant_runs_on_the_rounded_weights(tmp_path: Path) -> None:
    made = decoder(positions="alibi")
    model = open_folder("alibi", None, written(tmp_path / "alibi", made))
    changed = capture(model, key_of(model, "quant:1.W_O:int8", new=0))
    assert float((changed.logits - capture(model, key_of(model, new=0)).logits).abs().max()) > 1e-6
    rounded = changed.readout.W_O[1].flatten(0, 1).T
    matrices: list[Tensor] = [each.get_parameter("attn.W_O.weight") for each in made.blocks]
    assert 0 < float((rounded - matrices[1]).abs().max()) < 0.01
    assert torch.equal(changed.readout.W_O[0].flatten(0, 1).T, matrices[0])


def test_what_does_not_suit_it_is_refused_by_name(tmp_path: Path) -> None:
    model = open_folder("alibi", None, written(tmp_path / "alibi", decoder(positions="alibi")))
    with pytest.raises(ExplorerError, match="no experts"):
        capture(model, key_of(model, "force:0:all:1"))


@pytest.mark.parametrize("name", ["learned", "alibi", "windows"])
def test_runs_in_one_batch_are_those_alone(name: str, tmp_path: Path) -> None:
    """Padded on the left, with positions counted from each prompt's own first token."""
    model = open_folder(name, None, written(tmp_path / name, decoder(**VARIANTS[name])))
    assert together.agreement(model) < 1e-5


def test_a_cache_grows_with_the_text(tmp_path: Path) -> None:
    made = decoder(windows=(4, None, 2))
    model = open_folder("long", None, written(tmp_path / "long", made))
    trace = capture(model, key_of(model, text="To be or not to be. " * 7, new=8))
    assert len(trace) > 140
    with torch.inference_mode():
        assert float((made(trace.ids[None])[0] - trace.logits).abs().max()) < CLOSE


@pytest.mark.parametrize("settings", [{}, {"n_layers": "many"}, {"n_layers": 2, "positions": "by heart"}])
def test_settings_that_are_no_decoder_are_refused(settings: Any, tmp_path: Path) -> None:
    folder = written(tmp_path / "odd", decoder(positions="none"))
    config = json.loads((folder / "config.json").read_text())
    given = settings if not settings else config["settings"] | settings
    (folder / "config.json").write_text(json.dumps(config | {"settings": given}))
    with pytest.raises(UnsupportedModelError):
        open_folder("odd", None, folder)
