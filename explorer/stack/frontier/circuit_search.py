"""Automatic circuit discovery: try to do without each part, from the answer back, and keep what is missed.

ACDC (Conmy et al. 2023, arXiv 2304.14997) walks the graph from the output to the input. Each part is taken out of what
is kept so far, which is to give there what it gave in the corrupt run; with m the answer's lead::

    |m(kept) - m(kept without the part)| < threshold * |m(all) - m(none)|        then it stays out

Every part costs a run, and each decision depends on those before it, unlike an estimate by gradients, which ranks all
parts at once (EAP, Syed et al. 2023, arXiv 2310.10348; with gradients along the way from the corrupt embeddings to the
clean ones EAP-IG, Hanna et al. 2024, arXiv 2403.17806). The paper prunes edges; here parts are pruned, heads and MLPs.

A threshold that nothing reaches leaves no part; one of 0 leaves all that change m at all:

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> from explorer.stack.frontier.circuits import Contrast, recorded
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> clean, corrupt = (recorded(decoder, torch.tensor(ids)) for ids in ([1, 2, 3], [1, 4, 3]))
>>> [len(acdc(decoder, clean, corrupt, Contrast(5, 6), threshold)) for threshold in (1e9, 0.0)]
[0, 6]
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from explorer.stack.frontier.carried import Metric, Recorded
from explorer.stack.frontier.circuits import alone, parts_of
from explorer.stack.frontier.edges import Writer
from explorer.stack.transformer.decoder import Decoder


@torch.no_grad()
def acdc(
    decoder: Decoder,
    clean: Recorded,
    corrupt: Recorded,
    metric: Metric,
    threshold: float,
    told: Callable[[int, int], None] | None = None,
) -> list[Writer]:
    """The parts that are kept, those nearest to the answer first."""
    parts = list(reversed(parts_of(clean.z.shape[0], clean.z.shape[2])))
    kept = frozenset(parts)
    whole, none = (float(each) for each in alone(decoder, clean, corrupt, [kept, frozenset()], metric))
    now, allowed = whole, threshold * abs(whole - none)
    for at, part in enumerate(parts):
        without = float(alone(decoder, clean, corrupt, [kept - {part}], metric)[0])
        if abs(now - without) < allowed:
            kept, now = kept - {part}, without
        if told:
            told(at + 1, len(parts))
    return [part for part in parts if part in kept]
