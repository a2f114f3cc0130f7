"""What a word reads of a recording, beside what it needs, by stretches."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.architectures.sound_removed import Removed, edges, shares
from explorer.figures.architectures.pictures_and_speech import peaks
from explorer.figures.payload import Payload
from explorer.zoo.speech_model import RATE, Heard

#: Bars of the waveform.
BINS = 900


@dataclass(frozen=True, kw_only=True)
class SoundRemoved(Payload):
    """Attention and cause, word by word."""

    seconds: float
    peaks: Float[Tensor, "bin end"]
    words: list[str]
    frame_seconds: Float[Tensor, " stretch"]
    """The middle of each stretch."""
    shares: Float[Tensor, "layer head word stretch"]
    silenced: Float[Tensor, "word stretch"]
    """Nats that the word loses; NaN where it is not measured yet."""
    replaced: Float[Tensor, "word stretch"]
    done: int
    """Stretches measured."""
    parked: float
    """The most that one frame gets of the attention in the mean over heads and tokens."""
    frames: int


def sound_removed(heard: Heard, lost: Removed) -> SoundRemoved:
    """What the page shows."""
    stretches = lost.silenced.shape[1]
    at = torch.tensor(edges(len(heard.samples), stretches)) / RATE
    return SoundRemoved(
        seconds=heard.seconds, peaks=peaks(torch.from_numpy(heard.samples), BINS),
        words=[word.text for word in heard.words], frame_seconds=(at[1:] + at[:-1]) / 2,
        shares=shares(heard, stretches), silenced=lost.silenced, replaced=lost.replaced, done=lost.done,
        parked=float(heard.cross.mean((0, 1, 2)).max()), frames=heard.cross.shape[-1],
    )  # fmt: skip
