"""A text that a visitor brings, beside the explorer's own passages: where a mixture's routers send it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.architectures.experts import Analysis
from explorer.stack.architectures import specialisation
from explorer.stack.architectures.text_lift import Known, TextLift, known_passages, text_lift
from explorer.tracing.probes import corpus
from explorer.tracing.probes.corpus import CorpusRouting

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Tokens of a text that are read.
TOKENS = 512


@dataclass(frozen=True, eq=False)
class OwnRouting:
    """The text's tokens, and what was made of them."""

    tokens: int
    """Of the whole text; what is routed may be its beginning."""
    routing: CorpusRouting
    found: TextLift
    known: Known


def read_own(model: Model, text: str, made: Analysis) -> OwnRouting | None:
    """A text against the passages of an analysis, counted as they are; None where nothing is written in it."""
    ids = model.vocabulary.encode(text) if text.strip() else []
    if not ids:
        return None
    routing = corpus.routing_over(model, [ids[:TOKENS]])
    own, passages = (
        specialisation.mass(each.indices, each.weights, each.n_experts, made.counting)
        for each in (routing, made.routing)
    )
    found = text_lift(own, made.by_kind.share, torch.Generator().manual_seed(0))
    labels = made.labels
    known = known_passages(passages, made.routing.passage, labels.kind_of_passage, len(labels.kinds))
    return OwnRouting(len(ids), routing, found, known)


def dense(routing: CorpusRouting) -> Float[Tensor, "layer token expert"]:
    """Each expert's weight for each token, 0 where it is not taken."""
    shape = (*routing.indices.shape[:2], routing.n_experts)
    return routing.weights.new_zeros(shape).scatter(-1, routing.indices, routing.weights)


def otherwise(model: Model, decoder: Decoder | None, routing: CorpusRouting) -> Float[Tensor, "layer token expert"]:
    """The same weights another way: from the explorer's own decoder; without one, from the text beside its half."""
    ids: Int[Tensor, " token"] = routing.ids
    if decoder is None:
        beside = corpus.routing_over(model, [ids.tolist(), ids[: (len(ids) + 1) // 2].tolist()])
        return dense(beside)[:, : len(ids)]
    with torch.inference_mode():
        found = decoder.routings(ids[None])
    return torch.stack([torch.zeros_like(each.scores).scatter(-1, each.indices, each.weights) for each in found])
