"""Every matrix of a head against transformers' own attention layer on the same stream, and what the checks find out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.experiments.transformer.made_anew import attention_error
from explorer.figures.payload import pack
from explorer.figures.transformer import attention_steps as figure
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.transformer import attention_steps_views as panel
from explorer.tracing import TraceKey, capture, parse_intervention
from tests.panels.both_runs import drawn

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

TEXT = "When Mary and John went to the store, John gave a drink to"
HERE, LAYER, HEAD = 9, 3, 4


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return capture(model, TraceKey(model.name, TEXT))


@pytest.fixture(scope="module")
def theirs(model: Model, trace: Trace) -> dict[str, Tensor]:
    """transformers' LlamaAttention with this layer's weights on this run's stream, read by torch's hooks."""
    from transformers.models.llama.modeling_llama import LlamaAttention, LlamaRMSNorm, LlamaRotaryEmbedding

    block: Any = model.decoder.blocks[LAYER]
    config: Any = model.hf.config
    layer: Any = LlamaAttention(config, LAYER).eval()
    with torch.no_grad():
        for name in ("q", "k", "v", "o"):
            getattr(layer, f"{name}_proj").weight.copy_(getattr(block.attn, f"W_{name.upper()}").weight)
    norm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)
    norm.weight.data = block.ln1.weight.detach()
    n, seen = len(trace.tokens), {}
    for name in ("q_proj", "k_proj", "v_proj"):
        getattr(layer, name).register_forward_hook(lambda m, i, out, name=name: seen.update({name: out[0]}))
    layer.o_proj.register_forward_pre_hook(lambda m, inputs: seen.update(z=inputs[0][0]))
    x = norm(trace.stream(LAYER)[None])
    where = LlamaRotaryEmbedding(config)(x, torch.arange(n)[None])
    mask = torch.full((n, n), -math.inf).triu(1)[None, None]
    assert config._attn_implementation == "eager"
    with torch.inference_mode():
        out, pattern = layer(x, position_embeddings=where, attention_mask=mask)
    return {**seen, "out": out[0], "pattern": pattern[0], "W_O": layer.o_proj.weight.detach()}


def test_every_step_is_that_of_transformers_layer(trace: Trace, theirs: dict[str, Tensor]) -> None:
    steps, errors = figure.head_steps(trace, LAYER, HEAD, HERE, None)
    kv = HEAD // 3
    near: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-4}
    head = slice(64 * HEAD, 64 * (HEAD + 1))
    torch.testing.assert_close(steps.q, theirs["q_proj"][:, head], **near)
    for name in ("k", "v"):
        torch.testing.assert_close(getattr(steps, name), theirs[f"{name}_proj"].unflatten(-1, (3, 64))[:, kv], **near)
    torch.testing.assert_close(steps.pattern, theirs["pattern"][HEAD], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(steps.z, theirs["z"][:, head], **near)
    torch.testing.assert_close(steps.out, theirs["z"][:, head] @ theirs["W_O"][:, head].T, **near)
    torch.testing.assert_close(trace.head_out(LAYER).sum(0), theirs["out"], **near)
    torch.testing.assert_close(steps.scores, steps.raw / 8, rtol=1e-5, atol=1e-5)  # √64
    torch.testing.assert_close(steps.scores.masked_fill(~steps.visible, -math.inf).softmax(-1), steps.pattern)
    assert steps.visible.equal(torch.ones(14, 14, dtype=torch.bool).tril())
    assert max(errors.pattern, errors.z, errors.added) < 1e-5


def test_entropy_by_hand(trace: Trace) -> None:
    """Softmax of the scores ln 2 and 0 is (2/3, 1/3): log2(3) - 2/3 bits. The first query has no choice."""
    two = torch.tensor([[math.log(2), 0.0]]).softmax(-1)
    assert float(figure.entropy(two)) == pytest.approx(math.log2(3) - 2 / 3)
    steps, _ = figure.head_steps(trace, LAYER, HEAD, HERE, None)
    assert steps.entropy[:, 0].tolist() == [0, 0]
    unscaled = (steps.raw[HERE, : HERE + 1]).softmax(-1)
    assert float(steps.entropy[0, HERE]) == pytest.approx(-float((unscaled * unscaled.log2()).nansum()), abs=1e-4)
    assert float(steps.entropy[0].mean()) < float(steps.entropy[1].mean())


@given(n=st.integers(1, 300), position=st.integers(0, 299))
def test_a_window_holds_its_position(n: int, position: int) -> None:
    position = min(position, n - 1)
    at = figure.window(n, position)
    assert at.start <= position < at.stop <= n
    assert at.stop - at.start == min(n, figure.WINDOW)


def test_a_long_text_is_drawn_in_a_window_and_proved_whole(model: Model) -> None:
    long = capture(model, TraceKey(model.name, " ".join([TEXT] * 6)))
    steps, errors = figure.head_steps(long, LAYER, HEAD, 75, None)
    assert (steps.first, len(steps.q)) == (12, 64)
    torch.testing.assert_close(steps.pattern.sum(-1) + steps.outside, torch.ones(64))
    assert float(steps.outside.max()) > 0.1
    every = long.rot_q[LAYER, 75, HEAD] @ long.rot_k[LAYER, :76, HEAD // 3].T  # the selected query meets all its keys
    torch.testing.assert_close(steps.unscaled[-1], every.softmax(-1)[12:], rtol=1e-3, atol=1e-5)
    assert max(errors.pattern, errors.z, errors.added) < 1e-4


@pytest.mark.breaks("attention_steps.steps", "^Softmax of these scores = the model’s pattern")
@pytest.mark.breaks("attention_steps.steps", "^Pattern × v = the model’s z")
@pytest.mark.breaks("attention_steps.steps", "heads( and the bias)? add up to what attention wrote")
@pytest.mark.breaks("attention_steps.steps", "^q, k and v recomputed from the stream = the model’s")
def test_the_views_checks_fail_on_numbers_of_other_positions(model: Model, trace: Trace) -> None:
    def held(run: Trace) -> list[bool]:
        made = panel.steps(Scene(model, run, None, Focus(position=HERE, layer=LAYER, head=HEAD)))
        return [check.holds for check in made.checks]

    assert held(trace) == [True] * 4
    for field, holds in (
        ("pattern", [False, True, True, True]),
        ("z", [True, False, False, True]),
        ("v", [True, False, True, False]),
        ("resid_mid", [True, True, False, True]),
    ):
        values = getattr(trace, field).clone()
        values[LAYER] = values[LAYER].roll(1, 1 if field == "pattern" else 0)
        assert held(replace(trace, **{field: values}, _kept=type(trace._kept)())) == holds, field


def test_wrong_matrices_are_found_out(model: Model, trace: Trace) -> None:
    assert attention_error(trace, model.decoder, LAYER) < 1e-5
    for field, name in (("pattern", "pattern"), ("v", "z"), ("z", "added")):
        values = getattr(trace, field).clone()
        values[LAYER] = values[LAYER].roll(1, -2)
        wrong = replace(trace, **{field: values}, _kept=type(trace._kept)())
        assert getattr(figure.head_steps(wrong, LAYER, HEAD, HERE, None)[1], name) > 1e-3
    turned = replace(trace, _rot_q=trace.rot_q.roll(1, 1), _kept=type(trace._kept)())
    assert attention_error(turned, model.decoder, LAYER) > 1e-2


def test_the_unchanged_run_is_drawn_from_its_own_matrices(model: Model, trace: Trace) -> None:
    """The changed run goes on with other tokens: how far the rows compare is said beside them."""
    off = parse_intervention(f"ablate:{LAYER}.{HEAD}")
    changed = capture(model, TraceKey(model.name, TEXT + " Bill and", interventions=(off,)))
    base = capture(model, TraceKey(model.name, TEXT + " Anna or"))
    made, _, other = drawn(
        "attention_steps", "steps", Scene(model, changed, base, Focus(position=HERE, layer=LAYER, head=HEAD))
    )
    assert other is not None
    there, shared = other.made.data, other.side.shared
    assert (len(made.data.q), len(there.q), shared, made.data.first, there.first) == (16, 16, 14, 0, 0)
    torch.testing.assert_close(there.pattern[:shared, :shared], trace.pattern[LAYER, HEAD], rtol=1e-3, atol=1e-5)
    assert float(made.data.heads[HEAD].norm()) == 0
    assert float(there.heads[HEAD].norm()) > 0
    assert [c.statement for c in made.checks if not c.holds] == []
    assert "Pattern × v = the model’s z, in the unchanged run" in [c.statement for c in made.checks]
    pack(made.data)
