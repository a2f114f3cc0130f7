"""Circuits: the few heads and MLPs that do a task, found by estimates and then held to what they do alone.

A circuit is a set of parts. In its run of the clean text every other part gives what it gave in the corrupt one
(resample ablation). With m the answer's lead on this pair of texts::

    faithfulness(C) = (m(C alone) - m(none)) / (m(all) - m(none))       1: the circuit does it alone
    completeness(C) = (m(all but C) - m(none)) / (m(all) - m(none))     0: nothing else does it as well
    minimality      = for each part, faithfulness(C) - faithfulness(C without it)

(Wang et al. 2022, arXiv 2211.00593; Conmy et al. 2023, arXiv 2304.14997.) Parts are ranked by the size of an estimate;
a graph pruned by estimates is a guess until these three are measured.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> clean, corrupt = (recorded(decoder, torch.tensor(ids)) for ids in ([1, 2, 3], [1, 4, 3]))
>>> everything = parts_of(2, 2)
>>> found = alone(decoder, clean, corrupt, [frozenset(everything), frozenset()], Contrast(5, 6))
>>> len(everything), bool((found[0] - Contrast(5, 6)(clean.logits[None])[0]).abs() < 1e-5)
(6, True)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.frontier.carried import Contrast, Metric, Recorded, recorded
from explorer.stack.frontier.edges import Writer
from explorer.stack.frontier.patching import Put, patched
from explorer.stack.frontier.shared_prefix import first_change
from explorer.stack.transformer.decoder import Decoder

__all__ = ["Contrast", "Writer", "alone", "parts_of", "ranked", "recorded"]


def parts_of(layers: int, heads: int) -> list[Writer]:
    """Every head and MLP, block by block, the heads first."""
    return [Writer(layer, head) for layer in range(layers) for head in (*range(heads), None)]


def ranked(heads: Float[Tensor, "layer head"], mlps: Float[Tensor, " layer"]) -> list[Writer]:
    """All parts, the largest estimate first.

    >>> ranked(torch.tensor([[0.1, -3.0]]), torch.tensor([0.5]))
    [Writer(layer=0, head=1), Writer(layer=0, head=None), Writer(layer=0, head=0)]
    """

    def size(part: Writer) -> float:
        return abs(float(mlps[part.layer] if part.head is None else heads[part.layer, part.head]))

    return sorted(parts_of(*heads.shape), key=size, reverse=True)


def alone(
    decoder: Decoder,
    clean: Recorded,
    corrupt: Recorded,
    circuits: Sequence[frozenset[Writer]],
    metric: Metric,
    told: Callable[[int, int], None] | None = None,
) -> Float[Tensor, " circuit"]:
    """m of the clean run in which all parts outside each circuit give what they gave in the corrupt run."""
    everything = parts_of(clean.z.shape[0], clean.z.shape[2])
    rows = [_replaced([part for part in everything if part not in those], corrupt) for those in circuits]
    found = metric(clean.logits[None]).repeat(len(circuits))
    changed = [at for at, puts in enumerate(rows) if puts]
    joined = [replace(rows[at][0], above=tuple(rows[at][1:])) for at in changed]
    for some, logits in patched(decoder, clean, joined, told, first_change(decoder, clean, corrupt)):
        found[torch.tensor([changed[at] for at in some])] = metric(logits)
    return found


def _replaced(parts: Sequence[Writer], corrupt: Recorded) -> list[Put]:
    """The lowest block first: a run begins at its first put."""
    return [
        Put("mlp", part.layer, corrupt.mlp[part.layer])
        if part.head is None
        else Put("z", part.layer, corrupt.z[part.layer, :, part.head], head=part.head)
        for part in parts
    ]
