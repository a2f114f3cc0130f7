"""What a vision transformer's patches read, which of them it takes for alike, and where words look into a recording."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int8, UInt8
from torch import Tensor

from explorer.figures.payload import Payload


def alike(states: Float[Tensor, "pos d_model"]) -> Int8[Tensor, "pos pos"]:
    """127 times the cosine of each pair of states.

    >>> alike(torch.tensor([[1.0, 0.0], [0.0, 2.0], [-3.0, 0.0]])).tolist()
    [[127, 0, -127], [0, 127, 0], [-127, 0, 127]]
    """
    unit = F.normalize(states, dim=-1)
    return (unit @ unit.T * 127).round().clamp(-127, 127).to(torch.int8)


def masked(patterns: Float[Tensor, "*heads query key"]) -> int:
    """Pairs of which one is never read by the other, in no layer and head."""
    return int((patterns.flatten(0, -3).amax(0) == 0).sum())


def peaks(wave: Float[Tensor, " sample"], bins: int) -> Float[Tensor, "bin end"]:
    """The lowest and highest sample of each bin: what a waveform shows.

    >>> peaks(torch.tensor([0.0, 1.0, -1.0, 0.5, 0.25]), 2).tolist()
    [[0.0, 1.0], [-1.0, 0.5]]
    """
    size = max(1, len(wave) // bins)
    cut = wave[: size * min(bins, len(wave))].view(-1, size)
    return torch.stack([cut.amin(1), cut.amax(1)], 1)


# ---- what is drawn ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PicturePatches(Payload):
    """A picture, and what its patches read in one layer."""

    pictures: list[str]
    picture: str
    """One of these, or the name of one that was brought."""
    takes: bool
    """Whether a picture of one's own can be brought here."""
    title: str
    image: str
    """As the page shows it: a data address."""
    grid: tuple[int, int]
    layer: int
    n_layers: int
    patch: int
    pattern: UInt8[Tensor, "head query key"]
    """255 √weight; place 0 is CLS."""
    alike: Int8[Tensor, "pos pos"]
    ahead: float
    """Of all attention, on later patches."""


@dataclass(frozen=True, kw_only=True)
class SpeechHeard(Payload):
    """A recording, the words heard in it, and where every head looked for each."""

    title: str
    sound: str
    """A data address."""
    seconds: float
    peaks: Float[Tensor, "bin end"]
    words: list[str]
    text: str
    heads: UInt8[Tensor, "layer head word frame"]
    """255 √share of the head's attention."""
    forward: Float[Tensor, "layer head"]
    """How often, from token to token, the frame looked at most does not go back."""
    frame_seconds: Float[Tensor, " frame"]
