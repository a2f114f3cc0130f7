"""Memory of a training step: kinds, parts, single tensors, and what recomputing costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from explorer.experiments.pretraining.saved_tensors import Watched
from explorer.experiments.pretraining.training_memory import Case, Measured, Recomputed
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.stack.pretraining.korthikanti import PARTS, Layer, rows
from explorer.stack.pretraining.saved_tensors import Kept, Step, saved
from explorer.stack.pretraining.training_memory import SINGLE, Weight, held, state
from explorer.stack.transformer.config import DecoderConfig

KINDS = ("weights", "gradients", "optimizer", "activations")
#: Parts of a decoder, by a module's path within its block or without one.
PLACES = {
    "embed": "embedding",
    "positions": "embedding",
    "ln1": "norm before attention",
    "attn": "attention",
    "ln2": "norm before feed-forward",
    "mlp": "feed-forward",
    "ln_final": "last norm",
    "": "loss",
}
#: The tensor of a whole step that a checkpointed part keeps under another name.
SAME = {
    "block’s input": ("norm before attention", "input"),
    "layer’s input": ("feed-forward", "normalised, weighed"),
}


@dataclass(frozen=True, kw_only=True)
class MemoryKind(Payload):
    """One kind of what a training holds, in bytes."""

    name: str
    formula: int
    real: int
    whole: int
    """By formula, with all the model's blocks."""


@dataclass(frozen=True, kw_only=True)
class MemoryPart(Payload):
    """What one part of the decoder keeps for the backward pass, in bytes."""

    name: str
    block: int
    """-1 outside the blocks."""
    formula: int
    real: int
    whole: int
    """Without checkpointing."""


@dataclass(frozen=True, kw_only=True)
class MemoryTerms(Payload):
    """A training step's memory by kind and by part."""

    model: str
    parameters: int
    measured_blocks: int
    blocks: int
    tokens: int
    length: int
    item: int
    policy: str
    kernel: str
    optimizer: str
    kinds: tuple[MemoryKind, ...]
    parts: tuple[MemoryPart, ...]
    peak: int
    apart: int


def terms(made: Measured, apart: int, model: str, whole: Sequence[Weight] | None = None) -> MemoryTerms:
    case = made.case
    step, formula = case.step, sum(each.bytes for each in made.kept)
    activations = formula, sum(each.bytes for each in made.real)
    all_of = made.weights[0], made.gradients[0], made.state[0]
    if whole is not None:
        all_of = held(whole), held(whole), state(case.optimizer, whole)
    sums = (*all_of, sum(each.bytes for each in saved(case.whole, step)))
    found = made.weights, made.gradients, made.state, activations
    return MemoryTerms(
        model=model,
        parameters=all_of[0] // SINGLE,
        measured_blocks=case.config.n_layers,
        blocks=case.blocks,
        tokens=step.tokens,
        length=step.length,
        item=step.item,
        policy=step.policy,
        kernel=step.kernel,
        optimizer=case.optimizer,
        kinds=tuple(
            MemoryKind(name=name, formula=each[0], real=each[1], whole=one)
            for name, each, one in zip(KINDS, found, sums, strict=True)
        ),
        parts=_parts(made),
        peak=made.peak,
        apart=apart,
    )


def _parts(made: Measured) -> tuple[MemoryPart, ...]:
    whole = saved(made.case.config, replace(made.case.step, policy="none"))
    sums: dict[tuple[int, str], list[int]] = {}
    for at, tensors in enumerate((whole, made.kept, made.real)):
        for each in tensors:
            sums.setdefault(placed(each), [0, 0, 0])[at] += each.bytes
    return tuple(
        MemoryPart(name=name, block=block, whole=one, formula=two, real=three)
        for (block, name), (one, two, three) in sums.items()
    )


def placed(each: Kept | Watched) -> tuple[int, str]:
    """Its block, or -1, and its part."""
    first, _, rest = each.module.partition(".")
    if first != "blocks":
        return -1, PLACES[first]
    layer, _, inner = rest.partition(".")
    return int(layer), PLACES[inner.split(".")[0]] if inner else "norm before attention"


@dataclass(frozen=True, kw_only=True)
class MemoryTensor(Payload):
    """One tensor that is kept without checkpointing."""

    block: int
    part: str
    module: str
    name: str
    shape: tuple[int, ...]
    item: int
    bytes: int
    kept: int
    """Bytes of it that are kept under the policy: 0 where it is computed again."""


@dataclass(frozen=True, kw_only=True)
class MemoryTensors(Payload):
    """Every tensor, and which of them vanish."""

    policy: str
    kernel: str
    tensors: tuple[MemoryTensor, ...]
    apart: int
    real: int
    """Bytes that are really kept under the policy."""


def tensors(case: Case, real: Sequence[Watched], apart: int) -> MemoryTensors:
    kept: dict[tuple[int, str, str], int] = {}
    for each in saved(case.config, case.step):
        kept[_key(each)] = kept.get(_key(each), 0) + each.bytes
    made: list[MemoryTensor] = []
    for each in saved(case.config, replace(case.step, policy="none")):
        block, part = placed(each)
        made.append(
            MemoryTensor(
                block=block,
                part=part,
                module=each.module or "loss",
                name=each.name,
                shape=each.shape,
                item=each.item,
                bytes=each.bytes,
                kept=min(each.bytes, kept.pop(_key(each), 0)),
            )
        )
    assert not kept, kept  # each kept tensor is one of the whole step's
    return MemoryTensors(
        policy=case.step.policy,
        kernel=case.step.kernel,
        tensors=tuple(made),
        apart=apart,
        real=sum(each.bytes for each in real),
    )


def _key(each: Kept) -> tuple[int, str, str]:
    block, part = placed(each)
    if each.name == "16-bit weight":
        return block, part, each.module
    part, name = SAME.get(each.name, (part, each.name))
    return block, part, name


@dataclass(frozen=True, kw_only=True)
class MemoryPolicy(Payload):
    """One way to checkpoint."""

    policy: str
    kept: int
    peak: int
    time: Milliseconds
    times: TimesAsLong | None
    apart: float


@dataclass(frozen=True, kw_only=True)
class MemoryRecompute(Payload):
    kernel: str
    rounds: int
    done: int
    rows: tuple[MemoryPolicy, ...]


def recompute(made: Sequence[Recomputed], kernel: str, rounds: int) -> MemoryRecompute:
    return MemoryRecompute(
        kernel=kernel,
        rounds=rounds,
        done=made[0].timing.rounds,
        rows=tuple(
            MemoryPolicy(
                policy=each.policy,
                kept=each.kept,
                peak=each.peak,
                time=Milliseconds.of(each.timing),
                times=TimesAsLong.of(each.ratio),
                apart=each.apart,
            )
            for each in made
        ),
    )


@dataclass(frozen=True, kw_only=True)
class MemoryDevices(Payload):
    """One row of the paper's table."""

    name: str
    formula: str
    bytes: float


@dataclass(frozen=True, kw_only=True)
class MemoryUnits(Payload):
    """What one part keeps, in bytes a number of the stream."""

    name: str
    theirs: float
    ours: float


@dataclass(frozen=True, kw_only=True)
class MemoryPublished(Payload):
    """The paper's formula, and the same shape in the decoder here."""

    s: int
    b: int
    h: int
    a: int
    t: int
    rows: tuple[MemoryDevices, ...]
    parts: tuple[MemoryUnits, ...]
    theirs: float
    """Bytes of the layer on one device, by the paper."""
    ours: int
    copies: int
    """Of these, of 16-bit copies of weights."""


def published(layer: Layer) -> MemoryPublished:
    config = DecoderConfig(
        1, layer.h, layer.a, layer.a, layer.h // layer.a, 4 * layer.h, 256, layer.s,
        positions="none", norm="layer", activation="gelu", gated=False,
    )  # fmt: skip
    step = Step(batch=layer.b, length=layer.s, item=2, kernel="eager")
    kept = [each for each in saved(config, step) if each.module.startswith("blocks.")]
    table = rows(layer)
    return MemoryPublished(
        s=layer.s,
        b=layer.b,
        h=layer.h,
        a=layer.a,
        t=layer.t,
        rows=tuple(MemoryDevices(name=each.name, formula=each.formula, bytes=each.bytes) for each in table),
        parts=_units(layer, kept),
        theirs=table[0].bytes,
        ours=sum(each.bytes for each in kept),
        copies=sum(each.bytes for each in kept if each.name == "16-bit weight"),
    )


#: Tensors of the decoder here by the paper's parts.
OURS = {
    "read by q, k and v": [("attn", "normalised, weighed")],
    "q and k": [("attn", "q"), ("attn", "k")],
    "softmax": [("attn", "softmax")],
    "its dropout’s output": [("attn", "pattern, in 16 bits")],
    "v": [("attn", "v")],
    "z": [("attn", "z")],
    "the MLP’s input": [("mlp", "normalised, weighed")],
    "before GELU": [("mlp", "before the activation")],
    "after GELU": [("mlp", "hidden")],
    "inputs of two norms": [("ln1", "input less its mean"), ("ln2", "input less its mean")],
}


def _units(layer: Layer, kept: Sequence[Kept]) -> tuple[MemoryUnits, ...]:
    left = list(kept)
    made: list[MemoryUnits] = []
    for part in PARTS:
        wanted = OURS.get(part.name, [])
        mine = [each for each in left if (each.module.split(".")[2], each.name) in wanted]
        left = [each for each in left if each not in mine]
        theirs = part.sbh * layer.sbh + part.scores * layer.scores
        ours = sum(each.bytes for each in mine)
        made.append(MemoryUnits(name=part.name, theirs=theirs / layer.sbh, ours=ours / layer.sbh))
    for name in dict.fromkeys(each.name for each in left):
        rest = sum(each.bytes for each in left if each.name == name)
        made.append(MemoryUnits(name=name, theirs=0.0, ours=rest / layer.sbh))
    return tuple(made)
