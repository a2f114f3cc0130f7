"""Trees of tokens in one row: contexts of any length, each with several continuations, read in a single pass.

Rows that are padded to one length pay for the padding in every product of the model. Here all tokens of a batch lie one
behind the other, without padding, and only attention sees which belong together: it takes them apart, into rows, and
puts them together again (Krell et al. 2021, arXiv 2107.02027, pack sequences so; a tree of continuations behind one
context is SpecInfer's, Miao et al. 2023, arXiv 2305.09781).

    shared    s s s s            read before, seen by all
    tree 1    a a a | b | c c    a context, and its continuations: each sees the context and itself
    tree 2    a a | b

    packed    a a a b c c a a b  at positions 4 5 6 7 7 8 4 5 6

Continuations that begin alike share what they begin with: `Tree.of` makes a trie of them.

Contexts are causal rows, padded on the right, where a causal query sees no padding. Continuations are rows of their own
with a mask. A window, or a bias of positions, is not known to such rows: there every token is read with the mask that
the decoder itself makes, and only keys of other trees are taken out of it.

Worked example: two trees without anything shared, and attention over the second alone.

>>> from explorer.stack.transformer.attention import sdpa
>>> first, read, places = Tree.of(3, [(7,), (8, 9), (8, 5)])
>>> first, read, places  # 8 is read once
(Tree(context=3, parents=(-1, -1, 1, 1)), [7, 8, 9, 5], [[0], [1, 2], [1, 3]])
>>> packed = Packed([first, Tree(2, (-1,))])
>>> packed.positions.tolist()
[0, 1, 2, 3, 3, 4, 4, 0, 1, 2]
>>> q, k, v = torch.randn(3, 1, 2, 10, 4, generator=torch.Generator().manual_seed(0))
>>> z = packed(q, k, v, Visibility.of(packed.positions[None], packed.positions[None]), scale=0.5).z
>>> alone = sdpa(q[:, :, 7:], k[:, :, 7:], v[:, :, 7:], Visibility(causal=True), scale=0.5).z
>>> bool((z[:, :, 7:] - alone).abs().max() < 1e-6)
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.stack.embeddings.alibi import Penalty
from explorer.stack.systems.attention_kernels import by_length
from explorer.stack.transformer.attention import Attended, Bias, Hook, Visibility, unchanged


@dataclass(frozen=True)
class Tree:
    """A context of so many tokens, and the trie of its continuations."""

    context: int
    parents: tuple[int, ...] = ()
    """Of each token of the trie, in which it stands behind its parent; -1: the context's last token."""

    @classmethod
    def of(cls, context: int, continuations: Sequence[Sequence[int]]) -> tuple[Tree, list[int], list[list[int]]]:
        """The tree; the tokens that are read behind the context; and where each continuation's lie among them.

        What all begin with belongs to the tree's context.
        """
        common = [found[0] for found in takewhile(lambda one: len(set(one)) == 1, zip(*continuations, strict=False))]
        known: dict[tuple[int, int], int] = {}
        places: list[list[int]] = []
        for each in continuations:
            at, path = -1, list(range(len(common)))
            for token in each[len(common) :]:
                at = known.setdefault((at, token), len(known))
                path.append(len(common) + at)
            places.append(path)
        tree = cls(context + len(common), tuple(parent for parent, _ in known))
        return tree, [*common, *(token for _, token in known)], places

    @property
    def size(self) -> int:
        return self.context + len(self.parents)

    @property
    def depths(self) -> Int[Tensor, " token"]:
        """Tokens before each."""
        found = list(range(self.context))
        for parent in self.parents:
            found.append((found[self.context + parent] if parent >= 0 else self.context - 1) + 1)
        return torch.tensor(found)

    @property
    def seen(self) -> Bool[Tensor, "token token"]:
        """Which tokens each sees: itself and those that it stands behind."""
        n = self.context
        mask = torch.ones(self.size, self.size, dtype=torch.bool).tril()
        for at, parent in enumerate(self.parents, n):
            mask[at, n:] = mask[n + parent, n:] if parent >= 0 else False
            mask[at, at] = True
        return mask


@dataclass(frozen=True)
class _Rows:
    """Packed tokens as rows, which are padded on the right with the first token."""

    queries: Int[Tensor, "row query"]
    keys: Int[Tensor, "row key"]
    mask: Bool[Tensor, "row query key"] | None = None
    """None: causal."""
    padding: Bool[Tensor, "row query"] | None = None
    """Queries that stand for none: they see all, so that their softmax is a number, which nobody reads."""

    def attend(self, q: Tensor, k: Tensor, v: Tensor, scale: float, bias: Tensor | None, cap: float | None) -> Tensor:
        """[row x query, head, d_head], from [token, head, d_head] of each."""
        rows, n = self.queries.shape
        qs, ks, vs = (_taken(x, at) for x, at in ((q, self.queries), (k, self.keys), (v, self.keys)))
        visible = Visibility(causal=True) if self.mask is None else Visibility(self.mask[:, None])
        z = by_length(qs, ks, vs, visible, scale, bias, cap).z  # row head query d_head
        return z.transpose(1, 2).reshape(rows * n, *q.shape[1:])


def _taken(x: Float[Tensor, "token head d_head"], at: Int[Tensor, "row pos"]) -> Float[Tensor, "row head pos d_head"]:
    return x.index_select(0, at.flatten()).unflatten(0, at.shape).transpose(1, 2)


class Packed:
    """The kernel of a decoder that reads trees one behind the other; `shared` tokens before them are seen by all."""

    def __init__(self, trees: Sequence[Tree], shared: int = 0, plain: bool = True) -> None:
        """plain: no layer has a window or a bias."""
        self.trees, self.shared, self.plain = tuple(trees), shared, plain
        starts = torch.tensor([0, *(tree.size for tree in trees)]).cumsum(0)[:-1].tolist()
        self.starts: list[int] = starts
        self.positions = shared + torch.cat([tree.depths for tree in trees])
        """Of all tokens, one behind the other."""
        whole = [list(range(start, start + tree.size)) for start, tree in zip(starts, trees, strict=True)]
        contexts = [ids[: tree.context] for ids, tree in zip(whole, trees, strict=True)]
        rest = [ids[tree.context :] for ids, tree in zip(whole, trees, strict=True)]
        self._parts: list[_Rows] = []
        order = torch.zeros(len(self.positions), dtype=torch.long)
        offset = 0
        for queries, tokens in ((contexts, contexts), (rest, whole)) if plain else ((whole, whole),):
            if not any(queries):
                continue
            rows = self._rows(queries, tokens, causal=queries is contexts)
            for at, ids in enumerate(queries):
                begin = offset + at * rows.queries.shape[1]
                order[ids] = torch.arange(begin, begin + len(ids))
            offset += rows.queries.numel()
            self._parts.append(rows)
        self._order = order

    def _rows(self, queries: list[list[int]], tokens: list[list[int]], causal: bool) -> _Rows:
        """Shared keys come first."""
        before = torch.arange(self.shared).expand(len(tokens), -1)
        at, own = _padded(queries), _padded(tokens)
        keys = torch.cat([before, self.shared + own], 1)
        if causal:
            return _Rows(at, keys)
        padding = torch.arange(at.shape[1]) >= torch.tensor([len(each) for each in queries])[:, None]
        mask = torch.zeros(*at.shape, keys.shape[1], dtype=torch.bool)
        mask[..., : self.shared] = True
        for row, (tree, asked) in enumerate(zip(self.trees, queries, strict=True)):
            mask[row, : len(asked), self.shared : self.shared + tree.size] = tree.seen[tree.size - len(asked) :]
        return _Rows(at, keys, mask | padding[..., None], padding)

    def __call__(
        self,
        q: Float[Tensor, "1 head query d_head"],
        k: Float[Tensor, "1 kv_head key d_head"],
        v: Float[Tensor, "1 kv_head key d_head"],
        visible: Visibility,
        scale: float,
        bias: Bias | None = None,
        cap: float | None = None,
        on_scores: Hook = unchanged,  # noqa: ARG002 - nothing listens where requests are scored
        on_pattern: Hook = unchanged,  # noqa: ARG002
    ) -> Attended:
        qs, ks, vs = (x[0].transpose(0, 1) for x in (q, k, v))  # token head d_head
        parts = [self._seen(rows, visible, q, k) for rows in self._parts] if not self.plain else self._parts
        made = [rows.attend(qs, ks, vs, scale, self._bias(rows, bias, q), cap) for rows in parts]
        z = torch.cat(made) if len(made) > 1 else made[0]
        return Attended(z.index_select(0, self._order)[None].transpose(1, 2))

    @staticmethod
    def _seen(rows: _Rows, visible: Visibility, q: Tensor, k: Tensor) -> _Rows:
        """With what the decoder's own mask leaves: a window."""
        dense = visible.dense(q.shape[2], k.shape[2], q.device)
        if dense is None or rows.mask is None or rows.padding is None:
            return rows
        allowed = dense[0, 0][rows.queries[..., None], rows.keys[:, None]]  # row query key
        return replace(rows, mask=rows.mask & (allowed | rows.padding[..., None]))

    @staticmethod
    def _bias(rows: _Rows, bias: Bias | None, q: Tensor) -> Tensor | None:
        if bias is None:
            return None
        whole = bias.written(q.dtype) if isinstance(bias, Penalty) else bias
        whole = whole.view((1,) * (4 - whole.ndim) + whole.shape)[0]  # head query key
        return whole[:, rows.queries[..., None], rows.keys[:, None]].transpose(0, 1)  # row head query key


def _padded(rows: Sequence[Sequence[int]]) -> Int[Tensor, "row pos"]:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
