"""Gates against transformers' own MLP on the same stream, values against its unembedding, and what checks find out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.transformer.made_anew import feed_forward_error
from explorer.figures.payload import pack
from explorer.figures.transformer import feed_forward as figure
from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.transformer import feed_forward_views as panel
from explorer.stack.transformer import key_value_memory
from explorer.tracing import TraceKey, capture, parse_intervention
from explorer.tracing.probes.neurons import steps_at
from tests.panels.both_runs import drawn, there

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

TEXT = "When Mary and John went to the store, John gave a drink to"
HERE, LAYER = 9, 11


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return capture(model, TraceKey(model.name, TEXT))


@pytest.fixture
def scene(model: Model, trace: Trace) -> Scene:
    return Scene(model, trace, None, Focus(position=HERE, layer=LAYER))


def renewed(trace: Trace, **fields: Any) -> Trace:
    return replace(trace, **fields, _kept=type(trace._kept)())


def test_gates_are_those_of_transformers_mlp(model: Model, trace: Trace) -> None:
    from transformers.models.llama.modeling_llama import LlamaMLP, LlamaRMSNorm

    block: Any = model.decoder.blocks[LAYER]
    config: Any = model.hf.config
    theirs: Any = LlamaMLP(config).eval()
    norm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)
    seen = {}
    with torch.no_grad():
        norm.weight.copy_(block.ln2.weight)
        for mine, their in (("W_gate", "gate_proj"), ("W_in", "up_proj"), ("W_out", "down_proj")):
            getattr(theirs, their).weight.copy_(getattr(block.mlp, mine).weight)
            getattr(theirs, their).register_forward_hook(
                lambda m, inputs, out, name=their: seen.update({name: (inputs[0], out)})
            )
        out = theirs(norm(trace.resid_mid[LAYER]))
    steps = steps_at(trace, LAYER, slice(None))
    near: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5}
    torch.testing.assert_close(steps.gate_pre, seen["gate_proj"][1], **near)
    torch.testing.assert_close(steps.gate, torch.nn.functional.silu(seen["gate_proj"][1]), **near)
    torch.testing.assert_close(steps.up, seen["up_proj"][1], **near)
    torch.testing.assert_close(steps.hidden, seen["down_proj"][0], **near)
    torch.testing.assert_close(steps.out, out, **near)
    assert figure.sum_error(trace, LAYER) < 1e-6
    assert feed_forward_error(trace, model.decoder, LAYER) < 1e-5


def test_what_a_neuron_says_is_its_row_through_the_norms_weight_and_the_unembedding(model: Model, trace: Trace) -> None:
    hf: Any = model.hf
    neuron = figure.neuron(trace, LAYER, 40, HERE)
    block: Any = model.decoder.blocks[LAYER]
    row = block.mlp.W_out.weight[:, 40]
    weight, unembedding = hf.get_output_embeddings().weight, model.decoder.ln_final.weight
    logits = (row * unembedding) @ weight.T / trace.ln_final_scale[HERE]
    best = logits.topk(figure.SAID)
    torch.testing.assert_close(neuron.said.raised[0], best.values, rtol=1e-4, atol=1e-5)
    assert neuron.said.raised_ids[0, 0] == best.indices[0]
    torch.testing.assert_close(
        neuron.said.lowered[0], logits.topk(figure.SAID, largest=False).values, rtol=1e-4, atol=1e-5
    )
    assert float(neuron.value_length) == pytest.approx(float(row.norm()))
    error = figure.said_error(trace, figure.values(trace, LAYER, HERE)[40], neuron.said, HERE)
    assert error < 1e-5
    wrong = replace(neuron.said, raised=neuron.said.raised + 0.01)
    assert figure.said_error(trace, figure.values(trace, LAYER, HERE)[40], wrong, HERE) > 5e-3


def test_all_writes_together_are_what_the_layer_adds(trace: Trace) -> None:
    hidden, W = steps_at(trace, LAYER, slice(HERE, HERE + 1)).hidden[0], figure.values(trace, LAYER, HERE)
    everything = key_value_memory.recall(hidden, W, len(hidden)).writes(W).sum(0)
    added = trace.resid_post[LAYER, HERE] - trace.resid_mid[LAYER, HERE]
    torch.testing.assert_close(everything, added, rtol=1e-3, atol=1e-4)


def test_half_of_the_writing_by_hand() -> None:
    """Of 8, the longest is 4: half. Of (3, 3, 2) it takes two."""
    lengths = torch.tensor([[4.0, 1.0, 1.0, 2.0], [3.0, 3.0, 2.0, 0.0]])
    carriers = key_value_memory.carriers(lengths)
    assert carriers.tolist() == [1, 2]
    assert figure.carriers_error(lengths, carriers) == 0
    assert figure.carriers_error(lengths, torch.tensor([3, 1])) == 2


def test_sparsity_at_the_crossing_is_the_same_number(trace: Trace) -> None:
    found = figure.sparsity(trace, LAYER, HERE)
    assert found.layer_carriers[LAYER] == found.pos_carriers[HERE]
    assert trace.mlp_pre is not None
    assert float(found.layer_open[LAYER]) == pytest.approx(float((trace.mlp_pre[LAYER, HERE] > 0).float().mean()))
    assert float(found.pos_carriers.max()) < trace.dims.d_mlp / 2


def test_views_hold_and_follow_their_controls(model: Model, trace: Trace, scene: Scene) -> None:
    for view in panels()["feed_forward"].views:
        made = panels()["feed_forward"].render(view.name, scene)
        assert made.checks
        assert all(check.holds for check in made.checks), made.checks
        pack(made.data)
    strongest = panel.gates(scene).data.listed[0]
    assert panel.neuron(scene).data.neuron == strongest
    chosen = replace(scene, controls={"neuron": "7"})
    assert panel.neuron(chosen).data.neuron == 7
    assert not panel.neuron(chosen).data.strongest
    assert panel.neuron(replace(scene, controls={"neuron": "99999"})).data.neuron == trace.dims.d_mlp - 1
    assert panel.neuron(replace(scene, controls={"neuron": "none"})).data.neuron == strongest


@pytest.mark.breaks("feed_forward.gates", "neurons add up to what the feed-forward wrote")
@pytest.mark.breaks("feed_forward.gates", "^Gates recomputed from the stream = the model’s")
def test_a_wrong_gate_is_found_out(model: Model, trace: Trace) -> None:
    assert trace.mlp_pre is not None
    wrong = renewed(trace, mlp_pre=trace.mlp_pre.roll(1, -1))
    made = panel.gates(Scene(model, wrong, None, Focus(position=HERE, layer=LAYER)))
    assert [check.holds for check in made.checks] == [False, False]


def test_an_ablated_layer_says_so_and_stands_beside_the_unchanged(model: Model, trace: Trace) -> None:
    changed = capture(model, TraceKey(model.name, TEXT, interventions=(parse_intervention(f"mlp:{LAYER}:zero"),)))
    scene = Scene(model, changed, trace, Focus(position=HERE, layer=LAYER))
    made = panel.gates(scene)
    assert made.data.cut
    assert made.data.wrote == pytest.approx(0, abs=1e-3)
    assert "add up" not in " ".join(check.statement for check in made.checks)
    unchanged = there("feed_forward", "gates", scene)
    torch.testing.assert_close(unchanged.hidden, made.data.hidden, rtol=1e-3, atol=1e-4)  # still made
    later, _, other = drawn("feed_forward", "sparsity", replace(scene, focus=Focus(position=HERE, layer=LAYER + 1)))
    assert other is not None
    found = other.made.data.layer_carriers
    assert found.equal(figure.sparsity(trace, LAYER + 1, HERE).layer_carriers)
    assert not found.equal(later.data.layer_carriers)
    opened, _, other = drawn("feed_forward", "neuron", replace(scene, controls={"neuron": ""}))
    assert other is not None
    assert other.made.data.neuron == opened.data.neuron  # the one that this run opens


def test_a_model_without_a_plain_mlp_is_told(model: Model, trace: Trace) -> None:
    with pytest.raises(NotApplicableError, match="mixture of experts"):
        panel.gates(Scene(model, renewed(trace, mlp_pre=None), None))


@pytest.mark.breaks("feed_forward.neuron", "^Logits shown = the slope of last norm and unembedding")
@pytest.mark.parametrize("how", ["scale", "weight", "centred"])
def test_a_value_read_through_another_norm_is_found_out(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    assert panel.neuron(scene).checks[0].holds
    true = key_value_memory.read

    def read(vectors: Any, W_U: Any, weight: Any, *, centred: bool, scale: float, k: int) -> key_value_memory.Said:
        weight = weight.roll(1) if how == "weight" else weight
        centred = not centred if how == "centred" else centred
        return true(vectors, W_U, weight, centred=centred, scale=scale * (1.01 if how == "scale" else 1), k=k)

    monkeypatch.setattr(key_value_memory, "read", read)
    assert not panel.neuron(scene).checks[0].holds


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("architecture", ["gpt2", "gemma2", "cohere", "granite"])
def test_what_a_neuron_says_is_the_derivative_in_other_norms(folder_of: Any, d_vocab: int, architecture: str) -> None:
    from explorer.zoo.loading import open_folder
    from tests.tracing.tiny_configs import tiny

    folder = folder_of(tiny(architecture, d_vocab))
    model = open_folder(str(folder), None, folder)
    run = capture(model, TraceKey(str(folder), TEXT))
    made = panel.neuron(Scene(model, run, None, Focus(position=HERE, layer=1)))
    assert made.checks[0].holds, made.checks


@pytest.mark.breaks("feed_forward.sparsity", "these neurons make half, and one fewer does not")
def test_one_neuron_too_many_is_found_out(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert panel.sparsity(scene).checks[0].holds
    true = key_value_memory.carriers
    monkeypatch.setattr(key_value_memory, "carriers", lambda lengths: true(lengths) + 1)
    assert not panel.sparsity(scene).checks[0].holds
