"""An attribution graph as a picture: its kept nodes and edges, what was predicted of each, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.attribution_graph import Agreement, Tried, agreement, place_of
from explorer.experiments.inside.features import OverCorpus
from explorer.figures.inside.features import FeatureContext, contexts
from explorer.figures.payload import Payload
from explorer.stack.frontier.attribution_graph import normalised
from explorer.stack.frontier.local_replacement import Local
from explorer.stack.frontier.query_key_attribution import Mover, Pairs, Part, PartKind
from explorer.zoo.autoencoders import Role

#: Texts of a feature; tokens that it raises.
TEXTS, NAMES = 3, 5
#: Pairs listed of a head's score.
PAIRS = 12
#: Kinds of nodes, by number.
FEATURE, ERROR, TOKEN, LOGIT = range(4)


@dataclass(frozen=True, kw_only=True)
class GraphAgreement:
    """r of predicted and measured, with its interval; NaN: not known (yet)."""

    r: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, kw_only=True)
class NodeTexts:
    """What is known of a feature from the corpus."""

    node: int
    density: float
    most: float
    contexts: list[FeatureContext]


@dataclass(frozen=True, kw_only=True)
class AttributionGraph(Payload):
    ids: Int[Tensor, " pos"]
    of: int
    """Tokens of the whole text."""
    first: int
    """The block in which the graph begins; its blocks are counted from there, and where it is not 0, the stream into it
    stands in the tokens' place."""
    n_layers: int
    """Of the graph."""
    width: int
    """Features of a transcoder."""
    all_nodes: int
    all_edges: int
    replacement: float
    completeness: float
    of_inputs: float
    explained: list[float]
    """Of each block's MLP on held-out texts, by its transcoder; then by the placebo."""
    placebo: list[float]
    answer: int
    """The likeliest token."""
    probability: float
    value: float
    """Its logit less the mean of all."""
    kinds: Int[Tensor, " node"]
    """0 a feature, 1 an error, 2 a token, 3 a logit."""
    layers: Int[Tensor, " node"]
    """-1 of tokens, the number of blocks of logits."""
    positions: Int[Tensor, " node"]
    numbers: Int[Tensor, " node"]
    """A feature's, or a token's id; -1 of an error."""
    acts: Float[Tensor, " node"]
    """A feature's activation, a logit's probability; NaN of others."""
    influence: Float[Tensor, " node"]
    cumulative: Float[Tensor, " node"]
    predicted: Float[Tensor, " node"]
    """What the answer's logit changes by without it; NaN where it is not taken out."""
    frozen: Float[Tensor, " node"]
    live: Float[Tensor, " node"]
    raises: Int[Tensor, "node name"]
    """Tokens whose logits a feature's direction raises most by itself; -1 of others."""
    sources: Int[Tensor, " edge"]
    """Places among the nodes."""
    targets: Int[Tensor, " edge"]
    shares: Float[Tensor, " edge"]
    """Of its target's whole input."""
    effects: Float[Tensor, " edge"]
    """On its target's pre-activation or logit."""
    edge_predicted: Float[Tensor, " edge"]
    """What its target changes by without it, as a part of the target's value."""
    edge_live: Float[Tensor, " edge"]
    by_live: GraphAgreement
    by_frozen: GraphAgreement
    by_edges: GraphAgreement
    texts: list[NodeTexts]


def attribution_graph(
    made: Tried,
    of: int,
    worth: Mapping[Role, list[float]],
    corpora: Sequence[OverCorpus],
) -> AttributionGraph:
    found, local, graph = made.found, made.found.local, made.found.graph
    kept = made.kept.nodes.nonzero()[:, 0]
    place = torch.full((len(graph.edges),), -1)
    place[kept] = torch.arange(len(kept))
    kinds, layers, positions, numbers = torch.tensor([named(made, node) for node in kept.tolist()]).unbind(1)
    shares, (targets, sources) = normalised(graph.edges), made.edges.T
    acts = torch.full((len(kept),), torch.nan)
    acts[kinds == FEATURE] = local.acts[kept[kinds == FEATURE]]
    acts[kinds == LOGIT] = graph.weights
    return AttributionGraph(
        ids=local.run.ids,
        of=of,
        first=local.first,
        n_layers=local.n_layers,
        width=len(local.coders[0].W_dec),
        all_nodes=len(graph.edges),
        all_edges=int((graph.edges != 0).sum()),
        replacement=graph.scores.replacement,
        completeness=graph.scores.completeness,
        of_inputs=graph.scores.of_inputs,
        explained=worth["trained"],
        placebo=worth["placebo"],
        answer=int(found.logits[0]),
        probability=float(graph.weights[0]),
        value=float(found.value[graph.first_logit]),
        kinds=kinds,
        layers=layers,
        positions=positions,
        numbers=numbers,
        acts=acts,
        influence=graph.influence[kept],
        cumulative=made.kept.cumulative[kept],
        predicted=_at(made, kept, made.predicted),
        frozen=_at(made, kept, made.frozen),
        live=_at(made, kept, made.live),
        raises=raised(made, kinds, layers, numbers),
        sources=place[sources],
        targets=place[targets],
        shares=shares[targets, sources],
        effects=graph.edges[targets, sources],
        edge_predicted=made.edge_predicted,
        edge_live=made.edge_live,
        by_live=shown(agreement(made.predicted, made.live)),
        by_frozen=shown(agreement(made.predicted, made.frozen)),
        by_edges=shown(agreement(made.edge_predicted, made.edge_live)),
        texts=[
            _texts(at, corpora[int(layers[at])], int(numbers[at]))
            for at in (kinds == FEATURE).nonzero()[:, 0].tolist()
            if corpora
        ],
    )


def shown(found: Agreement) -> GraphAgreement:
    return GraphAgreement(r=found.r, low=found.low, high=found.high, count=found.count)


def named(made: Tried, node: int) -> tuple[int, int, int, int]:
    """Kind, block, position and number of a node."""
    found, local, graph = made.found, made.found.local, made.found.graph
    if node >= graph.first_logit:
        return LOGIT, local.n_layers, local.n_pos - 1, int(found.logits[node - graph.first_logit])
    layer, position = place_of(local, node)
    if node < graph.features:
        return FEATURE, layer, position, local.features[node][2]
    if layer >= 0:
        return ERROR, layer, position, -1
    return TOKEN, layer, position, int(local.run.ids[position])


def _at(made: Tried, kept: Int[Tensor, " node"], values: Float[Tensor, " kept"]) -> Float[Tensor, " node"]:
    whole = torch.full((len(made.kept.nodes),), torch.nan)
    whole[made.nodes] = values
    return whole[kept]


def raised(
    made: Tried, kinds: Int[Tensor, " node"], layers: Int[Tensor, " node"], numbers: Int[Tensor, " node"]
) -> Int[Tensor, "node name"]:
    local = made.found.local
    raises = torch.full((len(kinds), NAMES), -1)
    features = (kinds == FEATURE).nonzero()[:, 0]
    if len(features):
        rows = torch.stack([local.coders[int(layers[at])].W_dec[int(numbers[at])] for at in features])
        weight = local.decoder.get_parameter("ln_final.weight")
        raises[features] = (rows * weight @ local.decoder.unembed.weight.T).topk(NAMES).indices
    return raises


def _texts(node: int, corpus: OverCorpus, feature: int) -> NodeTexts:
    return NodeTexts(
        node=node,
        density=float(corpus.density[feature]),
        most=float(corpus.most[feature]),
        contexts=contexts(corpus, feature)[:TEXTS],
    )


@dataclass(frozen=True, kw_only=True)
class PairScore:
    """A part of the stream at the query, one at the key, and what the two add to the score."""

    query_kind: PartKind
    query_layer: int
    query_feature: int
    key_kind: PartKind
    key_layer: int
    key_feature: int
    score: float


@dataclass(frozen=True, kw_only=True)
class HeadLook:
    """A head that brought something from one token to another, and why it looked there."""

    layer: int
    head: int
    query: int
    key: int
    share: float
    """Of its attention."""
    effect: float
    """On the answer's logit."""
    score: float
    others: float
    """The mean score of the other keys."""
    count: int
    """All pairs."""
    pairs: list[PairScore]


@dataclass(frozen=True, kw_only=True)
class HeadsThatMoved(Payload):
    ids: Int[Tensor, " pos"]
    first: int
    """The block from which on its blocks are counted."""
    answer: int
    looks: list[HeadLook]


def heads_that_moved(local: Local, answer: int, moved: list[tuple[Mover, Pairs, float]]) -> HeadsThatMoved:
    return HeadsThatMoved(ids=local.run.ids, first=local.first, answer=answer, looks=[_look(*each) for each in moved])


def _look(mover: Mover, found: Pairs, others: float) -> HeadLook:
    width, place = found.scores.shape[1], mover.place
    strongest = found.scores.abs().flatten().topk(min(PAIRS, found.scores.numel())).indices.tolist()
    return HeadLook(
        layer=place.layer, head=place.head, query=place.query, key=place.key, share=mover.share, effect=mover.effect,
        score=float(found.scores.double().sum()), others=others, count=found.scores.numel(),
        pairs=[_pair(found.at_query[at // width], found.at_key[at % width], float(found.scores.flatten()[at]))
               for at in strongest],
    )  # fmt: skip


def _pair(own: Part, other: Part, score: float) -> PairScore:
    return PairScore(
        query_kind=own.kind, query_layer=own.layer, query_feature=own.feature,
        key_kind=other.kind, key_layer=other.layer, key_feature=other.feature, score=score,
    )  # fmt: skip
