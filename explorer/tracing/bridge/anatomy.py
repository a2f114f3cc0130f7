"""How a model is put together, as far as its run shows it: what fires, and what need not be kept.

A norm's divisor and the linear branch of a gated MLP follow from the stream, where the norm reads the stream as it is
stored. Whether it does is not read off the architecture's name but seen, on two tokens that are run once for each
model: what does not follow to the last digits is measured and kept on every run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from explorer.errors import UnsupportedModelError
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.anatomy_parts import (
    FINAL_INPUT,
    Anatomy,
    Linear,
    Norm,
    Stream,
    eps_of,
    seen_in_two_tokens,
    shape_of,
    uneven,
)
from explorer.tracing.bridge.border import run_there
from explorer.tracing.bridge.own_anatomy import own_anatomy
from explorer.tracing.bridge.stand_ins import StandIns
from explorer.tracing.bridge.state_space_parts import state_space_anatomy
from explorer.tracing.bridge.value_heads import cut_by_value
from explorer.zoo.decoder_runner import DecoderRunner
from explorer.zoo.own_runner import OwnRunner
from explorer.zoo.state_space_runner import StateSpaceRunner

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge

INSTEAD = "Choose a decoder with attention in every layer, such as Llama, Qwen, Gemma, GPT-2, Mistral or OLMo."
#: Relative; both sides are computed from the same float32 numbers.
TOLERANCE = 1e-5


#: Hooks are state of the model itself, and a run takes all cores: one run at a time in a process.
RUNNING = threading.RLock()
_known: WeakKeyDictionary[TransformerBridge | OwnRunner, Anatomy] = WeakKeyDictionary()


def anatomy(bridge: TransformerBridge | OwnRunner) -> Anatomy:
    """The anatomy of a bridge's model, found out on the first call, by a run of two tokens."""
    if bridge not in _known:
        with RUNNING:
            if bridge not in _known:
                _known[bridge] = _look_at(bridge)
    return _known[bridge]


def _look_at(bridge: TransformerBridge | OwnRunner) -> Anatomy:
    if isinstance(bridge, StateSpaceRunner):
        return state_space_anatomy(bridge)
    if isinstance(bridge, DecoderRunner):
        return own_anatomy(bridge)
    return _look(cast("TransformerBridge", bridge))


@torch.inference_mode()
def _look(bridge: TransformerBridge) -> Anatomy:
    blocks = list(bridge.blocks)
    _check_components(bridge, blocks)
    seen = seen_in_two_tokens(bridge)
    cut_by_value(bridge, seen)
    latent = hooks.in_block(0, hooks.LATENT) in seen
    firing = frozenset(_meant(seen, len(blocks), latent))
    _check_shapes(seen, firing, len(blocks))

    def in_layers(name: str) -> list[Tensor | None]:
        return [seen.get(hooks.found(seen, layer, name) or "") for layer in range(len(blocks))]

    parallel = (hooks.found(seen, 0, "resid_mid") or "").endswith("attn_out")
    post = in_layers("resid_post")
    streams = {"resid_pre": [seen.get(hooks.EMBED), *post[:-1]], "resid_mid": in_layers("resid_mid")}

    def in_blocks(name: str, reads: Stream) -> Norm | None:
        inputs = [seen.get(hooks.in_block(layer, f"{name}.hook_in")) for layer in range(len(blocks))]
        components = [getattr(block, name, None) for block in blocks]
        return _norm(reads, components, inputs, streams[reads], in_layers(f"{name}_scale"))

    norms = {
        "ln1": in_blocks("ln1", "resid_pre"),
        "ln2": in_blocks("ln2", "resid_pre" if parallel else "resid_mid"),
        "ln_final": _norm(
            "resid_post", [bridge.ln_final], [seen.get(FINAL_INPUT)], post[-1:], [seen.get(hooks.LN_FINAL_SCALE)]
        ),
    }
    norms = {name: norm for name, norm in norms.items() if norm is not None}
    linear = gate = None
    for name in ("ln1", "ln2"):  # the MLP of a parallel block may share the attention's norm
        if name in norms:
            reads = norms[name].reads
            linear = _linear(blocks, name, "in", reads, streams[reads], in_layers("mlp_pre_linear")) or linear
            for side in ("gate", "in"):  # of a gated MLP, and of one without a gate
                gate = gate or _linear(blocks, name, side, reads, streams[reads], in_layers("mlp_pre"))
    return Anatomy(
        firing=firing - uneven(seen, firing, len(blocks)),
        parallel=parallel,
        latent=latent,
        norms=norms,
        linear=linear,
        gate=gate,
        stand_ins=StandIns(bridge),
        n_layers=len(blocks),
        attention_row=sum(seen[str(hooks.found(firing, 0, n))][0].numel() for n in ("rot_q", "rot_k", "v", "z")) // 2,
    )


def _check_components(bridge: TransformerBridge, blocks: list[nn.Module]) -> None:
    """Raise UnsupportedModelError unless there is attention in every block and a norm after the last."""
    for layer, block in enumerate(blocks):
        if not hasattr(block, "attn"):
            kind = next(
                (n for n in ("mixer", "mamba", "ssm", "conv", "linear_attn") if hasattr(block, n)), "something else"
            )
            raise UnsupportedModelError(f"block {layer} has no attention but “{kind}”.", INSTEAD)
        if not hasattr(block, "mlp"):
            raise UnsupportedModelError(f"block {layer} has no MLP after its attention.", INSTEAD)
    try:
        final = bridge.ln_final.original_component
    except (AttributeError, RuntimeError):  # the bridge has no name for it, or the name and no norm
        final = None
    if final is None:
        raise UnsupportedModelError("there is no norm between the last block and the unembedding.", INSTEAD)


def _check_shapes(seen: dict[str, Tensor], firing: frozenset[str], n_layers: int) -> None:
    """Raise UnsupportedModelError unless what a trace must have shows in every layer, in the same shape."""
    for name in hooks.REQUIRED:
        shapes = [shape_of(seen, hooks.found(firing, layer, name)) for layer in range(n_layers)]
        if None in shapes:
            raise UnsupportedModelError(f"block {shapes.index(None)} does not show its “{name}”.", INSTEAD)
        if len(set(shapes)) > 1:
            raise UnsupportedModelError(f"“{name}” has different sizes in different blocks.", INSTEAD)


def _meant(seen: dict[str, Tensor], n_layers: int, latent: bool) -> Iterator[str]:
    """The hooks that are what their names say: in a gated MLP `gate` is no router, and experts have no one `pre`."""
    for layer in range(n_layers):
        here = {name for name in seen if name.startswith(hooks.in_block(layer, ""))}
        routed = any(name.endswith("hook_expert_weights") for name in here)
        wrong = ("mlp.hook_pre",) if routed else hooks.IN_EACH_LAYER["router_logits"]
        if latent:
            wrong = (*wrong, "attn.hook_rot_q", "attn.hook_rot_k")
        yield from here - {hooks.in_block(layer, name) for name in wrong}
    yield from (name for name in seen if not name.startswith("blocks."))


def _norm(
    reads: Stream,
    components: list[Any],
    inputs: list[Tensor | None],
    stream: list[Tensor | None],
    scales: list[Tensor | None],
) -> Norm | None:
    """The norm that all these components are, if the stream is what entered them and their divisors follow from it."""
    first = components[0]
    if first is None:
        return None
    norm = Norm(reads, centred=not first.uses_rms_norm, eps=eps_of(first, getattr(first.config, "eps", 1e-5)))
    for entered, x, scale in zip(inputs, stream, scales, strict=True):
        if entered is None or x is None or scale is None:
            return None
        if not torch.equal(entered, x) or not _equal(norm.scale(x)[..., None], scale):
            return None
    return norm


def _linear(
    blocks: list[nn.Module],
    norm: str,
    side: str,
    reads: Stream,
    stream: list[Tensor | None],
    measured: list[Tensor | None],
) -> Linear | None:
    """The branch that leads from the stream through this norm, if in every block it gives what was measured."""
    layers = []
    for block, x, expected in zip(blocks, stream, measured, strict=True):
        up = getattr(getattr(getattr(block, "mlp", None), side, None), "original_component", None)
        if not isinstance(up, nn.Linear) or x is None or expected is None:
            return None
        layers.append(nn.Sequential(getattr(block, norm).original_component, up))
        if not _equal(run_there(layers[-1], x), expected):
            return None
    return Linear(reads, tuple(layers))


def _equal(found: Tensor, measured: Tensor) -> bool:
    if found.shape != measured.shape:
        return False
    return float((found - measured).abs().max()) <= TOLERANCE * float(measured.abs().max())
