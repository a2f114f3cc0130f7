"""Pictures and speech: the encoder on patches of a picture, and the encoder-decoder that listens."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from explorer.experiments.architectures import sound_removed as experiment
from explorer.experiments.architectures.pictures import cutting_error
from explorer.figures.architectures import pictures_and_speech as figure
from explorer.figures.architectures import sound_removed, three_shapes
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.zoo.picture_file import read_picture
from explorer.zoo.speech_model import RATE, SpeechModel, forward_share
from explorer.zoo.vision_encoder import VisionEncoder, sample_pictures

EYE, EAR = "dinov2-small", "moonshine-tiny"
FORGOTTEN = "The picture of this link is no longer in the server’s memory. Choose it again."
#: Bars of the waveform.
BINS = 900
#: Nats between two ways to score a token.
NEAR = 1e-3


def patches(scene: Scene) -> Rendered[figure.PicturePatches]:
    samples, own, asked = sample_pictures(), scene.files or {}, scene.text("picture")
    eye = scene.companion(EYE, VisionEncoder)
    chosen = asked if asked in own else scene.one_of("picture", samples, next(iter(samples)))
    view = eye.look(read_picture(own[chosen]) if chosen in own else samples[chosen])
    seen = view.looked
    n_layers = len(seen.patterns)
    layer = scene.whole("layer", default=n_layers - 1, high=n_layers - 1)
    pattern = seen.patterns[layer, 0]
    data = figure.PicturePatches(
        pictures=list(samples), picture=chosen, takes=scene.files is not None,
        title=eye.card.title, image=_data_url(view.picture.shown), grid=seen.grid,
        layer=layer, n_layers=n_layers, patch=eye.model.config.patch,
        pattern=three_shapes.roots(pattern), alike=figure.alike(seen.states[0]),
        ahead=three_shapes.ahead_share(pattern),
    )  # fmt: skip
    n = pattern.shape[-1] - 1
    cut = cutting_error(view.picture.pixels[0], eye.model, seen.hidden[0, 0])
    checks = (
        Check(f"Cut into {n} patches, or one convolution over the picture: the same states", cut, 1e-4),
        Check(f"Pairs of {n} patches and CLS that are masked", float(figure.masked(seen.patterns)), 0.0, "pairs"),
    )
    return Rendered(data, checks, note=FORGOTTEN if asked.startswith("own-") and asked != chosen else "")


def _data_url(picture: np.ndarray) -> str:
    """A picture as the page can show it."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def _sound(recording: Path) -> str:
    return "data:audio/wav;base64," + base64.b64encode(recording.read_bytes()).decode()


def speech(scene: Scene) -> Rendered[figure.SpeechHeard]:
    ear = scene.companion(EAR, SpeechModel)
    heard = ear.hear(ear.sample)
    data = figure.SpeechHeard(
        title=ear.card.title, sound=_sound(ear.sample), seconds=heard.seconds,
        peaks=figure.peaks(torch.from_numpy(heard.samples), BINS),
        words=[word.text for word in heard.words], text=heard.text,
        heads=three_shapes.roots(heard.by_word(heard.cross)), forward=forward_share(heard.cross),
        frame_seconds=torch.from_numpy(heard.frame_seconds),
    )  # fmt: skip
    statement = f"One pass, which gives the attention, agrees with the {len(heard.tokens)} tokens written one by one"
    return Rendered(data, (Check(statement, float(heard.otherwise), 0.0, "others"),))


def stretches(scene: Scene) -> Iterator[Rendered[sound_removed.SoundRemoved]]:
    ear, count = scene.companion(EAR, SpeechModel), scene.whole("stretches")
    scene.progress("Stretches removed", 0, count)
    heard = ear.hear(ear.sample)
    tried = 2  # of the first batch, neither its first nor its last
    at = experiment.edges(len(heard.samples), count)[tried : tried + 2]
    one = experiment.alone(ear, heard, (at[0] / RATE, at[1] / RATE))
    sums = (experiment.shares(heard, count).sum(-1) - 1).abs().max()
    for lost in experiment.removed(ear, heard, count, scene.progress):
        apart = float((lost.token_scores[tried] - one).abs().max())
        checks = (
            Check(f"Stretch {tried + 1} silenced among others, encoder and decoder apart = alone, through "
                  "transformers’ whole model", apart, NEAR, "nats"),
            Check("A word’s attention on all stretches adds up to 1, for each head", float(sums), 1e-5),
        )  # fmt: skip
        yield Rendered(sound_removed.sound_removed(heard, lost), checks)
