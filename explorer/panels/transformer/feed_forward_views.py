"""Feed-forward: this run's gates, the neurons that write most, and what each of them says."""

from __future__ import annotations

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.transformer.made_anew import feed_forward_error
from explorer.figures.transformer import feed_forward as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer import key_value_memory
from explorer.tracing.changes.interventions import AblateMLP
from explorer.tracing.probes.neurons import steps_at

#: transformers' and torch's names -> what is written over the picture
_NAMES = {"silu": "silu", "swish": "silu", "gelu_new": "gelu", "gelu_pytorch_tanh": "gelu", "gelu": "gelu"}


def _activation(scene: Scene) -> str:
    config = scene.model.hf.config.get_text_config()
    for name in ("hidden_activation", "hidden_act", "activation_function"):
        if (said := getattr(config, name, None)) is not None:
            return _NAMES.get(said) or str(said)
    return "act"


def _cut(scene: Scene) -> bool:
    """An intervention has taken this layer's output away."""
    return any(isinstance(i, AblateMLP) and i.layer == scene.layer for i in scene.trace.key.interventions)


def gates(scene: Scene) -> Rendered[figure.FeedForwardGates]:
    trace, layer, here = scene.trace, scene.layer, scene.position
    steps = steps_at(trace, layer, slice(here, here + 1))
    hidden, W = steps.hidden[0], figure.values(trace, layer, here)
    top, lengths = key_value_memory.recall(hidden, W, figure.LISTED), key_value_memory.written(hidden, W)
    says = figure.said(trace, top.writes(W), here, 3)
    span = float(steps.gate_pre.abs().max())
    curve = torch.linspace(-span * 1.1, span * 1.1, 161)
    assert trace.readout.activation is not None
    gated, n = steps.up is not None, len(hidden)
    data = figure.FeedForwardGates(
        position=here, layer=layer, activation=_activation(scene), gated=gated,
        gate_pre=steps.gate_pre[0], gate=steps.gate[0], up=None if steps.up is None else steps.up[0],
        hidden=hidden, lengths=lengths, total=top.total,
        curve_x=curve, curve_y=trace.readout.activation(curve),
        listed=top.neurons, raised=says.raised_ids, carriers=int(key_value_memory.carriers(lengths)),
        wrote=float((trace.resid_post[layer, here] - trace.resid_mid[layer, here]).norm()),
        cut=_cut(scene),
    )  # fmt: skip
    return Rendered(
        data,
        tuple(_checks(scene, n)),
        token_ids=says.raised_ids.unique().tolist(),
        title=f"{n:,} gates of block {layer}" if gated else f"{n:,} neurons of block {layer}",
    )


def _checks(scene: Scene, n: int) -> list[Check]:
    trace, layer = scene.trace, scene.layer
    checks = []
    if not _cut(scene):
        error = figure.sum_error(trace, layer)
        checks.append(Check(f"{n:,} neurons add up to what the feed-forward wrote", error, 1e-5, "relative error"))
    try:
        error = feed_forward_error(trace, scene.decoder, layer)
    except NotApplicableError:  # the explorer's own decoder does not know this architecture
        return checks
    checks.append(Check("Gates recomputed from the stream = the model’s", error, 1e-4, "relative error"))
    return checks


def neuron(scene: Scene) -> Rendered[figure.FeedForwardNeuron]:
    trace, layer, here = scene.trace, scene.layer, scene.position
    steps = steps_at(trace, layer, slice(here, here + 1))
    W = figure.values(trace, layer, here)
    strongest = int(key_value_memory.written(steps.hidden[0], W).argmax())
    index = scene.whole("neuron", default=strongest, high=W.shape[0] - 1)
    found = figure.neuron(trace, layer, index, here)
    says = found.said
    data = figure.FeedForwardNeuron(
        position=here, layer=layer, neuron=index, strongest=index == strongest, activation=_activation(scene),
        gate_pre=found.gate_pre, gate=found.gate, up=found.up, hidden=found.hidden, value_length=found.value_length,
        raised_ids=says.raised_ids[0], raised=says.raised[0], lowered_ids=says.lowered_ids[0], lowered=says.lowered[0],
        scale=float(trace.ln_final_scale[here]),
    )  # fmt: skip
    ids = [*says.raised_ids[0].tolist(), *says.lowered_ids[0].tolist()]
    told = "Logits shown = the slope of last norm and unembedding along its value, with the divisor held fixed"
    check = Check(told, figure.said_error(trace, W[index], says, here), 1e-4, "largest error")
    title = f"Neuron {index} of block {layer}"
    return Rendered(data, (check,), token_ids=ids, title=title, chosen={"neuron": index})


def sparsity(scene: Scene) -> Rendered[figure.FeedForwardSparsity]:
    trace, layer, here = scene.trace, scene.layer, scene.position
    found = figure.sparsity(trace, layer, here)
    data = figure.FeedForwardSparsity(**vars(found), layer=layer, position=here, d_mlp=trace.dims.d_mlp)
    hidden = steps_at(trace, layer, slice(None)).hidden
    lengths = key_value_memory.written(hidden, figure.values(trace, layer, here))
    check = Check(
        f"At all {len(lengths)} positions these neurons make half, and one fewer does not",
        float(figure.carriers_error(lengths, found.pos_carriers.long())),
        0.0,
        "exceptions",
    )
    return Rendered(data, (check,))
