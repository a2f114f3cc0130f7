"""A search over steps beside its texts one by one: what is shared, what is computed, which answer is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.frontier import thinking
from explorer.experiments.frontier.thinking import Stage
from explorer.stack.frontier.thinking.chains import Chain
from explorer.stack.frontier.thinking.search import Tree, logprob_of, searched
from explorer.stack.systems.roofline import work
from explorer.stack.worst import worst


@dataclass(frozen=True)
class Searched:
    """A tree, and what it took."""

    of: Chain
    tree: Tree
    flops_shared: int
    flops_apart: int
    off: float
    """Of a node's total from one pass of its whole text, nats; the farthest."""


def searching(stage: Stage, of: Chain, width: int, branch: int, by: str) -> Searched:
    """by: logprob, or a verifier's score."""
    decoder, signs = thinking.decoder(stage), thinking.signs()

    def judge(texts: Sequence[str]) -> list[float]:
        return thinking.scored(of, texts, "process").tolist()

    tree = searched(decoder, signs, of.prompt, width=width, branch=branch, judge=judge if by == "process" else None)
    shared, apart = flops(decoder.config, len(of.prompt), tree)
    off = worst(abs(each.total - logprob_of(decoder, signs, of.prompt, each.text)) for each in tree.nodes)
    return Searched(of, tree, shared, apart, off)


def flops(config: object, prompt: int, tree: Tree) -> tuple[int, int]:
    """Of the tree, each token once, and of its leaves each from the prompt on."""
    from explorer.stack.transformer.config import DecoderConfig

    assert isinstance(config, DecoderConfig)

    def one(past: int) -> int:
        return work(config, 1, past).flops

    begun = work(config, prompt).flops
    inside = sum(one(prompt + len(each.text) - 2) + one(prompt + len(each.text) - 1) for each in tree.nodes)
    parents = {each.parent for each in tree.nodes}
    leaves = [each for at, each in enumerate(tree.nodes) if at not in parents]
    apart = sum(begun + sum(one(prompt + at) for at in range(len(each.text))) for each in leaves)
    return begun + inside, apart
