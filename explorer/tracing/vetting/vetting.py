"""Is what is shown of a model right? Held once, for every model, against transformers' own run of the same tokens.

transformers' answer was taken before the bridge was put on (zoo/reference.py): logits, attention, the stream. The
traced run must give the same, part of it read over the key-value cache; otherwise nothing of the model is shown. What
is derived from a trace is then held against what was measured:

- lens: the last depth's logits are the model's;
- attribution: the parts of a logit add up to it, the heads of each block to what its attention wrote; each head writes
  what the model's own output projection makes of it alone;
- scores: the softmax of q.k over the keys that were read is the pattern;
- values: the pattern times the values is each head's z;
- rotation: turned back, queries are what the same run gives without any rotation;
- neurons: their writes add up to what the MLP wrote;
- experts: there is a logit and a weight for each, and of two that were chosen the greater logit has the greater weight;
- z, mlp_out, resid_post, routing: an intervention there changes what it says, and z is one head's.

What differs is refused by name, with the figure: many an architecture that is put together in its own way runs through
hooks that are made for another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError, ExplorerError
from explorer.fetching.progress import silent
from explorer.stack.worst import worst
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import hooked
from explorer.tracing.bridge.own_readout import readout_of
from explorer.tracing.bridge.readout import Readout
from explorer.tracing.changes.interventions import AblateHead, AblateMLP, Intervention, ScaleResidual
from explorer.tracing.changes.routing_edits import ForceExpert
from explorer.tracing.key import TraceKey
from explorer.tracing.vetting.tolerance import FLOOR, TOLERANCE, Tolerance
from explorer.tracing.vetting.vetting_heads import single_heads
from explorer.tracing.vetting.vetting_neurons import neurons
from explorer.zoo.config_settings import why
from explorer.zoo.reference import STEPS, Reference, relative, said
from explorer.zoo.verdict import Part

if TYPE_CHECKING:
    from explorer.tracing.bridge.recorder import Hook
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

PARTS: tuple[Part, ...] = (
    "run", "lens", "attribution", "scores", "values", "rotation", "neurons", "experts",
    "z", "mlp_out", "resid_post", "routing",
)  # fmt: skip
RunOnce = Callable[["Model", TraceKey, list[int], Readout, float, Callable[[str, int, int], None]], "Trace"]


def examine(model: Model, run: RunOnce) -> dict[Part, str]:
    """All parts, each with the reason to refuse it or with nothing. `run` is the capture without these questions."""
    reference, to = model.reference, TOLERANCE[model.placement.dtype]
    assert reference is not None

    def traced(*interventions: Intervention, steps: int = 0) -> Trace:
        ids, n = reference.ids.tolist(), len(reference.ids) - steps
        forced = tuple(enumerate(ids[n:]))
        key = TraceKey(model.name, "", max_new_tokens=steps, forced=forced, interventions=interventions)
        return run(model, key, ids[:n], readout, time.perf_counter(), silent)

    try:
        readout = readout_of(model)
        trace = traced(steps=STEPS)
        reason = _run(trace, reference, to)
    except MemoryError:
        raise
    except Exception as error:  # the bridge raises whatever an unusual architecture makes of its code
        reason = _told(error, "its hooks fail")
        trace = None
    if trace is None or reason:
        return dict.fromkeys(PARTS, reason)
    found: dict[Part, str] = {"run": ""}
    has_heads = bool(trace.dims.n_heads)
    checks: Mapping[Part, Callable[[], str]] = {
        "lens": lambda: _lens(trace, to),
        "attribution": lambda: _attribution(trace, to) or (single_heads(model, trace, reference) if has_heads else ""),
        "scores": lambda: _scores(trace, to),
        "values": lambda: _values(trace, to),
        "rotation": lambda: _rotation(model, trace, to),
        "neurons": lambda: neurons(trace, to),
        "experts": lambda: _experts(trace),
        "z": lambda: _passed(lambda: _head_off(trace, traced, to)) or single_heads(model, trace, reference),
        "mlp_out": lambda: _passed(lambda: _mlp_off(trace, traced, to)),
        "resid_post": lambda: _passed(lambda: _stream_scaled(trace, traced, to)),
        "routing": lambda: _experts(trace) or _forced(trace, traced),
    }
    for part, check in checks.items():
        try:
            found[part] = trace.readout.absent.get(part) or check()
        except MemoryError:
            raise
        except Exception as error:  # a shape that does not fit, a weight that is not there
            found[part] = _told(error, "the computation fails")
    return found


def _told(error: Exception, what: str) -> str:
    """The reason that an exception is. Raises it again if it says nothing of the model: memory may be there later."""
    if isinstance(error, ExplorerError):
        return error.message
    if "allocate memory" in str(error):  # torch's is no MemoryError
        raise error
    return f"{what} ({why(error, {})})."


def _passed(check: Callable[[], str]) -> str:
    try:
        return check()
    except BadRequestError:  # that of `Run.check_fired`; it names an edit that no visitor has made
        return "its run has no place where the explorer could do that."


def _run(trace: Trace, reference: Reference, to: Tolerance) -> str:
    """The run itself: tokens, logits, stream and attention."""
    n_layers, n_heads = trace.dims.n_layers, trace.dims.n_heads
    if len(reference.streams) != n_layers or len(reference.patterns) != (n_layers if n_heads else 0):
        return "transformers shows neither the stream nor the attention of every layer, so there is nothing to compare."
    if trace.pattern.shape[1] != n_heads or len(trace.readout.W_O[0]) != n_heads:
        return f"it has {trace.pattern.shape[1]} maps of attention for {n_heads} heads."
    if (error := relative(trace.logits, reference.logits)) > to.relative:
        return f"its logits are {100 * error:.2g} % of the largest away from those of transformers."
    for layer, stream in enumerate(reference.streams):
        if (error := relative(trace.stream(layer), stream)) > to.relative:
            return f"the stream before block {layer} is {100 * error:.2g} % away from that of transformers."
    for layer, pattern in enumerate(reference.patterns):
        if pattern.shape != trace.pattern[layer].shape:
            return f"the attention of block {layer} has the shape {tuple(trace.pattern[layer].shape)}."
        if not (error := float((trace.pattern[layer] - pattern).abs().max())) <= to.weight:
            return f"the attention weights of block {layer} are up to {error:.3f} away from those of transformers."
    return ""


def _lens(trace: Trace, to: Tolerance) -> str:
    error = relative(trace.readout.logits(trace.resid_post[-1].clone()), trace.logits)
    return said(error, "its last depth is {} of the largest logit away from the model's own answer.", to.relative)


def _attribution(trace: Trace, to: Tolerance) -> str:
    pos = len(trace) - 1
    found = trace.attribution(pos, int(trace.logits[pos].argmax()), "raw")
    cap = trace.readout.softcap
    if cap is not None and abs(float(trace.logits[pos].max())) > 0.999 * cap:
        return "its softcap is saturated, so the logit before it is lost."
    parts = float(found.attn.abs().sum() + found.mlp.abs().sum()) + abs(found.embed) + abs(found.constant)
    if reason := said(
        found.error / max(parts, FLOOR), "the sum of the parts differs from the logit by {} of their sizes.", to.parts
    ):
        return reason
    if not trace.dims.n_heads:
        return ""
    size = worst(float(found.attn.abs().max()), float(found.heads.abs().max()), FLOOR)
    return said(found.heads_error / size, "the sum of the heads differs from the attention’s output by {}.", to.sums)


def _scores(trace: Trace, to: Tolerance) -> str:
    if trace.readout.sinks:
        return "their softmax includes a sink outside the text."
    n = len(trace)
    past = torch.ones(n, n, dtype=torch.bool).tril()
    for layer in range(trace.dims.n_layers):
        pattern, scores = trace.pattern[layer], trace.scores(layer)
        read = past & (pattern > 0)  # head query key
        made = scores.masked_fill(~read, -torch.inf).softmax(-1).nan_to_num()
        error = float((made - pattern).abs().max())
        if reason := said(error, f"in block {layer} their softmax is up to {{}} away from the attention.", to.weight):
            return reason
        # Where attention is flat, any scores give it nearly: their differences must be those of its logarithm.
        clear = past & (pattern > to.clear)
        logs, own = pattern.clamp_min(1e-30).log(), scores
        off = _centred(own, clear) - _centred(logs, clear)
        spread = max(float(_centred(logs, clear).abs().max()), FLOOR)
        error = float(off.abs().max()) / spread
        if reason := said(error, f"in block {layer} they are up to {{}} away from the attention's logarithm.", to.logs):
            return reason
    return ""


def _centred(rows: Float[Tensor, "head query key"], seen: Tensor) -> Float[Tensor, "head query key"]:
    """Each row less its mean over the keys that are seen; zero elsewhere."""
    mean = rows.masked_fill(~seen, 0).sum(-1, keepdim=True) / seen.sum(-1, keepdim=True).clamp_min(1)
    return (rows - mean).masked_fill(~seen, 0)


def _experts(trace: Trace) -> str:
    logits, weights = trace.router_logits, trace.expert_weights
    if not trace.dims.n_experts or logits is None or weights is None:
        return ""
    widths = {logits.shape[-1], weights.shape[-1], trace.dims.n_experts}
    if len(widths) > 1:
        return f"its router shows {weights.shape[-1]} numbers a token for {trace.dims.n_experts} experts."
    chosen = weights > 0  # layer pos expert
    above = logits[..., :, None] > logits[..., None, :] + FLOOR
    less = weights[..., :, None] < weights[..., None, :] - FLOOR
    if bool((above & less & chosen[..., :, None] & chosen[..., None, :]).any()):
        return "of two chosen experts, the one with the larger logit has the smaller weight."
    return ""


def _values(trace: Trace, to: Tolerance) -> str:
    for layer in range(trace.dims.n_layers):
        v = trace.v[layer].transpose(0, 1)  # kv_head pos d_v
        made = trace.pattern[layer] @ v.repeat_interleave(trace.dims.n_heads // len(v), 0)  # head pos d_v
        error = relative(made.transpose(0, 1), trace.z[layer])
        if reason := said(
            error, f"in block {layer} pattern times values is {{}} away from what goes into W_O.", to.sums
        ):
            return reason
    return ""


def _rotation(model: Model, trace: Trace, to: Tolerance) -> str:
    """Run once more with every angle set to zero and each block's input held: its queries are those not yet turned."""
    rope = str(getattr(model.hf.config.get_text_config(), "rope_parameters", None))
    if "scaling_beta" in rope:
        return "its queries also grow with their position (llama_4_scaling_beta)."
    firing, seen = anatomy(model.bridge).firing, {}
    if not trace.rotations:
        if anatomy(model.bridge).latent:
            return "only a part of each query is rotated, and the trace does not keep that part separately."
        return ""

    def held(layer: int) -> Callable[..., Tensor]:
        return lambda stream, **_: trace.resid_post[layer][None, : stream.shape[1]].to(stream, copy=True)

    def keep(layer: int) -> Callable[..., None]:
        return lambda q, **_: seen.__setitem__(layer, here(q[0]).clone())

    added: list[Hook] = []
    for layer in range(trace.dims.n_layers):
        if (name := hooks.in_block(layer, hooks.COS)) in firing:
            added.append((name, lambda cos, **_: torch.ones_like(cos)))
        if (name := hooks.in_block(layer, hooks.SIN)) in firing:
            added.append((name, lambda sin, **_: torch.zeros_like(sin)))
        added.append((str(hooks.found(firing, layer, "resid_post")), held(layer)))
        added.append((str(hooks.found(firing, layer, "rot_q")), keep(layer)))
    with torch.inference_mode(), hooked(model, added):
        model.bridge(trace.ids[None].to(model.device), return_type="logits", use_cache=False)
    for layer in range(trace.dims.n_layers):
        error = relative(trace.rotation(layer).undo(trace._rot_q[layer]), seen[layer])
        if reason := said(
            error, f"in block {layer} queries rotated back are {{}} away from the queries before rotation.", to.sums
        ):
            return reason
    return ""


def _head_off(trace: Trace, traced: Callable[..., Trace], to: Tolerance) -> str:
    """With all heads of a block off, its attention writes its bias and nothing else."""
    layer = trace.dims.n_layers // 2
    off = traced(*(AblateHead(layer, head) for head in range(trace.dims.n_heads)))
    wrote, base = off.attn_out[layer], trace.attn_out[layer]
    spread = float((wrote - wrote.mean(0)).abs().max()) / max(float(base.abs().max()), 1e-30)
    return said(spread, "with all heads of a block off, its attention still writes {} of its normal output.", to.sums)


def _mlp_off(trace: Trace, traced: Callable[..., Trace], to: Tolerance) -> str:
    layer = trace.dims.n_layers // 2
    left = float(traced(AblateMLP(layer)).mlp_out[layer].abs().max())
    size = max(float(trace.mlp_out[layer].abs().max()), 1e-30)
    # The stream is what is measured: adding nothing to it leaves rounding of the stream's own size.
    left = worst(left - to.stream * float(trace.resid_mid[layer].abs().max()), 0.0)
    return said(left / size, "switched off, an MLP still writes {} of its normal output.", to.sums)


def _stream_scaled(trace: Trace, traced: Callable[..., Trace], to: Tolerance) -> str:
    """A stream of nothing after the last block has one answer, wherever it stands."""
    last = traced(ScaleResidual(trace.dims.n_layers - 1, None, 0.0)).logits
    spread = float((last - last[0]).abs().max()) / max(float((trace.logits - trace.logits[0]).abs().max()), 1e-30)
    return said(spread, "with the last stream set to zero, the answers still differ by {} of what they did.", to.sums)


def _forced(trace: Trace, traced: Callable[..., Trace]) -> str:
    """With every token sent to one expert alone, the routers say so, and what the blocks write changes."""
    if not trace.dims.n_experts or trace.expert_weights is None:
        return ""
    forced = traced(ForceExpert(None, None, 0))
    routed = trace.expert_weights.abs().sum((1, 2)) > 0  # layers that have a router
    weights: Float[Tensor, "layer pos expert"] = forced.expert_weights[routed]  # pyright: ignore[reportOptionalSubscript]
    if not float(weights[..., 1:].abs().max()) <= 0 or not bool((weights[..., 0] > 0).all()):
        return "tokens sent to one expert alone still go to others."
    if relative(forced.logits, trace.logits) < FLOOR:
        return "sending all tokens to one expert changes no logit."
    return ""
