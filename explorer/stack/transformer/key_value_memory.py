"""The feed-forward layer as a memory: each neuron is a key that matches an input, and a value that is then written.

What the layer adds to the stream is a sum over its neurons, whatever made them active (Geva et al. 2020, arXiv
2012.14913, "Feed-forward layers are key-value memories")::

    out = sum_i hidden_i * W_out[i] + b_out

The value W_out[i] is a vector of the stream, so it can be read as the stream is read, through the last norm's weight
and the unembedding: which tokens it raises and which it lowers (Geva et al. 2022, arXiv 2203.14680)::

    logits_i = (W_out[i] * w) W_U^T          and hidden_i decides how much of it, and with which sign

This is the direct path only. Later layers read the value too.

Worked example: three neurons write into a stream of two numbers that unembeds as it stands. Neuron 1 is less active
than neuron 0, but its value is longer: it writes the most, and with its sign it raises token 1.

>>> import torch
>>> hidden, W_out = torch.tensor([2.0, -1.0, 0.1]), torch.tensor([[1.0, 0.0], [0.0, -4.0], [1.0, 1.0]])
>>> written(hidden, W_out).tolist()
[2.0, 4.0, 0.1414213627576828]
>>> memory = recall(hidden, W_out, k=2)
>>> memory.neurons.tolist(), [round(float(i), 3) for i in memory.share]
([1, 0], [0.651, 0.326])
>>> said = read(memory.writes(W_out), W_U=torch.eye(2), k=1)
>>> said.raised_ids.tolist(), said.raised.tolist(), said.lowered_ids.tolist(), said.lowered.tolist()
([[1], [0]], [[4.0], [2.0]], [[0], [1]], [[0.0], [0.0]])
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Memory:
    """The neurons that write most at one position."""

    neurons: Int[Tensor, " k"]
    """By falling length of what they write."""
    hidden: Float[Tensor, " k"]
    lengths: Float[Tensor, " k"]
    """|hidden_i| * |W_out[i]|."""
    total: float
    """The sum of all neurons' lengths. (The length of the sum is less: values point in many directions.)"""

    @property
    def share(self) -> Float[Tensor, " k"]:
        return self.lengths / self.total if self.total else self.lengths

    def writes(self, W_out: Float[Tensor, "d_mlp d_model"]) -> Float[Tensor, "k d_model"]:
        """What each of them adds to the stream."""
        return self.hidden[:, None] * W_out[self.neurons]


@dataclass(frozen=True, eq=False)
class Said:
    """Vectors of the stream, read in the vocabulary: the tokens at both ends and their logits."""

    raised_ids: Int[Tensor, "vector k"]
    raised: Float[Tensor, "vector k"]
    lowered_ids: Int[Tensor, "vector k"]
    lowered: Float[Tensor, "vector k"]


def written(
    hidden: Float[Tensor, "*rows d_mlp"], W_out: Float[Tensor, "d_mlp d_model"]
) -> Float[Tensor, "*rows d_mlp"]:
    """The length of what each neuron writes."""
    return hidden.abs() * W_out.norm(dim=-1)


def recall(hidden: Float[Tensor, " d_mlp"], W_out: Float[Tensor, "d_mlp d_model"], k: int) -> Memory:
    """The `k` neurons that write most."""
    lengths = written(hidden, W_out)
    top = lengths.argsort(descending=True, stable=True)[:k]
    return Memory(top, hidden[top], lengths[top], float(lengths.double().sum()))


def read(
    vectors: Float[Tensor, "vector d_model"],
    W_U: Float[Tensor, "d_vocab d_model"],
    weight: Float[Tensor, " d_model"] | None = None,
    *,
    centred: bool = False,
    scale: float = 1.0,
    k: int = 8,
) -> Said:
    """Through the last norm's weight and the unembedding.

    centred: a LayerNorm takes the mean away first. scale: the last norm's divisor at the position of interest, with
    which the numbers are logits of the run.
    """
    if centred:
        vectors = vectors - vectors.mean(-1, keepdim=True)
    logits = (vectors if weight is None else vectors * weight) @ W_U.T / scale  # vector d_vocab
    k = min(k, logits.shape[-1])
    high, low = logits.topk(k), logits.topk(k, largest=False)
    return Said(high.indices, high.values, low.indices, low.values)


def carriers(lengths: Float[Tensor, "*rows d_mlp"], share: float = 0.5) -> Int[Tensor, "*rows"]:
    """How many neurons, the longest writers first, it takes for `share` of all lengths: few, where a layer is sparse.

    >>> import torch
    >>> carriers(torch.tensor([[4.0, 1.0, 1.0, 2.0], [1.0, 1.0, 1.0, 1.0]])).tolist()
    [1, 2]
    """
    total = lengths.double().sort(-1, descending=True).values.cumsum(-1)
    enough = total >= share * total[..., -1:] * (1 - 1e-9)  # a sum in another order may round to just below
    return enough.int().argmax(-1) + 1
