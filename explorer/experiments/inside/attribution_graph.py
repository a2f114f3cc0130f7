"""An attribution graph, and every node and edge of it taken out of the real run.

A node is taken out by taking what it adds off the stream, a feature's activation times its direction, and letting the
run go on with its real MLPs: once live, once with attention patterns and norms as they were, which is what the graph
freezes. What the answer's logit loses is held against what the graph predicts.

An edge is taken out by the same change, while all MLPs between keep what they wrote, and only pass the change on by
their skip connections: what the target's pre-activation then loses is the edge. With patterns and norms frozen this is
the graph's own number, by a run forwards instead of a gradient backwards; live it is a measurement.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside import activations
from explorer.experiments.inside.features import OverCorpus
from explorer.experiments.inside.patch_map import correlation
from explorer.stack.frontier.attribution_graph import Pruned, pruned, total_effects
from explorer.stack.frontier.carried import blocks_of, carry, say
from explorer.stack.frontier.local_replacement import Effects, Local, effects, replaced, weight_of
from explorer.stack.frontier.query_key_attribution import Mover, Pairs, movers, pairs
from explorer.zoo.autoencoders import Dictionary

if TYPE_CHECKING:
    from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder
    from explorer.stack.transformer.decoder import Decoder
    from explorer.stack.transformer.hook_points import Hook
    from explorer.zoo.model import Model

Tell = Callable[[str, int, int], None]
#: Tokens of a text that are read, runs in one batch, and windows of each kind in the corpus.
MOST, ROWS, WINDOWS = 32, 48, 6
#: Heads whose scores are taken apart.
MOVERS = 8


@dataclass(frozen=True, eq=False)
class Tried:
    """A pruned graph, and what became of the run without each part of it. NaN: not measured (yet)."""

    found: Effects
    kept: Pruned
    nodes: Int[Tensor, " kept"]
    """Features, errors and tokens that are kept."""
    predicted: Float[Tensor, " kept"]
    """What the answer's logit, less the mean of all, changes by without each, as the graph has it."""
    frozen: Float[Tensor, " kept"]
    live: Float[Tensor, " kept"]
    edges: Int[Tensor, "edge 2"]
    """Target and source of those that are kept, the strongest first."""
    edge_predicted: Float[Tensor, " edge"]
    """What the target loses, as a part of its value in the run."""
    edge_frozen: Float[Tensor, " edge"]
    edge_live: Float[Tensor, " edge"]

    @property
    def done(self) -> bool:
        return bool(self.live.isfinite().all() and self.edge_live.isfinite().all())


@dataclass(frozen=True)
class Agreement:
    """Pearson's r of what was predicted and what was measured, with Fisher's interval of 95%."""

    r: float
    low: float
    high: float
    count: int


def agreement(predicted: Float[Tensor, " part"], measured: Float[Tensor, " part"]) -> Agreement:
    """Of what is measured. NaN where fewer than four are, or one does not vary.

    >>> found = agreement(torch.arange(12.0), torch.arange(12.0) + torch.tensor([2.0, -2.0] * 6))
    >>> round(found.r, 2), round(found.low, 2), round(found.high, 2), found.count
    (0.85, 0.53, 0.96, 12)
    """
    known = measured.isfinite()
    count, r = int(known.sum()), correlation(predicted[known], measured[known])
    if count < 4 or not abs(r) < 1:
        return Agreement(r, torch.nan, torch.nan, count)
    z, half = math.atanh(r), 1.96 / math.sqrt(count - 3)
    return Agreement(r, math.tanh(z - half), math.tanh(z + half), count)


def over_passages(model: Model, coders: Sequence[Transcoder], tell: Tell) -> tuple[OverCorpus, ...]:
    """What the features of each of the last blocks do over the passages."""
    corpus = activations.corpus(model, "passages", held=False, windows=WINDOWS)
    first = model.dims.n_layers - len(coders)
    found = activations.harvested(model, corpus, range(first, model.dims.n_layers), tell, "resid_mid")
    made = []
    for block, coder in enumerate(coders, first):
        with torch.no_grad():
            read = blocks_of(model.decoder)[block].ln2(found[block].vectors)
            acts = coder.encode(read).acts
        made.append(OverCorpus(Dictionary(coder, block, "trained", 0), found[block], acts))
    return tuple(made)


def graph_of(decoder: Decoder, coders: tuple[Transcoder, ...], ids: Int[Tensor, " pos"], nodes: float) -> Tried:
    """Nothing is measured yet. Raises NotApplicableError for a model that cannot be made linear."""
    found = effects(replaced(decoder, coders, ids))
    kept = pruned(found.graph, nodes)
    inner = kept.nodes[: found.graph.first_logit].nonzero()[:, 0]
    used = inner[kept.edges[:, inner].any(0)]  # a token that nothing reads is not taken out
    edges = kept.edges.nonzero()
    edges = edges[found.graph.edges[edges[:, 0], edges[:, 1]].abs().argsort(descending=True)]
    predicted = -total_effects(found.graph, found.local.acts)[used]
    sizes = -found.graph.edges[edges[:, 0], edges[:, 1]] / found.value[edges[:, 0]]
    none, nothing = torch.full((len(used),), torch.nan), torch.full((len(edges),), torch.nan)
    return Tried(found, kept, used, predicted, none, none, edges, sizes, nothing, nothing)


@torch.inference_mode()
def tried(made: Tried, tell: Tell) -> Iterator[Tried]:
    """The same with nodes taken out, block by block, then edges."""
    local, frozen, live = made.found.local, made.frozen.clone(), made.live.clone()
    batches = _batches(made)
    for done, (start, places) in enumerate(batches):
        tell("Nodes taken out", done, len(batches))
        streams = torch.stack([without(local, int(made.nodes[place]), start) for place in places.tolist()])
        live[places], frozen[places] = (_answer(made, streams, start, hooks) for hooks in ([], frozen_hooks(local)))
        if done + 1 == len(batches) or batches[done + 1][0] != start:
            yield replace(made, frozen=frozen.clone(), live=live.clone())
    made = replace(made, frozen=frozen, live=live)
    edge_frozen, edge_live = made.edge_frozen.clone(), made.edge_live.clone()
    for done, (start, places) in enumerate(batches):
        tell("Edges taken out", done, len(batches))
        sources = made.nodes[places]
        streams = torch.stack([without(local, int(source), start) for source in sources])
        for into, hooks in ((edge_live, []), (edge_frozen, frozen_hooks(local))):
            _lost(made, sources, held(local, streams, start, hooks), into)
    yield replace(made, edge_frozen=edge_frozen, edge_live=edge_live)


def _batches(made: Tried) -> list[tuple[int, Int[Tensor, " place"]]]:
    """Places among the kept nodes, by the block that first reads what they add."""
    starts = torch.tensor([first_reader(made.found.local, int(node)) for node in made.nodes])
    return [
        (start, some)
        for start in sorted(set(starts.tolist()))
        for some in (starts == start).nonzero()[:, 0].split(ROWS)
    ]


def place_of(local: Local, node: int) -> tuple[int, int]:
    """Block and position of a node; a token's block is -1."""
    n, errors = len(local.features), local.n_layers * local.n_pos
    if node < n:
        return local.features[node][0], local.features[node][1]
    if node < n + errors:
        return divmod(node - n, local.n_pos)
    return -1, node - n - errors


def first_reader(local: Local, node: int) -> int:
    return place_of(local, node)[0] + 1


def added(local: Local, node: int) -> Float[Tensor, " d_model"]:
    """What a node adds to the stream."""
    layer, pos = place_of(local, node)
    if node < len(local.features):
        return local.contribution(*local.features[node])
    return local.errors[layer, pos] if layer >= 0 else local.run.resid[0, pos]


def without(local: Local, node: int, start: int) -> Float[Tensor, "pos d_model"]:
    """The stream into block `start` less what the node adds."""
    x = (local.run.resid[start] if start < local.n_layers else local.run.last).clone()
    x[place_of(local, node)[1]] -= added(local, node)
    return x


def frozen_hooks(local: Local) -> list[tuple[str, Hook]]:
    """Patterns and norms as the run left them."""
    first, second, last = local.scales

    def put(value: Tensor) -> Hook:
        def hook(tensor: Tensor, **_: object) -> Tensor:
            return value[-tensor.shape[-2] :].expand_as(tensor)

        return hook

    def pattern(value: Tensor) -> Hook:
        return lambda tensor, **_: value.expand_as(tensor)

    hooks = [("ln_final.hook_scale", put(last))]
    for layer in range(local.n_layers):
        hooks += [
            (f"blocks.{layer}.attn.hook_pattern", pattern(local.patterns[layer])),
            (f"blocks.{layer}.ln1.hook_scale", put(first[layer])),
            (f"blocks.{layer}.ln2.hook_scale", put(second[layer])),
        ]
    return hooks


def _answer(
    made: Tried, streams: Float[Tensor, "row pos d_model"], start: int, hooks: Sequence[tuple[str, Hook]]
) -> Float[Tensor, " row"]:
    """What the answer's logit changes by, the mean of all logits taken off."""
    local = made.found.local
    with local.decoder.hooks(hooks):
        logits = say(local.decoder, carry(local.decoder, streams, local.run.at, start))
    return (logits - logits.mean(-1, keepdim=True))[:, made.found.logits[0]] - made.found.value[-len(made.found.logits)]


@dataclass(frozen=True, eq=False)
class Held:
    """A run whose MLPs keep what they wrote, but for the skip connections."""

    read: dict[int, Float[Tensor, "row pos d_model"]]
    """What each MLP from the first changed one on reads."""
    logits: Float[Tensor, "row d_vocab"]


def held(
    local: Local, streams: Float[Tensor, "row pos d_model"], start: int, hooks: Sequence[tuple[str, Hook]]
) -> Held:
    read: dict[int, Tensor] = {}

    def keeps(layer: int) -> Hook:
        def hook(tensor: Tensor, **_: object) -> None:
            read[layer] = tensor * weight_of(blocks_of(local.decoder)[layer].ln2)

        return hook

    def writes(layer: int) -> Hook:
        def hook(_written: Tensor, **_: object) -> Tensor:
            passed = (read[layer] - local.read[layer]) @ local.coders[layer].W_skip.T
            return local.run.mlp[layer] + passed * local.trained[:, None]

        return hook

    own = [(f"blocks.{layer}.ln2.hook_normalized", keeps(layer)) for layer in range(start, local.n_layers)]
    own += [(f"blocks.{layer}.hook_mlp_out", writes(layer)) for layer in range(start, local.n_layers)]
    with local.decoder.hooks([*hooks, *own]):
        logits = say(local.decoder, carry(local.decoder, streams, local.run.at, start))
    return Held(read, logits)


def _lost(made: Tried, sources: Int[Tensor, " row"], run: Held, into: Float[Tensor, " edge"]) -> None:
    """Of every kept edge out of these sources, what its target loses, as a part of its value."""
    found, local = made.found, made.found.local
    centred = run.logits - run.logits.mean(-1, keepdim=True)
    row_of = {int(source): row for row, source in enumerate(sources)}
    for at, (target, source) in enumerate(made.edges.tolist()):
        if (row := row_of.get(source)) is None:
            continue
        if target >= found.graph.first_logit:
            lost = centred[row, found.logits[target - found.graph.first_logit]] - found.value[target]
        else:
            layer, pos, feature = local.features[target]
            lost = local.coders[layer].W_enc[feature] @ (run.read[layer][row, pos] - local.read[layer, pos])
        into[at] = lost / found.value[target]


@torch.inference_mode()
def looked(local: Local, answer: int) -> list[tuple[Mover, Pairs, Float[Tensor, " key"]]]:
    """The heads that brought most to the answer, each with its score taken apart, and its scores of all keys in a run
    of the decoder."""
    name = "blocks.{}.attn.hook_attn_scores"
    found = movers(local, answer, MOVERS)
    seen: dict[str, Tensor] = {}

    def keeps(at: str) -> Hook:
        def hook(tensor: Tensor, **_: object) -> None:
            seen[at] = tensor

        return hook

    names = {name.format(each.place.layer) for each in found}
    with local.decoder.hooks([(at, keeps(at)) for at in names]):
        carry(local.decoder, local.run.resid[:1], local.run.at)
    made = []
    for each in found:
        place = each.place
        scores = seen[name.format(place.layer)][0, place.head, place.query, : place.query + 1]
        made.append((each, pairs(local, place), scores))
    return made
