"""What the sums of a training are held against: torch's own count of a step, and the least loss found by search."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

import torch
from torch.utils.flop_counter import FlopCounterMode

from explorer.stack.pretraining.compute import Part, parts
from explorer.stack.pretraining.scaling_law import KaplanLaw, Law, Split
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

#: A decoder that is counted in a moment.
SMALL = DecoderConfig(2, 24, 4, 2, 8, 40, 50, 64, tied=False)
SMALL_LENGTH = 16
#: Tokens that the model on the page reads while torch counts.
COUNTED = 24
#: Where the search for the least loss begins and ends, in parameters, and how far it goes.
SEARCH = (1.0, 1e20)
NARROWINGS = 90
GOLDEN = (5**0.5 - 1) / 2


@lru_cache(maxsize=1)
def counted_step() -> int:
    """Operations that torch counts in a training step of the small decoder, forward and backward."""
    with torch.inference_mode(False), torch.enable_grad():
        decoder = Decoder(SMALL).initialise(torch.Generator().manual_seed(0)).requires_grad_(True)
        with FlopCounterMode(display=False) as counter:
            decoder(torch.arange(SMALL_LENGTH)[None], kernel="eager").sum().backward()
    return int(counter.get_total_flops())


def matrix_weights(config: DecoderConfig) -> int:
    """Weights that multiply each token, counted in a decoder's tensors: all matrices but the tables that are looked
    up."""
    tables = ("embed.", "positions.")
    with torch.device("meta"):
        decoder = Decoder(config)
    return sum(p.numel() for name, p in decoder.named_parameters() if p.ndim == 2 and not name.startswith(tables))


@dataclass(frozen=True)
class Counted:
    """A forward pass of a model: its parts by formula at two lengths, and torch's count at the shorter one."""

    length: int
    parts: tuple[Part, ...]
    short: tuple[Part, ...]
    torchs: int
    parameters: int
    """That a token uses."""


def counted(decoder: Decoder, length: int) -> Counted:
    """Of the model on the page."""
    ids = torch.arange(COUNTED)[None] % decoder.config.d_vocab
    with torch.inference_mode(False), torch.enable_grad(), FlopCounterMode(display=False) as counter:
        decoder(ids, kernel="eager")  # with gradients: of experts only the chosen ones are multiplied
    config = decoder.config
    return Counted(length, parts(config, length), parts(config, COUNTED), int(counter.get_total_flops()), used(decoder))


def used(decoder: Decoder) -> int:
    """Parameters that a token uses: of a mixture those of its experts alone. A table that embeds and unembeds counts
    once."""
    config, own = decoder.config, list({p.data_ptr(): p for p in decoder.parameters()}.values())
    experts = sum(p.numel() for p in own if p.ndim == 3)  # expert d_in d_out
    return sum(p.numel() for p in own) - experts + (experts * config.k // config.n_experts if experts else 0)


def searched(law: Law | KaplanLaw, compute: float) -> Split:
    """The split with the least loss, found by narrowing an interval of log N by the golden section."""

    def loss(at: float) -> float:
        return law.loss(exp(at), compute / 6 / exp(at))

    low, high = map(log, SEARCH)
    for _ in range(NARROWINGS):
        width = GOLDEN * (high - low)
        if loss(high - width) < loss(low + width):
            high = low + width
        else:
            low = high - width
    parameters = exp((low + high) / 2)
    return Split(parameters, compute / 6 / parameters)
