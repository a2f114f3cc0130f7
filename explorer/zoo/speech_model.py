"""A speech encoder-decoder: a recording in, its words out, and for each word the moments that it was heard in.

The encoder turns 384 samples (24 ms at 16 kHz) into one frame. The decoder writes tokens, and at each looks into the
frames by cross-attention: where it looked is read from the pass that chose the token. Moonshine (Jeffries et al. 2024,
arXiv 2410.15608), run by transformers.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import BadRequestError, WeightsDamagedError
from explorer.zoo.card import Card
from explorer.zoo.moonshine_files import read_pieces

if TYPE_CHECKING:
    from transformers import MoonshineForConditionalGeneration

RATE = 16_000
LONGEST_S = 30
SHORTEST_S = 0.1
TOKENS_A_SECOND = 6.5
"""More than anybody speaks; what runs past it has begun to repeat itself (its authors' limit)."""
#: Of the three convolutions together: widths 127, 7 and 3, strides 64, 3 and 2. A frame is made from 895 samples.
STRIDE, CENTRE = 384, 447.5
SPACE = "▁"


@dataclass(frozen=True)
class Word:
    """A word and the tokens that spell it."""

    text: str
    first: int
    last: int
    """Its tokens: first to last, both included."""


@dataclass(frozen=True, eq=False)
class Heard:
    """What was heard in a recording."""

    text: str
    tokens: tuple[str, ...]
    words: tuple[Word, ...]
    cross: Float[Tensor, "layer head token frame"]
    """Where each token's pass looked; over the frames it adds up to 1."""
    encoder_pattern: Float[Tensor, "encoder_layer encoder_head query frame"]
    samples: Float[np.ndarray, " sample"]
    """The recording at 16,000 samples a second, between -1 and 1."""
    ids: Int[Tensor, " id"]
    """Of the tokens, with what starts the text and what ended it."""
    otherwise: int
    """Tokens that the pass whose attention this is would have written otherwise."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    @property
    def frame_seconds(self) -> Float[np.ndarray, " frame"]:
        """The middle of what each frame was made from."""
        return ((CENTRE + STRIDE * np.arange(self.cross.shape[-1])) / RATE).astype(np.float32)

    @property
    def alignment_heads(self) -> tuple[tuple[int, int], ...]:
        """The (layer, head) whose looks move through the recording as the words do: see `alignment_heads`."""
        return alignment_heads(self.cross)

    @property
    def alignment(self) -> Float[Tensor, "token frame"]:
        """The mean of the alignment heads: when each token was heard."""
        return torch.stack([self.cross[layer, head] for layer, head in self.alignment_heads]).mean(0)

    @property
    def word_attention(self) -> Float[Tensor, "word frame"]:
        """A word's share of attention for each frame, by the alignment heads."""
        return self.by_word(self.alignment)

    def by_word(self, looks: Float[Tensor, "*heads token frame"]) -> Float[Tensor, "*heads word frame"]:
        """Of each word: the mean over its tokens, punctuation left out."""
        rows = []
        for word in self.words:
            span = range(word.first, word.last + 1)
            spoken = [i for i in span if any(letter.isalnum() for letter in self.tokens[i])]
            rows.append(looks[..., spoken or list(span), :].mean(-2))
        return torch.stack(rows, -2) if rows else looks[..., :0, :]

    @property
    def word_seconds(self) -> tuple[float, ...]:
        """The middle of the frame that each word looked at most."""
        times = self.frame_seconds
        return tuple(float(times[frame]) for frame in self.word_attention.argmax(-1).tolist())


def forward_share(cross: Float[Tensor, "layer head token frame"]) -> Float[Tensor, "layer head"]:
    """How often, from token to token, the frame that a head looks at most does not go back."""
    if cross.shape[2] < 2:
        return torch.ones(cross.shape[:2])
    return (cross.argmax(-1).diff(dim=-1) >= 0).float().mean(-1)


def alignment_heads(cross: Float[Tensor, "layer head token frame"], count: int = 3) -> tuple[tuple[int, int], ...]:
    """The heads that follow the speech, the best first, chosen on this very recording.

    Many heads look where a sentence ends or at silence, whatever the token. A head follows if from token to token the
    frame that it looks at most does not go back; of those that do so equally often, the sharpest are taken. (Whisper's
    word times, Radford et al. 2022, arXiv 2212.04356, rest on such heads, chosen once for all.)

    >>> follows, parked = torch.eye(3), torch.tensor([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    >>> alignment_heads(torch.stack([parked, follows])[None], count=1)
    ((0, 1),)
    """
    forward = forward_share(cross)
    sharp = cross.amax(-1).mean(-1)  # layer head
    order = sorted(
        ((layer, head) for layer in range(cross.shape[0]) for head in range(cross.shape[1])),
        key=lambda at: (-float(forward[at]), -float(sharp[at])),
    )
    return tuple(order[:count])


@dataclass(frozen=True, eq=False)
class SpeechModel:
    """A model of kind “speech”."""

    card: Card
    model: MoonshineForConditionalGeneration
    """transformers' MoonshineForConditionalGeneration, with attention that shows its patterns."""
    pieces: tuple[bytes, ...]
    sample: Path
    """A recording that came with the model: the beginning of A Tale of Two Cities."""

    @classmethod
    def open(cls, card: Card, folder: Path) -> SpeechModel:
        """From a folder in transformers' layout with tokenizer.bin."""
        from transformers import MoonshineForConditionalGeneration

        from explorer.zoo.quiet import quiet
        from explorer.zoo.unmapped import unmapped

        with quiet(), unmapped([folder / "model.safetensors"]):
            made: tuple[Any, dict[str, Any]] = MoonshineForConditionalGeneration.from_pretrained(  # pyright: ignore[reportAssignmentType]
                folder,
                attn_implementation="eager",
                dtype=torch.float32,
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
            )
        model, report = made
        if wrong := [*report["missing_keys"], *report["mismatched_keys"]]:
            raise WeightsDamagedError(f"{card.name} lacks {wrong[0]} and {len(wrong) - 1} more.", "Fetch it again.")
        return cls(
            card,
            model.eval().requires_grad_(False),
            tuple(read_pieces(folder / "tokenizer.bin")),
            folder / "sample.wav",
        )

    def hear(self, recording: Path | tuple[int, np.ndarray]) -> Heard:
        """Write down a recording: a .wav file, or samples a second and samples [sample] or [sample channel].

        Raises BadRequestError for what is no recording, is silent, or is shorter than 0.1 s or longer than 30 s.
        """
        rate, samples = read_wav(recording) if isinstance(recording, Path) else recording
        # Before it is resampled: at a rate of 1 it would become 16,000 times as long.
        seconds = len(samples) / rate if rate > 0 else 0.0
        asked = f"Give {SHORTEST_S} to {LONGEST_S} s of speech."
        if not SHORTEST_S <= seconds <= LONGEST_S:
            raise BadRequestError(f"The recording has {seconds:.1f} s.", asked)
        heard = resampled(mono(samples), rate)
        if not np.abs(heard).max():
            raise BadRequestError("The recording is silent.", asked)
        values = torch.from_numpy(heard)[None]  # batch sample
        most = max(4, int(len(heard) / RATE * TOKENS_A_SECOND))
        with torch.inference_mode():
            ids = cast(Any, self.model).generate(input_values=values, max_new_tokens=most, do_sample=False)
            watched = self.model(input_values=values, decoder_input_ids=ids[:, :-1], output_attentions=True)
        written = [i for i in ids[0, 1:].tolist() if i != self.model.config.eos_token_id]
        cross = torch.stack(watched.cross_attentions)[:, 0, :, : len(written)]  # layer head token frame
        encoder = torch.stack(watched.encoder_attentions)[:, 0]  # layer head query frame
        tokens = tuple(self._text([i]) for i in written)
        again = watched.logits[0].argmax(-1)  # token; the pass reads at once what was written one after another
        otherwise = int((again[: len(written)] != ids[0, 1 : len(written) + 1]).sum())
        return Heard(self._text(written).strip(), tokens, words_of(tokens), cross, encoder, heard, ids[0], otherwise)

    def _text(self, ids: list[int]) -> str:
        return b"".join(self.pieces[i] for i in ids if i > 2).decode("utf-8", "replace").replace(SPACE, " ")


def words_of(tokens: tuple[str, ...]) -> tuple[Word, ...]:
    """Tokens joined to words: one begins wherever a token begins with a space.

    >>> [(word.text, word.first, word.last) for word in words_of((" It", " was", " the", " b", "est"))]
    [('It', 0, 0), ('was', 1, 1), ('the', 2, 2), ('best', 3, 4)]
    """
    starts = [i for i, token in enumerate(tokens) if i == 0 or token.startswith(" ")]
    ends = [*(start - 1 for start in starts[1:]), len(tokens) - 1]
    return tuple(Word("".join(tokens[a : b + 1]).strip(), a, b) for a, b in zip(starts, ends, strict=True))


def read_wav(path: Path) -> tuple[int, np.ndarray]:
    """Samples a second, and the samples between -1 and 1. Raises BadRequestError for what is no plain .wav file."""
    try:
        with wave.open(str(path)) as stream:
            width, rate, channels = stream.getsampwidth(), stream.getframerate(), stream.getnchannels()
            raw = stream.readframes(min(stream.getnframes(), rate * (LONGEST_S + 1)))
    except (wave.Error, EOFError, OSError) as error:
        raise BadRequestError(f"{path.name} is not a readable recording: {error}", "Give a .wav file.") from error
    if width not in (1, 2, 4):
        raise BadRequestError(f"{path.name} has {8 * width} bits a sample.", "Give a .wav file of 16 bits.")
    samples = np.frombuffer(raw, {1: np.uint8, 2: np.int16, 4: np.int32}[width])
    return rate, samples.reshape(-1, channels)


def mono(samples: np.ndarray) -> Float[np.ndarray, " sample"]:
    """One channel between -1 and 1, from whole numbers of any width or from floats."""
    scaled = samples.astype(np.float32)
    if samples.dtype == np.uint8:
        scaled = (scaled - 128) / 128
    elif np.issubdtype(samples.dtype, np.integer):
        scaled = scaled / -float(np.iinfo(samples.dtype).min)
    return scaled.mean(1) if scaled.ndim > 1 else scaled


def resampled(samples: Float[np.ndarray, " before"], rate: int) -> Float[np.ndarray, " sample"]:
    """At 16,000 samples a second; tones that this rate cannot hold are left out, so that none is folded onto another.

    Before and behind the recording is silence.

    >>> def tone(rate):  # 440 Hz, swelling and fading within a tenth of a second
    ...     seconds = np.arange(rate // 10) / rate
    ...     return (np.sin(2 * np.pi * 440 * seconds) * np.sin(10 * np.pi * seconds) ** 2).astype(np.float32)
    >>> bool(np.abs(resampled(tone(48_000), 48_000) - tone(16_000)).max() < 1e-4)
    True
    """
    if rate == RATE or not len(samples):
        return np.ascontiguousarray(samples, np.float32)
    import soxr

    return soxr.resample(np.ascontiguousarray(samples, np.float32), rate, RATE, quality="VHQ")
