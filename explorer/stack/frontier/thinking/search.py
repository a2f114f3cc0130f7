"""A search over steps: a tree drawn from the model's own logits, whose beginnings are read once and shared.

Each round puts the likeliest steps behind each beginning that is kept, and its answer where the model may stop; the
`width` best go on. A step is two tokens, so that its probability is a product of two:

    log p(step | before) = log p(">" | before) + log p(digit | before >)

What is best is the total log-probability (beam search), or what a verifier says of the steps so far (Lightman et al.
2023, arXiv 2305.20050; Snell et al. 2024, arXiv 2408.03314). The keys and values of a beginning serve all that go on
from it:

    shared   bytes of a token x tokens that stand in the tree, each once
    apart    bytes of a token x (prompt + own tokens), for each leaf of the tree

>>> tokens_of(7, ["", ">2", ">5", ">2>6"], [2, 3])  # the leaves are >5 and >2>6, and >2 is shared
(13, 20)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from explorer.stack.frontier.thinking.chains import ANSWER, MODULUS, MOST, STEP, Signs
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

Fate = Literal["kept", "dropped", "answer"]
#: Texts behind the prompt to a score of each, the higher the better.
Judge = Callable[[Sequence[str]], Sequence[float]]


@dataclass(frozen=True)
class Node:
    """A beginning of a text, or a whole one."""

    parent: int
    """-1: the prompt."""
    text: str
    """Behind the prompt."""
    p: float
    """Of its last step or answer, given what is before it."""
    total: float
    """Log-probability of the text, nats."""
    score: float
    """What it competes by."""
    fate: Fate = "dropped"

    @property
    def depth(self) -> int:
        return len(self.text) // 2


@dataclass(frozen=True)
class Tree:
    """A search."""

    nodes: tuple[Node, ...]
    """A parent comes before its children."""
    tokens_shared: int
    tokens_apart: int
    bytes_shared: int
    bytes_apart: int
    bytes_held: int
    """Of the cache's own tensors, for one token of one text."""

    @property
    def answers(self) -> tuple[Node, ...]:
        """The best first."""
        found = [each for each in self.nodes if each.fate == "answer"]
        return tuple(sorted(found, key=lambda each: -each.score))


def tokens_of(prompt: int, texts: Sequence[str], leaves: Sequence[int]) -> tuple[int, int]:
    """Tokens of a tree, each once, and of its leaves as texts of their own."""
    return prompt + sum(2 for each in texts if each), sum(prompt + len(texts[at]) for at in leaves)


@torch.no_grad()
def searched(
    decoder: Decoder, signs: Signs, prompt: str, *, width: int, branch: int, judge: Judge | None = None
) -> Tree:
    """A search with `width` beginnings kept, `branch` steps behind each. Without a judge by log-probability."""
    ids = torch.tensor([signs.encode(prompt)])
    weight = next(decoder.parameters())
    cache = ContiguousCache(decoder.config, 1, ids.shape[1] + 2 * MOST + 2, weight.dtype)
    chances = decoder(ids, cache=cache, last_only=True)[:, -1].double().log_softmax(-1)  # row d_vocab
    held = _bytes_of_a_token(cache)
    nodes, rows = list[Node](), [-1]
    digits = [signs.ids[str(each)] for each in range(MODULUS)]
    for depth in range(MOST + 1):
        # Behind each beginning `=` and `>`; the rows that answer are read beside those that go on.
        modes = ([ANSWER] if depth else []) + ([STEP] if depth < MOST else [])
        cache.reorder(torch.arange(len(rows)).repeat(len(modes)))
        tokens = torch.tensor([[signs.ids[mode]] for mode in modes for _ in rows])
        found = decoder(tokens, cache=cache, last_only=True)[:, -1].double().log_softmax(-1)[:, digits]
        made = list[tuple[int, Node]]()
        for row, (mode, of) in enumerate((mode, of) for mode in modes for of in range(len(rows))):
            before = nodes[rows[of]] if rows[of] >= 0 else Node(-1, "", 1.0, 0.0, 0.0)
            logp = chances[of, signs.ids[mode]] + found[row]  # digit
            for digit in logp.topk(1 if mode == ANSWER else branch).indices.tolist():
                step = float(logp[digit])
                total = before.total + step
                made.append((row, Node(rows[of], f"{before.text}{mode}{digit}", _exp(step), total, total)))
        if judge is not None:
            scores = judge([each.text for _, each in made])
            made = [(row, replace(each, score=score)) for (row, each), score in zip(made, scores, strict=True)]
        kept = _best([each for _, each in made], width)
        rows, sources, next_tokens = list[int](), list[int](), list[list[int]]()
        for at, (row, each) in enumerate(made):
            answered = each.text[-2] == ANSWER
            nodes.append(replace(each, fate="answer" if answered else "kept" if at in kept else "dropped"))
            if at in kept and not answered:
                rows.append(len(nodes) - 1)
                sources.append(row)
                next_tokens.append([digits[int(each.text[-1])]])
        if not rows:
            break
        cache.reorder(torch.tensor(sources))
        chances = decoder(torch.tensor(next_tokens), cache=cache, last_only=True)[:, -1].double().log_softmax(-1)
    parents = {each.parent for each in nodes}
    leaves = [at for at in range(len(nodes)) if at not in parents]
    shared, apart = tokens_of(len(prompt), [each.text for each in nodes], leaves)
    return Tree(tuple(nodes), shared, apart, shared * held, apart * held, held)


def _best(made: Sequence[Node], width: int) -> set[int]:
    """Places of the steps that go on."""
    steps = [at for at, each in enumerate(made) if each.text[-2] == STEP]
    return set(sorted(steps, key=lambda at: -made[at].score)[:width])


def _exp(logp: float) -> float:
    return float(torch.tensor(logp, dtype=torch.float64).exp())


def _bytes_of_a_token(cache: ContiguousCache) -> int:
    """Keys and values of all layers."""
    return sum(each[0, :, :1].nbytes for each in (*cache.k, *cache.v))


def logprob_of(decoder: Decoder, signs: Signs, prompt: str, text: str) -> float:
    """The whole text in one pass, without a cache."""
    ids = torch.tensor([signs.encode(prompt + text)])
    with torch.no_grad():
        logp: Tensor = decoder(ids)[0].double().log_softmax(-1)
    at = torch.arange(len(prompt), ids.shape[1])
    return float(logp[at - 1, ids[0, at]].sum())
