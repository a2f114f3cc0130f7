"""Effect on this prompt: what quantized weights change in this run, from the stream to the next word."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.systems import quantization_effect as experiment
from explorer.experiments.systems.unchanged_weights import against
from explorer.figures.systems import quantization_effect as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.quantization.matrices import matrices, quantized
from explorer.stack.systems.quantization.mix import MIXES, in_words
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.tracing import Trace
from explorer.tracing.capturing.changed_weights import edits_of
from explorer.tracing.changes.edits import Limits
from explorer.tracing.changes.weight_edits import Quantize

#: Relative to the largest logit: sums in another order, through tens of blocks.
TOLERANCE = 1e-3
NEEDED = "Choose a format in the table above and put it on the stack."


def formats(scene: Scene) -> Iterator[Rendered[figure.QuantizationEffectFormats]]:
    trace, where = scene.trace, _where(scene)
    n = len(trace.tokens)
    words = Quantize.parse(where, next(iter(SCHEMES))).label.partition(" in ")[0]

    def shown(made: experiment.Effects, beside: experiment.Effects | None) -> Rendered:
        data = figure.formats(made, where=where, matrices=words, n_tokens=n, beside=beside)
        named = {*data.plain_ids.tolist(), *data.ids.flatten().tolist()}
        done = len(made.formats) == made.total
        return Rendered(data, _checks(scene, made) if done else (), named, note=_baseline(scene))

    texts = [trace.ids] if scene.other is None else [trace.ids, scene.other.other.trace.ids]
    for made, *other in experiment.measure(scene.model, texts, where, scene.ticks("Formats")):
        yield shown(made, other[0] if other else None)


def _checks(scene: Scene, made: experiment.Effects) -> tuple[Check, ...]:
    plain = scene.trace if scene.base is None else scene.base
    shared = _shared(scene.trace, plain, len(made.logits))
    checks = [
        Check(
            "Logits of the explorer’s decoder on unchanged weights = the unchanged run’s logits",
            _apart(made.logits[:shared], plain.logits[:shared]), TOLERANCE, "relative error",
        )
    ]  # fmt: skip
    on = scene.trace.key.interventions
    row = next(
        (each for each in made.formats if len(on) == 1 and on[0].text == f"quant:{_where(scene)}:{each.name}"), None
    )
    if row is not None and shared:
        seen = experiment.compared(scene.trace.logits[:shared], plain.logits[:shared]).kl
        error = float((row.answers.kl[:shared] - seen).abs().max() / seen.max().clamp_min(1e-6))
        checks.append(
            Check(f"{SCHEMES[row.name].title}: KL through packed weights = KL of the run on the stack", error, 1e-2,
                  "relative error")
        )  # fmt: skip
    return tuple(checks)


def words(scene: Scene) -> Rendered[figure.QuantizationEffectWords]:
    changes, before, at = _changes(scene.trace), scene.base, scene.position
    if before is None or at >= _shared(scene.trace, before, at + 1):
        raise NotApplicableError(
            "The two runs differ in their tokens before this position, so the view has nothing to compare.",
            "Choose an earlier position.",
        )
    other, base = _words_beside(scene, before)
    data = figure.words(scene.trace.logits[at], before.logits[at], position=at, changes=changes, other=other, base=base)
    packed = {name: each for name, each in scene.model.packed.items() if name == "unembed"}
    last = scene.trace.resid_post[-1][at]
    with torch.inference_mode():
        read = quantized(scene.model.original.decoder, packed).unembedded(last[None, None])[0]
    statement = "The last stream through the " + ("packed unembedding" if packed else "unembedding") + " = these logits"
    return Rendered(
        data,
        (Check(statement, _apart(read, scene.trace.logits[at][None]), TOLERANCE, "relative error"),),
        [*(each.id for each in (*data.before, *data.now)), *([base.likeliest] if base else [])],
    )


def _words_beside(scene: Scene, before: Trace) -> tuple[Tensor | None, figure.WordsBeside | None]:
    """What the chosen run says next, and how far that is from unchanged weights where it has read the same."""
    if scene.other is None or scene.beside is None:
        return None, None
    (there, at), model = scene.beside, scene.other.other.model
    same = model.original is scene.model.original and there.ids[: at + 1].equal(before.ids[: scene.position + 1])
    said = there.logits[at]
    changes = tuple(each.label for each in there.key.interventions)
    return said, figure.words_beside(said, before.logits[scene.position] if same else None, changes)


def stream(scene: Scene) -> Rendered[figure.QuantizationEffectStream]:
    changes, trace, base = _changes(scene.trace), scene.trace, scene.base
    shared = 0 if base is None else _shared(trace, base, experiment.MOST_TOKENS)
    if base is None or not shared:
        raise NotApplicableError("The two runs share no token.", "Take other interventions off the stack.")
    now, before = (
        torch.stack([each.stream(depth)[:shared] for depth in range(each.dims.n_layers + 1)]) for each in (trace, base)
    )
    blocks = {each.layer for each in matrices(scene.model.original.decoder) if each.name in scene.model.packed}
    touched, beside = [b in blocks for b in range(trace.dims.n_layers)], _stream_beside(scene)
    data = figure.stream(now, before, changes=changes, touched=touched, base=beside)
    others = [each for each in trace.key.interventions if not isinstance(each, Quantize)]
    if others:
        return Rendered(
            data, note="Other interventions act on this run too. The view shows the effect of all of them together."
        )
    scene.progress("Products with packed weights", 0, 1)
    read = experiment.answered(quantized(scene.model.original.decoder, scene.model.packed), trace.ids[:shared])
    check = Check(
        "Products with the packed weights = the run’s logits, at every position",
        _apart(read, trace.logits[:shared]), TOLERANCE, "relative error",
    )  # fmt: skip
    return Rendered(data, (check,))


def _stream_beside(scene: Scene) -> figure.StreamBeside | None:
    """The same of the chosen run, against its own model's unchanged weights, read again."""
    if scene.other is None:
        return None
    model, trace = scene.other.other
    if not edits_of(trace.key):
        raise NotApplicableError("No weight of that run is quantized.", "Compare with a run that has a format too.")
    ids = trace.ids[: experiment.MOST_TOKENS]
    scene.progress("Unchanged weights on the other run", 0, 1)
    now = torch.stack([trace.stream(depth)[: len(ids)] for depth in range(trace.dims.n_layers + 1)])
    before = experiment.streams(model.original.decoder, ids)
    return figure.stream_beside(now, before, tuple(each.label for each in trace.key.interventions))


def _where(scene: Scene) -> str:
    """The matrices that a control or a link names, if this model has them; else all."""
    where = scene.text("where")
    try:
        edit = Quantize.parse(where, next(iter(SCHEMES)))
        dims = scene.model.dims
        edit.check(Limits(dims.n_layers, dims.n_heads, dims.d_vocab, 0))
    except (ValueError, BadRequestError):
        return "all"
    known = matrices(scene.model.original.decoder)
    return edit.where if any(edit.reaches(each.layer, each.role) for each in known) else "all"


def _changes(trace: Trace) -> tuple[str, ...]:
    """The run's interventions on weights, in words. Raises NotApplicableError where there are none."""
    edits = edits_of(trace.key)
    if not edits:
        raise NotApplicableError("No weight of this run is quantized.", NEEDED)
    return tuple(each.label for each in edits)


def _baseline(scene: Scene) -> str:
    model = scene.model.original
    mix, shared = MIXES["q4_k_m"], model.dims.n_heads // model.dims.n_kv_heads
    mixed = f"{mix.title} on this model: {in_words(mix, matrices(model.decoder), shared)}"
    return f"{against('All differences', model.card)} {mixed}"


def _shared(one: Trace, other: Trace, most: int) -> int:
    """How many tokens two runs read alike from the beginning."""
    n = min(len(one.ids), len(other.ids), most)
    differ = (one.ids[:n] != other.ids[:n]).nonzero()
    return int(differ[0]) if len(differ) else n


def _apart(one: Tensor, other: Tensor) -> float:
    """The largest difference, relative to the largest number."""
    return float((one - other).abs().max() / other.abs().max())
