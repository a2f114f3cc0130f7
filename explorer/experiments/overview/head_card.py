"""What one head does, measured: the answer without it, and the places of a corpus at which it writes most.

The corpus are the project's passages of six kinds. Each is run up to the head's block only; what all heads of the block
read and wrote there is kept with the model, so that the next head of the block costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import passages
from explorer.experiments.overview.heads_and_causes import whole_run, without
from explorer.fetching.progress import Progress, silent
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, edit_hooks, hooked
from explorer.tracing.bridge.recorder import Hook
from explorer.tracing.capturing.capture import vetted
from explorer.tracing.changes.edits import Run
from explorer.tracing.changes.interventions import AblateHead
from explorer.tracing.probes.causes import block_arguments
from explorer.tracing.trace import Trace
from explorer.zoo.model import Model

ROWS = 4
"""Passages in one forward pass."""


@dataclass(frozen=True, eq=False)
class Removal:
    """The answer at one position without a head, measured in two ways that share no pass."""

    carried: Float[Tensor, " d_vocab"]
    """The stored stream of the head's block, carried on without the head."""
    whole: Float[Tensor, " d_vocab"]
    """The model's own pass over the text with the head off."""


def removed(model: Model, trace: Trace, layer: int, head: int, pos: int) -> Removal:
    """Switch the head off at all positions up to `pos`; the trace's own interventions stay on."""
    with RUNNING, torch.inference_mode():
        arguments = block_arguments(model, trace.ids[: pos + 1])
    carried = without(model, trace, pos + 1, [(layer, head)], arguments, lambda _: None)[0]
    return Removal(carried, whole_run(model, trace, pos, layer, head))


def switched_on(model: Model, trace: Trace, layer: int, head: int, pos: int) -> Float[Tensor, " d_vocab"]:
    """The logits at `pos` where nothing ablates the head; the trace's other interventions stay on."""
    edits = tuple(
        each
        for each in trace.key.interventions
        if not (isinstance(each, AblateHead) and (each.layer, each.head) == (layer, head))
    )
    run = Run(trace.n_prompt, width=pos + 1, constants=dict(trace.constants))
    with RUNNING, torch.inference_mode(), hooked(model, edit_hooks(model, edits, run)):
        ids = trace.ids[None, : pos + 1].to(model.device)
        return here(model.bridge(ids, return_type="logits", use_cache=False, logits_to_keep=1)[0, -1])


@dataclass(frozen=True)
class Passage:
    """A text of the corpus as the model reads it."""

    kind: str
    document: str
    ids: Int[Tensor, " pos"] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Reading:
    """What every head of one block read and wrote at each token of a passage."""

    passage: Passage
    size: Float[Tensor, "head pos"]
    """|z W_O|: the length of what the head wrote."""
    key: Int[Tensor, "head pos"]
    """The position that it read most, the first one left out, where heads with nothing to do look."""
    weight: Float[Tensor, "head pos"]
    """The attention weight on it."""
    first: Float[Tensor, "head pos"]
    """The weight on the first position."""


@dataclass(frozen=True)
class Found:
    """A place at which a head writes much."""

    passage: Passage
    position: int
    size: float
    key: int
    weight: float
    first: float


class _Read(Exception):
    """The block has been read: the rest of the pass is not needed."""


_KNOWN: WeakKeyDictionary[Model, dict[int, tuple[Reading, ...]]] = WeakKeyDictionary()


def corpus(model: Model) -> list[Passage]:
    """The passages, one of each kind after the other, so that the first few are of all kinds."""
    kinds = passages.read()
    deepest = max(len(each.excerpts) for each in kinds)
    return [
        Passage(each.kind, one.document, torch.tensor(model.vocabulary.encode(one.text)[: model.dims.n_ctx]))
        for at in range(deepest)
        for each in kinds
        for one in each.excerpts[at : at + 1]
    ]


def readings(model: Model, layer: int, progress: Progress = silent) -> Iterator[tuple[Reading, ...]]:
    """Those of the passages read so far, after every few; the last time of all."""
    known = _KNOWN.setdefault(model, {})
    if layer not in known:
        rows, made = corpus(model), []
        for begin in range(0, len(rows), ROWS):
            progress("Read the passages", begin, len(rows))
            made += read_block(model, layer, rows[begin : begin + ROWS])
            if len(made) < len(rows):
                yield tuple(made)
        known[layer] = tuple(made)
    yield known[layer]


def read_block(model: Model, layer: int, rows: list[Passage]) -> list[Reading]:
    """Run the passages up to this block, side by side, padded on the right: attention looks back only."""
    width = max(len(row.ids) for row in rows)
    batch = torch.zeros(len(rows), width, dtype=torch.long)
    for at, row in enumerate(rows):
        batch[at, : len(row.ids)] = row.ids
    W_O = vetted(model).W_O[layer]
    seen: dict[str, Tensor] = {}

    def keep_pattern(pattern: Float[Tensor, "batch head query key"], **_: object) -> None:
        here_too = here(pattern)
        seen["first"] = here_too[..., 0].clone()
        later = here_too.clone()
        later[..., 0] = 0
        seen["weight"], seen["key"] = later.max(-1)

    def keep_z(z: Float[Tensor, "batch pos head d_head"], **_: object) -> None:
        seen["size"] = sizes(here(z), W_O)
        raise _Read

    names = [hooks.found(anatomy(model.bridge).firing, layer, name) for name in ("pattern", "z")]
    hooked_at: list[Hook] = [(name, hook) for name, hook in zip(names, (keep_pattern, keep_z), strict=True) if name]
    with RUNNING, torch.inference_mode(), hooked(model, hooked_at), suppress(_Read):
        model.bridge(batch.to(model.device), return_type="logits", use_cache=False, logits_to_keep=1)
    return [
        Reading(row, *(seen[name][i, :, : len(row.ids)].clone() for name in ("size", "key", "weight", "first")))
        for i, row in enumerate(rows)
    ]


def sizes(z: Float[Tensor, "batch pos head d_head"], W_O: Float[Tensor, "head d_head d_model"]) -> Tensor:
    """|z W_O| of every head, [batch head pos], without the products themselves: ``z (W_O W_O^T) z``.

    >>> sizes(torch.tensor([3.0, 4.0]).view(1, 1, 1, 2), torch.eye(2)[None]).tolist()
    [[[5.0]]]
    """
    gram = torch.einsum("hdm,hem->hde", W_O, W_O)
    return torch.einsum("bphd,hde,bphe->bhp", z, gram, z).clamp_min(0).sqrt()


def strongest(read: tuple[Reading, ...], head: int, k: int) -> list[Found]:
    """The place of each passage at which the head wrote most, the passages with the most first.

    A passage's first token is left out: it can read nothing but itself.
    """
    best: list[Found] = []
    for each in read:
        size = each.size[head].clone()
        size[0] = 0
        at = int(size.argmax())
        best.append(
            Found(
                each.passage,
                at,
                float(size[at]),
                int(each.key[head, at]),
                float(each.weight[head, at]),
                float(each.first[head, at]),
            )
        )
    return sorted(best, key=lambda found: -found.size)[:k]


def alone(model: Model, layer: int, head: int, found: Found) -> Found:
    """The same place, its passage run by itself."""
    (read,) = read_block(model, layer, [found.passage])
    at = found.position
    size, key, weight, first = (each[head, at] for each in (read.size, read.key, read.weight, read.first))
    return Found(found.passage, at, float(size), int(key), float(weight), float(first))
