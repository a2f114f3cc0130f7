"""The patch map: every activation of one prompt's run put into another's, beside what one gradient expects of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.prompt_pair import Runs
from explorer.stack.frontier.attribution_patching import gradients
from explorer.stack.frontier.carried import HOOKS, Recorded, Site, blocks_of
from explorer.stack.frontier.edges import (
    EdgeScores,
    Writer,
    edge_scores,
    exact_edges,
    reader_gradients,
    written,
)
from explorer.stack.frontier.patching import Put, cells, heads, patched
from explorer.stack.frontier.shared_prefix import first_change
from explorer.stack.worst import worst
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, hooked

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Denoising puts what the clean run had into the corrupt one; noising the other way round.
Way = Literal["denoise", "noise"]
#: Next tokens kept of each cell; cells that are patched once more in a run of the model.
TOP, REDONE = 5, 3
#: Cells of a setting at most that its correlation is read from.
TRUSTED = 96
#: Gradients behind an estimate.
STEPS = (1, 5)


@dataclass(frozen=True, eq=False)
class Map:
    """What each cell's patch moves the score by; NaN of a cell that has not been patched yet.

    Cells are positions, or a block's heads, whose output is put at all positions at once.
    """

    site: Site
    way: Way
    measured: Float[Tensor, "layer cell"]
    estimated: Float[Tensor, "layer cell"]
    steps: int
    """Gradients behind the estimate."""
    ids: Int[Tensor, "layer cell top"]
    """The likeliest next tokens with the patch."""
    p: Float[Tensor, "layer cell top"]
    first: int
    """The first cell that can differ."""
    redone: float | None = None
    """Of the strongest cells, the largest difference from a patch by hooks in a whole run of the model."""
    slope: float | None = None
    """Of the strongest estimates, the largest difference of a gradient from a real step of 1 %."""


def ends(runs: Runs, way: Way) -> tuple[Recorded, Recorded]:
    """(target run, source run): what is patched, and where values come from."""
    return (runs.corrupt, runs.clean) if way == "denoise" else (runs.clean, runs.corrupt)


def estimated(decoder: Decoder, runs: Runs, way: Way, site: Site, steps: int) -> Float[Tensor, "layer cell"]:
    """By so many gradients."""
    target, source = ends(runs, way)
    with RUNNING:
        slopes = gradients(decoder, target, source, runs.pair.metric, steps)
    return slopes.heads(target, source) if site == "z" else slopes.estimate(site, target, source)


def maps(
    decoder: Decoder, runs: Runs, way: Way, site: Site, steps: int, told: Callable[[int, int], None]
) -> Iterator[Map]:
    """The estimate at once, then what is measured, the highest blocks first."""
    target, source = ends(runs, way)
    guess = estimated(decoder, runs, way, site, steps)
    first = 0 if site == "z" else runs.pair.first
    puts = heads(source) if site == "z" else cells(site, source, first)
    base = float(runs.pair.metric(target.logits[None])[0])
    # What lies before the first changed token is the same in both runs: a patch there changes nothing.
    found = torch.full_like(guess, torch.nan)
    found[:, :first] = 0
    p, ids = target.logits.softmax(-1).topk(TOP)
    shape = (*found.shape, TOP)
    made = Map(site, way, found, guess, steps, ids.expand(shape).clone(), p.expand(shape).clone(), first)
    yield made
    for some, logits in _under_lock(patched(decoder, target, puts, told, first_change(decoder, target, source))):
        p, ids = logits.softmax(-1).topk(TOP)
        for row, at in enumerate(some):
            put = puts[at]
            cell = put.head if put.head is not None else put.position
            made.measured[put.layer, cell] = runs.pair.metric(logits[row : row + 1])[0] - base
            made.ids[put.layer, cell], made.p[put.layer, cell] = ids[row], p[row]
        yield replace(made, measured=made.measured.clone())


def _under_lock(steps: Iterator[tuple[list[int], Tensor]]) -> Iterator[tuple[list[int], Tensor]]:
    """One run at a time in a process; between two parts others are let in."""
    while True:
        with RUNNING:
            step = next(steps, None)
        if step is None:
            return
        yield step


def again(model: Model, decoder: Decoder, runs: Runs, made: Map) -> Map:
    """The strongest cells patched by hooks in the model's own runs, and the gradient held against real small steps."""
    target, source = ends(runs, made.way)
    base = float(runs.pair.metric(target.logits[None])[0])
    slope = _slope_error(decoder, runs, made) if made.steps == 1 else None
    if decoder.config.placement != "pre":  # the bridge's hook and ours stand on two sides of a norm there
        return replace(made, slope=slope)
    errors = [0.0]
    for layer, cell in strongest(made.measured, REDONE):
        at = cell if made.site != "z" else None
        head = cell if made.site == "z" else None
        value = source.z[layer, :, head] if head is not None else source.of(made.site)[layer, at]
        logits = _by_hook(model, target, Put(made.site, layer, value, at, head))
        moved = float(runs.pair.metric(logits[None])[0]) - base
        errors.append(abs(moved - float(made.measured[layer, cell])))
    return replace(made, redone=worst(*errors), slope=slope)


def _slope_error(decoder: Decoder, runs: Runs, made: Map, small: float = 0.01) -> float:
    """Of the strongest estimates, relative to the largest: a step of 1 % of the way, forth and back."""
    target, source = ends(runs, made.way)
    places = strongest(made.estimated, REDONE)
    puts: list[Put] = []
    for layer, cell in places:
        for sign in (1, -1):
            if made.site == "z":
                now, then = (run.z[layer, :, cell] for run in (target, source))
                puts.append(Put("z", layer, now + sign * small * (then - now), head=cell))
            else:
                now, then = (run.of(made.site)[layer, cell] for run in (target, source))
                puts.append(Put(made.site, layer, now + sign * small * (then - now), cell))
    scores = torch.empty(len(puts))
    for some, logits in _under_lock(patched(decoder, target, puts, first=first_change(decoder, target, source))):
        scores[some] = runs.pair.metric(logits)
    slopes = (scores[::2] - scores[1::2]) / (2 * small)
    guess = torch.stack([made.estimated[place] for place in places])
    return float((slopes - guess).abs().max() / guess.abs().max().clamp_min(1e-6))


def strongest(values: Float[Tensor, "layer cell"], k: int) -> list[tuple[int, int]]:
    """(block, cell) of the largest numbers by size.

    >>> strongest(torch.tensor([[0.0, -3.0], [1.0, 2.0]]), 2)
    [(0, 1), (1, 1)]
    """
    flat = values.abs().nan_to_num(0).flatten().argsort(descending=True, stable=True)[:k]
    return [divmod(int(at), values.shape[1]) for at in flat]


def _by_hook(model: Model, target: Recorded, put: Put) -> Float[Tensor, " d_vocab"]:
    def instead(tensor: Tensor, **_: object) -> Tensor:
        out = tensor.clone()
        place = (0, slice(None) if put.position is None else put.position)
        out[place if put.head is None else (*place, put.head)] = put.value.to(tensor)
        return out

    with RUNNING, torch.inference_mode(), hooked(model, [(f"blocks.{put.layer}.{HOOKS[put.site]}", instead)]):
        ids = target.ids[None].to(model.device)
        return here(model.bridge(ids, return_type="logits", use_cache=False, logits_to_keep=1)[0, -1])


@dataclass(frozen=True, eq=False)
class Edges:
    """All edges out of one head, measured and estimated, and the head's own patch at all positions."""

    writer: Writer
    way: Way
    exact: EdgeScores | None
    estimate: EdgeScores
    node: float
    """What putting the whole head moves, measured."""
    node_estimate: float
    redone: float | None = None
    """The strongest edge into a query, measured by a hook in a whole run of the model: the difference."""


def edges(
    model: Model, decoder: Decoder, runs: Runs, way: Way, writer: Writer, told: Callable[[int, int], None]
) -> Iterator[Edges]:
    """The estimate, then every edge by a run of its own. Raises NotApplicableError (`edges.check_adds`)."""
    target, source = ends(runs, way)
    metric = runs.pair.metric
    change = written(decoder, target, source, writer)
    told(0, 1)
    with RUNNING:
        guess = edge_scores(reader_gradients(decoder, target, metric), writer, change)
        node_guess = gradients(decoder, target, source, metric).heads(target, source)[writer.layer, writer.head]
        put = Put("z", writer.layer, source.z[writer.layer, :, writer.head], head=writer.head)
        ((_, logits),) = patched(decoder, target, [put])
    base = metric(target.logits[None])
    made = Edges(writer, way, None, guess, float(metric(logits) - base), float(node_guess))
    yield made
    with RUNNING:
        exact = exact_edges(decoder, target, source, writer, metric, told)
    yield replace(made, exact=exact, redone=_edge_again(model, decoder, runs, way, exact, change))


def _edge_again(
    model: Model, decoder: Decoder, runs: Runs, way: Way, exact: EdgeScores, change: Float[Tensor, "pos d_model"]
) -> float | None:
    """The strongest edge into a query, by a hook on the model's own queries; None where they are normed on the way."""
    target, _ = ends(runs, way)
    ((layer, head),) = strongest(exact.heads[0], 1)
    name = f"blocks.{layer}.attn.hook_q"
    if decoder.config.qk_norm or not exact.heads[0].any():
        return None
    block = blocks_of(decoder)[layer]
    with torch.no_grad():
        read = block.attn.W_Q(block.ln1((target.resid[layer] + change)[None]))  # 1 pos head*d_head
    q = read.unflatten(-1, (-1, decoder.config.d_head))[0, :, head]

    def instead(tensor: Tensor, **_: object) -> Tensor:
        out = tensor.clone()
        out[0, :, head] = q.to(tensor)
        return out

    with RUNNING, torch.inference_mode(), hooked(model, [(name, instead)]):
        ids = target.ids[None].to(model.device)
        logits = here(model.bridge(ids, return_type="logits", use_cache=False, logits_to_keep=1)[0, -1])
    moved = runs.pair.metric(logits[None]) - runs.pair.metric(target.logits[None])
    return abs(float(moved[0]) - float(exact.heads[0, layer, head]))


def trusted(
    decoder: Decoder, runs: Runs, tell: Callable[[str, int, int], None]
) -> Iterator[dict[tuple[Way, Site, int], float]]:
    """r of measured and estimated over cells that can differ, setting by setting; heads first, which are few. Of more
    cells than `TRUSTED` so many are drawn: a correlation is known from few, and the maps have all."""
    found: dict[tuple[Way, Site, int], float] = {}
    for way in get_args(Way):
        for site in sorted(HOOKS, key=lambda each: each != "z"):
            measured = drawn_cells(decoder, runs, way, site, lambda at, of, site=site: tell(f"Cells of {site}", at, of))
            for steps in STEPS:
                found[way, site, steps] = correlation(measured, estimated(decoder, runs, way, site, steps))
            yield dict(found)


def drawn_cells(
    decoder: Decoder, runs: Runs, way: Way, site: Site, told: Callable[[int, int], None]
) -> Float[Tensor, "layer cell"]:
    """What some cells move the score by; NaN of all others."""
    target, source = ends(runs, way)
    puts = heads(source) if site == "z" else cells(site, source, runs.pair.first)
    some = torch.randperm(len(puts), generator=torch.Generator().manual_seed(0))[:TRUSTED].tolist()
    found = torch.full((target.z.shape[0], target.z.shape[2] if site == "z" else len(target.ids)), torch.nan)
    base = runs.pair.metric(target.logits[None])
    for chosen, logits in _under_lock(
        patched(decoder, target, [puts[at] for at in some], told, first_change(decoder, target, source))
    ):
        for row, moved in zip(chosen, (runs.pair.metric(logits) - base).tolist(), strict=True):
            put = puts[some[row]]
            found[put.layer, put.head if put.head is not None else put.position] = moved
    return found


def correlation(one: Sequence[float] | Tensor, other: Sequence[float] | Tensor) -> float:
    """Pearson's r over the cells that are known; NaN of fewer than two, or where one does not vary.

    >>> round(correlation([1.0, 2.0, 3.0], [2.0, 4.0, 6.5]), 3)
    0.998
    """
    a, b = (torch.as_tensor(each, dtype=torch.float64).flatten() for each in (one, other))
    known = a.isfinite() & b.isfinite()
    a, b = a[known] - a[known].mean(), b[known] - b[known].mean()
    size = float(a.norm() * b.norm())
    return float(a @ b) / size if len(a) > 1 and size > 0 else float("nan")
