"""What a word needs of a recording: a stretch is silenced, or its frames replaced, and the word's probability read.

The transcript stays as it was written: each token is scored after the same words (teacher forcing), so that one pass
tells of all words. A stretch is removed in two ways. *Silenced*: its samples are 0, and the encoder hears the rest.
*Replaced*: the encoder's frames of the stretch become the mean of all its frames; what its other frames have taken
from that stretch stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.fetching.progress import Progress, silent
from explorer.zoo.speech_model import RATE, Heard, SpeechModel

Way = Literal["silenced", "replaced"]
#: Recordings in one pass of the encoder.
AT_ONCE = 4


@dataclass(frozen=True, eq=False)
class Removed:
    """What the words lose, as far as it is measured."""

    silenced: Float[Tensor, "word stretch"]
    """Nats: ln p(word) of the whole recording less that without the stretch; NaN where it is not measured yet."""
    replaced: Float[Tensor, "word stretch"]
    token_scores: Float[Tensor, "stretch token"]
    """ln p of each token where the stretch is silenced."""
    done: int
    """Stretches measured."""


def edges(samples: int, stretches: int) -> list[int]:
    """Where stretches of equal length begin and end.

    >>> edges(10, 4)
    [0, 2, 5, 8, 10]
    """
    return [round(samples * at / stretches) for at in range(stretches + 1)]


def stretch_of(heard: Heard, stretches: int) -> Int[Tensor, " frame"]:
    """The stretch in which the middle of each frame lies."""
    inner = torch.tensor(edges(len(heard.samples), stretches)[1:-1]) / RATE
    return torch.bucketize(torch.from_numpy(heard.frame_seconds), inner.float())


def shares(heard: Heard, stretches: int) -> Float[Tensor, "layer head word stretch"]:
    """A word's attention by stretches: what falls on the frames of each."""
    looks = heard.by_word(heard.cross)
    found = looks.new_zeros(*looks.shape[:-1], stretches)
    return found.index_add_(-1, stretch_of(heard, stretches), looks)


def silenced(
    samples: Float[np.ndarray, " sample"], stretches: int, which: Sequence[int]
) -> Float[Tensor, "case sample"]:
    """The recording with one stretch of it silent, case by case."""
    found, at = torch.from_numpy(samples).repeat(len(which), 1), edges(len(samples), stretches)
    for case, stretch in enumerate(which):
        found[case, at[stretch] : at[stretch + 1]] = 0
    return found


def removed(ear: SpeechModel, heard: Heard, stretches: int, progress: Progress = silent) -> Iterator[Removed]:
    """Stretch by stretch, a batch at a time."""
    n, ids = len(heard.tokens), heard.ids
    with torch.inference_mode():
        frames = _frames(ear, torch.from_numpy(heard.samples)[None])
        whole = _scores(ear, frames, ids)[0, :n]
        own, mean = stretch_of(heard, stretches), frames.mean(1)
        scores = torch.full((2, stretches, n), torch.nan)  # way stretch token
        for first in range(0, stretches, AT_ONCE):
            progress("Stretches removed", first, stretches)
            which = range(first, min(stretches, first + AT_ONCE))
            heard_without = _frames(ear, silenced(heard.samples, stretches, which))
            gone = torch.stack([own == stretch for stretch in which])
            replaced = torch.where(gone[..., None], mean[:, None], frames)
            for way, made in enumerate((heard_without, replaced)):
                scores[way, first : first + len(which)] = _scores(ear, made, ids)[:, :n]
            lost = by_word(heard, whole - scores)  # way stretch word
            yield Removed(lost[0].T, lost[1].T, scores[0], which[-1] + 1)
    progress("Stretches removed", stretches, stretches)


def by_word(heard: Heard, tokens: Float[Tensor, "*cases token"]) -> Float[Tensor, "*cases word"]:
    """Nats of a word: the sum over its tokens."""
    return torch.stack([tokens[..., word.first : word.last + 1].sum(-1) for word in heard.words], -1)


def _frames(ear: SpeechModel, samples: Float[Tensor, "case sample"]) -> Float[Tensor, "case frame d_model"]:
    return cast(Any, ear.model).get_encoder()(samples).last_hidden_state


def _scores(
    ear: SpeechModel, frames: Float[Tensor, "case frame d_model"], ids: Int[Tensor, " token"]
) -> Float[Tensor, "case target"]:
    """ln p of each token after those before it."""
    model = cast(Any, ear.model)
    rows = ids.expand(len(frames), -1)
    made = model.get_decoder()(input_ids=rows[:, :-1], encoder_hidden_states=frames)
    logits = model.get_output_embeddings()(made.last_hidden_state)
    return logits.log_softmax(-1).gather(-1, rows[:, 1:, None])[..., 0]


# ---- what the check compares with ------------------------------------------------------------------------------------


def alone(ear: SpeechModel, heard: Heard, seconds: tuple[float, float]) -> Float[Tensor, " token"]:
    """ln p of each token where these seconds are silent: one recording, through transformers' whole model."""
    samples, ids = heard.samples.copy(), heard.ids
    samples[round(seconds[0] * RATE) : round(seconds[1] * RATE)] = 0
    with torch.inference_mode():
        made = cast(Any, ear.model)(input_values=torch.from_numpy(samples)[None], decoder_input_ids=ids[None, :-1])
    return made.logits[0].log_softmax(-1).gather(-1, ids[1:, None])[: len(heard.tokens), 0]
