"""A tiny random model of every causal architecture that transformers knows: equal to transformers, or refused clearly.

Each is loaded twice: as the product does, and by transformers alone. Logits, attention and stream are compared over a
prompt and steps over the key-value cache, past the models' windows; what is derived from them (lens, attribution,
scores, neurons, the explorer's own decoder) against what transformers says.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.errors import ExplorerError, NotApplicableError, UnsupportedModelError
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo import Model
from explorer.zoo.loading import open_folder
from tests.tracing.tiny_configs import LEFT_OUT, PARTS, WHOLE, architectures, tiny

TEXT = "When Mary and John went to the store, John gave a drink"
TAKEN, OTHERS = architectures()
ROOT = Path(__file__).resolve().parents[2]
#: A tokenizer that lies in the repository; its vocabulary is small.
TOKENIZER = ROOT / "models" / "six-kinds-dense"


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Path]:
    """A folder with a random model of a config, its norms and biases moved so that mistakes in them show."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(TOKENIZER, local_files_only=True)

    def make(config: Any) -> Path:
        torch.manual_seed(0)
        folder = tmp_path_factory.mktemp("tiny")
        hf: Any = AutoModelForCausalLM.from_config(config)
        with torch.no_grad():
            for name, parameter in hf.named_parameters():
                parameter.add_(torch.randn_like(parameter) * (0.2 if "norm" in name or "ln" in name else 0.05))
        hf.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="module")
def d_vocab() -> int:
    return json.loads((TOKENIZER / "config.json").read_text())["vocab_size"]


def refusals(model: Model) -> dict[str, str]:
    """What is refused of the traced run, by part."""
    return {part: reason for part, reason in model.verdict.refusals().items() if part != "decoder"}


def far(found: Tensor, expected: Tensor) -> float:
    assert found.shape == expected.shape
    return float((found - expected).abs().max()) / float(expected.abs().max())


def hold_against_transformers(model: Model, folder: Path) -> Trace:
    """The run, its logits, attention and stream compared with those of transformers alone."""
    from transformers import AutoModelForCausalLM

    trace = capture(model, TraceKey(str(folder), TEXT, max_new_tokens=4, seed=1))
    plain: Any = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        result = plain(trace.ids[None], output_attentions=True, output_hidden_states=True, use_cache=False)
    assert far(trace.logits, result.logits[0]) < 1e-4
    assert float((trace.pattern - torch.stack([a[0] for a in result.attentions])).abs().max()) < 1e-4
    assert far(trace.resid_pre, torch.stack([h[0] for h in result.hidden_states[:-1]])) < 1e-4
    hold_derived(trace, refusals(model))
    with contextlib.suppress(NotApplicableError):  # an architecture that the decoder does not know
        assert far(model.decoder(trace.ids[None])[0], result.logits[0]) < 1e-4
    return trace


def hold_derived(trace: Trace, refused: dict[str, str]) -> None:
    """What is derived is right, or says that it is not."""
    at, token = len(trace) - 2, int(trace.logits[-2].argmax())
    parts: dict[str, Callable[[], Any]] = {
        "lens": lambda: far(trace.lens_logits(at)[-1], trace.logits[at]),
        "attribution": lambda: max(trace.attribution(at, token).error, trace.attribution(at, token).heads_error),
        "scores": lambda: max(_softmax_error(trace, layer) for layer in range(trace.dims.n_layers)),
    }
    for part, error in parts.items():
        if part in refused:
            with pytest.raises(NotApplicableError, match="not right for this model"):
                error()
        else:
            assert error() < 1e-4, part
    plain = trace.mlp_pre is not None and trace.readout.W_out[0] is not None
    if plain and not {"neurons", "attribution"} & refused.keys():
        found = trace.attribution(at, token)
        for layer in range(trace.dims.n_layers):
            neurons = found.neurons(layer, 4)
            assert neurons.total + neurons.bias == pytest.approx(float(found.mlp[layer]), abs=1e-4)


def _softmax_error(trace: Trace, layer: int) -> float:
    seen = trace.pattern[layer] > 0
    remade = trace.scores(layer).masked_fill(~seen, -torch.inf).softmax(-1)
    return float((remade - trace.pattern[layer]).abs().max())


@pytest.mark.parametrize("architecture", [name for name in TAKEN if name not in WHOLE | LEFT_OUT])
def test_equal_to_transformers(folder_of: Callable[[Any], Path], d_vocab: int, architecture: str) -> None:
    folder = folder_of(tiny(architecture, d_vocab))
    model = open_folder(str(folder), None, folder)
    hold_against_transformers(model, folder)
    assert refusals(model).keys() == PARTS.get(architecture, set()), refusals(model)


@pytest.mark.parametrize("architecture", sorted(WHOLE))
def test_refused_as_a_whole(folder_of: Callable[[Any], Path], d_vocab: int, architecture: str) -> None:
    folder = folder_of(tiny(architecture, d_vocab))
    with pytest.raises(UnsupportedModelError) as refused:
        capture(open_folder(str(folder), None, folder), TraceKey(str(folder), TEXT))
    assert refused.value.hint


def test_what_the_bridge_does_not_take_is_refused_by_name(tmp_path: Path) -> None:
    for model_type in OTHERS:
        folder = tmp_path / model_type
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
        with pytest.raises(ExplorerError) as refused:
            open_folder(model_type, None, folder)
        assert refused.value.message
        assert refused.value.hint


def test_the_lists_name_what_there_is() -> None:
    assert WHOLE | LEFT_OUT | PARTS.keys() <= {*TAKEN}
